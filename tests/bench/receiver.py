"""A receiver that costs next to nothing: `python -m tests.bench.receiver <port> <file>`.

`/ok…` is answered at once, `/hang…` never, `/refuse…` with 500. An arrival is a line of the file: path, event id, time.
"""

import asyncio
import sys
import time
from typing import TextIO

ANSWERS = {
    b"/ok": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"/re": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
}


class Hook(asyncio.Protocol):
    """Reads requests with a Content-Length, one after the other on a connection."""

    def __init__(self, log: TextIO) -> None:
        self.log, self.rest = log, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            lines = self.rest[:end].split(b"\r\n")
            named = dict(line.lower().split(b": ", 1) for line in lines[1:])
            whole = end + 4 + int(named[b"content-length"])
            if len(self.rest) < whole:
                return
            self.rest = self.rest[whole:]
            self.answer(lines[0].split()[1], named[b"x-novatrade-event-id"])

    def answer(self, path: bytes, event_id: bytes) -> None:
        self.log.write(f"{path.decode()}\t{event_id.decode()}\t{time.time()}\n")
        if answer := ANSWERS.get(path[:3]):
            self.transport.write(answer)  # type: ignore[attr-defined]


async def serve(port: int, file: str) -> None:
    with open(file, "a", buffering=1) as log:
        server = await asyncio.get_running_loop().create_server(lambda: Hook(log), "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
