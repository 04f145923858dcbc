"""The settings of the baselines' server; `bare_server.py` takes the middleware away."""

from tests.bench.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.bare"
