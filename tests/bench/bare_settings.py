"""The same Django, database pool and server without anything of ours in between: what the baselines run on."""

from tests.bench.settings import *  # noqa: F403

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.bare"
