"""The rules of the house that a reader cannot see in one file; each is read from the source, nothing is imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)
ROOT = Path(__file__).resolve().parent.parent
APPS = ("nt24", "buyers", "orders", "transport", "compliance")  # each may import only those before it
# The map of paths names every app, and the public page asks the register of Export Files one question at run time.
ALLOWED = {("nt24/urls.py", "buyers"), ("nt24/pages/verification.py", "compliance")}
PURE = (
    "compliance/blockers.py",
    "compliance/case.py",
    "compliance/next_step.py",
    "compliance/rules.py",
    "compliance/verdict.py",
    "compliance/waiving.py",
)
NAMES_WITHOUT_AN_IDEA = {"utils", "helpers", "common", "base", "mixins", "misc", "services", "managers"}


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), filename=path)


def sources(*apps: str) -> list[str]:
    found = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found if "migrations" not in path.parts)


def imported(path: str) -> Iterator[str]:
    """Full names of the modules that a file imports, also inside functions."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def imports_of(path: str, *packages: str) -> list[str]:
    return [name for name in imported(path) if name.partition(".")[0] in packages]


def places(path: str, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, kind))


def test_there_is_something_to_look_at():
    assert len(sources(*APPS)) > 100
    assert "django.db" in set(imported("orders/models.py"))


@pytest.mark.parametrize("app", APPS)
def test_an_app_imports_only_what_stands_left_of_it(app):
    right_of_it = APPS[APPS.index(app) + 1 :]

    offences = [
        (path, name)
        for path in sources(app)
        for name in imports_of(path, *right_of_it)
        if (path, name.partition(".")[0]) not in ALLOWED
    ]

    assert offences == []


def project_file(module: str) -> str | None:
    """The file of one of our modules; packages' own `__init__` files are not followed."""
    path = f"{module.replace('.', '/')}.py"
    return path if (ROOT / path).exists() else None


def test_the_law_knows_no_database_and_no_framework():
    waiting, seen = list(PURE), set(PURE)
    offences = []
    while waiting:
        path = waiting.pop()
        for name in imported(path):
            if name.partition(".")[0] in {"django", "rest_framework", "celery", "requests"}:
                offences.append((path, name))
            elif (file := project_file(name)) and file not in seen:
                seen.add(file)
                waiting.append(file)

    assert offences == []


def test_the_law_looks_at_no_clock():
    asking = {"now", "today", "utcnow", "localdate", "monotonic", "time"}

    calls = [
        (path, ast.unparse(node))
        for path in PURE
        for node in places(path, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in asking
    ]

    assert calls == []


def test_only_the_lifecycle_sets_a_status():
    setting = {path for path in sources(*APPS) if any(statuses_set_in(path))}

    assert setting == {"nt24/lifecycle.py"}


def statuses_set_in(path: str) -> Iterator[ast.Attribute]:
    """`x.status = …`, but for the fields that an exception's or a value's `__init__` sets: they are no rows."""
    own = {
        id(node)
        for function in places(path, ast.FunctionDef)
        if function.name == "__init__"
        for node in ast.walk(function)
    }
    for node in places(path, ast.Attribute):
        if node.attr == "status" and isinstance(node.ctx, ast.Store) and id(node) not in own:
            yield node


def test_only_two_modules_speak_http_to_the_outside():
    speaking = {
        client: [path for path in sources(*APPS) if imports_of(path, client)]
        for client in ("requests", "requests_hardened", "aiohttp", "httpx")
    }

    assert speaking == {
        "requests": ["nt24/http.py"],
        "requests_hardened": ["nt24/http.py"],
        "aiohttp": ["nt24/webhooks/sending.py"],
        "httpx": [],
    }


def test_tasks_are_started_only_by_a_nudge():
    """After the commit, and never so that a broker that is away fails the write; see nt24/nudges.py."""
    starting = {
        path
        for path in sources(*APPS)
        for node in places(path, ast.Attribute)
        if node.attr in {"delay", "apply_async", "on_commit"}
    }

    assert starting == {"nt24/nudges.py"}


def test_views_and_serializers_open_no_transaction():
    paths = [path for path in sources(*APPS) if Path(path).name in {"views.py", "serializers.py", "admin.py"}]

    offences = [
        path
        for path in paths
        for node in places(path, ast.ImportFrom)
        if node.module == "django.db" and any(alias.name == "transaction" for alias in node.names)
    ]

    assert len(paths) > 8
    assert offences == []


@pytest.mark.parametrize("library", ["weasyprint", "pypdfium2", "xlsxwriter"])
def test_a_heavy_library_is_loaded_only_where_it_works(library):
    offences = [
        path
        for path in sources(*APPS)
        for node in tree_of(path).body
        if isinstance(node, ast.Import | ast.ImportFrom) and library in ast.unparse(node)
    ]

    assert offences == []


def test_there_is_one_signal():
    signals = [
        (path, ast.unparse(node.targets[0]))
        for path in sources(*APPS)
        for node in places(path, ast.Assign)
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func).split(".")[-1] == "Signal"
    ]

    assert signals == [("nt24/events.py", "evidence_changed")]


def test_every_module_is_named_after_an_idea():
    assert [path for path in sources(*APPS, "tests") if Path(path).stem in NAMES_WITHOUT_AN_IDEA] == []


def test_every_decision_has_a_number_of_its_own():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("[0-9]*.md"))

    assert numbers == list(range(1, len(numbers) + 1))
