"""The benchmarks' servers start. What they measure is `make bench`; CI runs one short round of it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as project


@pytest.mark.parametrize(
    ("settings", "application"),
    [("tests.bench.settings", "nt24.wsgi"), ("tests.bench.bare_settings", "tests.bench.bare_server")],
)
def test_a_server_of_the_benchmark_starts_and_answers(settings, application, tmp_path):
    script = (
        f"from {application} import application\n"
        "from django.test import Client\n"
        "print(Client(raise_request_exception=False).get('/nowhere').status_code)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert told.stdout == "404\n", told.stderr
