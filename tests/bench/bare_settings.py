"""The same Django, database pool and server without anything of ours in between: what the baselines run on."""

from tests.bench.settings import *  # noqa: F403
from tests.bench.settings import INSTALLED_APPS

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.bare"
# allauth refuses to start without its middleware, and no baseline signs anybody in.
INSTALLED_APPS = [
    name for name in INSTALLED_APPS if not name.startswith("allauth.") and name != "nt24.people"
]
