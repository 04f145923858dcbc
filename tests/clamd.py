"""A scanner that speaks clamd's INSTREAM and says what the test wants."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Clamd(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    answer = b"stream: OK\0"

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class Instream(socketserver.StreamRequestHandler):
    def handle(self):
        assert self.rfile.read(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
        while size := int.from_bytes(self.rfile.read(4), "big"):
            self.rfile.read(size)
        self.wfile.write(self.server.answer)


@contextmanager
def running() -> Iterator[Clamd]:
    with Clamd(("127.0.0.1", 0), Instream) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
