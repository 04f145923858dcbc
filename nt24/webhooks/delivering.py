"""The delivery engine. Messages become deliveries, deliveries are claimed, sent and recorded, until nothing is due.

Any number of workers may run `drain` at once, and any of them may die at any moment: what it held is leased for
a while and is then sent again, with the same event id. Nothing is waited for inside a transaction.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.utils import timezone

from nt24.vault import decrypt
from nt24.webhooks.actions import start_delivering
from nt24.webhooks.claiming import Claimed, claim
from nt24.webhooks.distributing import distribute
from nt24.webhooks.recording import Outcome, record
from nt24.webhooks.sending import Sender, Sent
from nt24.webhooks.signing import HEADER, signature

IN_FLIGHT = 300  # requests at once of one worker
LOOK_SECONDS = 0.1  # how often a worker that waits for answers looks for new work
SLICE_SECONDS = 15.0  # then it ends, so that a worker that is asked to stop does so soon; a nudge goes on

T = TypeVar("T")


async def drain(slice_seconds: float = SLICE_SECONDS) -> None:
    """Send everything that is due now or becomes due meanwhile, for `slice_seconds` at most."""
    ends_at = time.monotonic() + slice_seconds
    flights: set[asyncio.Task[Outcome]] = set()
    async with Sender() as sender:
        try:
            while True:
                if time.monotonic() < ends_at:
                    await in_database(distribute)
                    claimed = await in_database(partial(claim, IN_FLIGHT - len(flights)))
                    flights |= {asyncio.create_task(send(sender, delivery)) for delivery in claimed}
                if not flights:
                    break
                landed, flights = await asyncio.wait(
                    flights, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if landed:
                    await in_database(partial(record, [flight.result() for flight in landed]))
        finally:
            for flight in flights:
                flight.cancel()
    if time.monotonic() >= ends_at:
        await in_database(start_delivering)


async def in_database(work: Callable[[], T]) -> T:
    """Run `work` in the thread that has the database connection, while requests go on."""
    result: T = await sync_to_async(work)()
    return result


async def send(sender: Sender, delivery: Claimed) -> Outcome:
    """One attempt: the frozen bytes under a fresh signature. Whatever the receiver does is an outcome, no error.

    Published verifiers keep only the last `v1`, which during a rotation is the old secret's. One that has changed over
    refuses what both have signed, so a refusal is answered at once with the new signature alone (contract 17.3); what
    it says to that is what the attempt came to.
    """
    at = timezone.now()
    secrets = secrets_of(delivery, at)
    sent = await post(sender, delivery, secrets, at)
    if sent.is_refused and len(secrets) > 1:
        again = await post(sender, delivery, secrets[:1], timezone.now())
        sent = replace(again, milliseconds=sent.milliseconds + again.milliseconds)
    return Outcome(delivery, at, sent)


async def post(sender: Sender, delivery: Claimed, secrets: Sequence[str], at: datetime) -> Sent:
    """One request, signed with `secrets` at this time."""
    body = bytes(delivery.body)
    headers = {
        "Content-Type": "application/json",
        HEADER: signature(body, secrets=secrets, at=int(at.timestamp())),
        "X-Novatrade-Event-Id": delivery.event_id,
        "X-Novatrade-Event-Type": delivery.event_type,
        "X-Novatrade-Delivery-Id": delivery.public_id,
        "X-Novatrade-Endpoint-Id": delivery.endpoint_id,
    }
    return await sender.post(delivery.url, body, headers)


def secrets_of(delivery: Claimed, now: datetime) -> list[str]:
    """The valid ones, newest first."""
    sealed = [delivery.secret]
    if delivery.previous_secret and delivery.previous_secret_until and delivery.previous_secret_until > now:
        sealed.append(delivery.previous_secret)
    return [opened(bytes(secret)) for secret in sealed]


@lru_cache(maxsize=1024)
def opened(sealed: bytes) -> str:
    """Opening a secret costs as much as a third of a request."""
    return decrypt(sealed)
