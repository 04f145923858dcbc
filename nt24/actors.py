"""Who does something: one value that every action takes as `by`."""

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """How the outside sees an actor (contract 2): a buyer's link counts as the web app."""

    API = "API"
    WEB_APP = "WEB_APP"
    SYSTEM = "SYSTEM"


class ActorKind(StrEnum):
    API_CLIENT = "API_CLIENT"
    STAFF = "STAFF"
    BUYER_LINK = "BUYER_LINK"
    SYSTEM = "SYSTEM"


SOURCES = {
    ActorKind.API_CLIENT: Source.API,
    ActorKind.STAFF: Source.WEB_APP,
    ActorKind.BUYER_LINK: Source.WEB_APP,
    ActorKind.SYSTEM: Source.SYSTEM,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is stable (client id, user id, invitation uuid, task name); `label` is for people reading the trail."""

    kind: ActorKind
    id: str
    label: str

    @property
    def source(self) -> Source:
        return SOURCES[self.kind]


def system(task: str) -> Actor:
    """The scheduler or a worker, named after the task that acts."""
    return Actor(ActorKind.SYSTEM, task, "NT24")
