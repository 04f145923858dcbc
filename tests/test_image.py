"""What reaches the image: the code it runs, and no key, database or data folder, whatever they are called."""

import re
import subprocess

import pytest
from django.conf import settings

IGNORE = settings.BASE_DIR / ".dockerignore"
SECRETS = [
    "seal.p12",
    "seal.pfx",
    "SEAL.P12.pem",
    "nt24/seal.p12",
    "static/tls/server.key",
    "docs/keys/seal.pem",
    "keystore.jks",
    "nt24/Seal.P12",
    "static/Server.KEY",
    ".env",
    ".env.production",
    "nt24/.env",
    "compliance/.env.local",
    ".git/config",
    ".ssh/id_rsa",
    "nt24/id_rsa",
    "credentials.json",
    "var/keys/seal-development.pem",
    "var/nt24.sqlite3",
    "var-staging/nt24.sqlite3",
    "var.old/keys/demo.json",
    "data/keys/demo.json",
    "mydata/files/uploads/a.pdf",
    "nt24/var/queue/messages/1.msg",
    "orders/data/export.csv",
    "backup.sqlite3",
    "nt24.sqlite3-wal",
    "orders/dump.sql",
    "nightly.dump",
    "docs/keys/demo.json",
    "export-files/DEMO.pdf",
    "logs/web.log",
    "tests/papers.py",
]


def rules():
    """(pattern, is it put back) of each line, in their order."""
    lines = [line.strip() for line in IGNORE.read_text().splitlines()]
    return [
        (line.removeprefix("!").strip("/"), line.startswith("!")) for line in lines if line and line[0] != "#"
    ]


def expression_of(pattern):
    """As Docker reads it: `**/` is any number of folders, `*` stays in one; what is below a match is matched too."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.findall(r"\*\*/|\*\*|\*|\?|\[[^]]*\]|[^*?\[]+", pattern)
    return (
        "".join(parts.get(token, token if token[0] == "[" else re.escape(token)) for token in tokens)
        + "(?:/.*)?"
    )


def reaches_the_image(path):
    """The last rule that speaks of it decides."""
    verdict = True
    for pattern, is_put_back in rules():
        if re.fullmatch(expression_of(pattern), path):
            verdict = is_put_back
    return verdict


@pytest.mark.parametrize("path", SECRETS)
def test_secrets_and_data_stay_outside(path):
    assert not reaches_the_image(path)


@pytest.mark.parametrize("name", ["var", "data", "storage", "my folder", "nt24-data", ".hidden"])
@pytest.mark.parametrize("file", ["keys/seal-development.pem", "nt24.sqlite3", "files/uploads/2026/11/x.pdf"])
def test_a_data_folder_stays_outside_whatever_its_name(name, file):
    assert not reaches_the_image(f"{name}/{file}")


def test_everything_that_runs_is_inside():
    tracked = subprocess.run(
        ["git", "ls-files", "manage.py", "requirements", "nt24", "buyers", "orders", "transport", "compliance",
         "templates", "static", "docs"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip

    assert [path for path in tracked if path and not reaches_the_image(path)] == []


@pytest.mark.parametrize(
    ("pattern", "path", "is_matched"),
    [
        ("*", "a", True),
        ("*", "a/b", True),
        ("**/*.pem", "seal.pem", True),
        ("**/*.pem", "a/b/seal.pem", True),
        ("**/*.pem", "seal.pem.txt", False),
        ("requirements/*.txt", "requirements/run.txt", True),
        ("requirements/*.txt", "requirements/a/run.txt", False),
        ("nt24", "nt24x/a.py", False),
        ("**/var[-._]*", "a/var-1/x", True),
        ("**/var[-._]*", "a/variables.py", False),
    ],
)
def test_patterns_are_read_as_docker_reads_them(pattern, path, is_matched):
    assert bool(re.fullmatch(expression_of(pattern), path)) is is_matched
