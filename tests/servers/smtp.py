"""A mail server on loopback that takes mail, or refuses it as told. It can be stopped and started on its port."""

import email
import email.policy
import socket
from collections import defaultdict
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
HANG_UP = "hang up"  # an answer that is none: the connection ends instead


@dataclass(frozen=True)
class Taken:
    """One accepted mail: its envelope, its bytes, and the same parsed."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, kind: str) -> str:
        """The decoded text of `plain` or `html`."""
        body = self.message.get_body((kind,))
        assert body is not None
        return body.get_content()


class SmtpServer:
    """`with SmtpServer() as server:`; `server.answers["a@example.com"] = ["451 …"]` are its next answers to RCPT.

    The key `DATA` is for the answer to any mail's content, `MAIL` for the one to any sender.
    """

    def __init__(self) -> None:
        with socket.create_server((HOST, 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.answers: dict[str, list[str]] = defaultdict(list)
        self.taken: list[Taken] = []
        self.connections = 0
        self.controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self.controller = Controller(self, hostname=HOST, port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None

    @property
    def recipients(self) -> list[str]:
        return [recipient for mail in self.taken for recipient in mail.recipients]

    # --- What aiosmtpd calls

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.next_answer("MAIL")

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        answer = self.next_answer(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.next_answer("DATA")
        if answer == HANG_UP:
            server.transport.close()
        elif answer.startswith("250"):
            self.taken.append(Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return answer

    def next_answer(self, to: str) -> str:
        return self.answers[to].pop(0) if self.answers[to] else "250 2.0.0 OK"
