"""One call in three languages, from what the OpenAPI document says about it: curl, Python and TypeScript.

What differs from caller to caller is read from the environment, under the names that the first steps use.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data"
FILE = "file"  # the member that holds bytes, and what a sample sends for it
PAPER = "paper.pdf"
NEW_KEY = "Idempotency-Key"  # each sample makes one of its own, so that it can be run twice


@dataclass(frozen=True, slots=True)
class Call:
    """`path` with its `{parameters}`; `headers` that are required, with an example of each; `body` as the document has
    it, of the type `media` ("" without one); `answer` the type of a good answer ("" without one)."""

    method: str
    path: str
    needs_token: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = ""
    body: Any = None
    answer: str = JSON

    @property
    def fixed_headers(self) -> dict[str, str]:
        """Those whose value is written in the sample; multipart has a boundary, which the client makes."""
        fixed = {name: value for name, value in self.headers.items() if name != NEW_KEY}
        return {"Content-Type": JSON, **fixed} if self.media == JSON else fixed

    @property
    def makes_key(self) -> bool:
        return NEW_KEY in self.headers

    @property
    def fields(self) -> dict[str, str]:
        """The members of a form that are texts."""
        return {name: str(value) for name, value in (self.body or {}).items() if name != FILE}


@dataclass(frozen=True, slots=True)
class Sample:
    language: str
    slug: str
    code: str


def samples_of(call: Call) -> tuple[Sample, ...]:
    return (
        Sample("curl", "curl", curl(call)),
        Sample("Python", "python", python(call)),
        Sample("TypeScript", "typescript", typescript(call)),
    )


def variable_of(parameter: str) -> str:
    """`sellerId` is `SELLER_ID`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()


def filled(path: str, written: str) -> str:
    """The path with each parameter written as a variable: `written` is a template for `str.format`."""
    return re.sub(r"\{(\w+)\}", lambda found: written.format(variable_of(found[1])), path)


def indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


# --- curl ---


def curl(call: Call) -> str:
    begin = "curl --fail-with-body" + ("" if call.method == "GET" else f" -X {call.method}")
    return " \\\n  ".join([f'{begin} "$BASE_URL{filled(call.path, "${}")}"', *curl_options(call)])


def curl_options(call: Call) -> Iterator[str]:
    if call.needs_token:
        yield '-H "Authorization: Bearer $TOKEN"'
    if call.makes_key:
        yield f'-H "{NEW_KEY}: $(uuidgen)"'
    yield from (f"-H {quoted(f'{name}: {value}')}" for name, value in call.fixed_headers.items())
    if call.media == JSON:
        yield f"-d {quoted(indented(json.dumps(call.body, indent=2, ensure_ascii=False), 2))}"
    elif call.media:
        option = "-F" if call.media == FILES else "-d"
        yield from (f"{option} {in_shell(f'{name}={value}')}" for name, value in call.fields.items())
    if call.media == FILES:
        yield f"-F {FILE}=@{PAPER}"
    if call.answer and call.answer != JSON:
        yield "--remote-name --remote-header-name"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def in_shell(pair: str) -> str:
    """A variable is the shell's to fill in."""
    return f'"{pair}"' if "=$" in pair else quoted(pair)


# --- Python ---


def python(call: Call) -> str:
    lines = ["from os import environ as env", *(["from uuid import uuid4"] if call.makes_key else []), ""]
    url = filled(call.path, "{{env['{}']}}")
    lines += ["import requests", "", f"response = requests.{call.method.lower()}("]
    lines += [f"    f\"{{env['BASE_URL']}}{url}\",", *(f"    {line}," for line in python_arguments(call))]
    lines += ["    timeout=30,", ")", "response.raise_for_status()"]
    if call.answer == JSON:
        lines.append("print(response.json())")
    elif call.answer:
        lines += ['with open("answer", "wb") as file:', "    file.write(response.content)"]
    return "\n".join(lines)


def python_arguments(call: Call) -> Iterator[str]:
    headers = ['"Authorization": f"Bearer {env[\'TOKEN\']}"'] if call.needs_token else []
    headers += [f'"{NEW_KEY}": str(uuid4())'] if call.makes_key else []
    headers += [
        f"{literal(name)}: {literal(value)}" for name, value in call.fixed_headers.items() if value != JSON
    ]
    if headers:
        yield "headers={\n        " + ",\n        ".join(headers) + ",\n    }"
    if call.media == JSON:
        yield f"json={literal(call.body, 4)}"
    elif call.media:
        pairs = [f"{literal(name)}: {in_python(value)}" for name, value in call.fields.items()]
        yield "data={\n        " + ",\n        ".join(pairs) + ",\n    }"
    if call.media == FILES:
        yield f'files={{"{FILE}": open("{PAPER}", "rb")}}'


def literal(value: Any, margin: int = 0) -> str:
    """As Python writes what JSON can hold, one member a line."""
    inner = " " * (margin + 4)
    if isinstance(value, dict):
        lines = [f"{inner}{literal(name)}: {literal(one, margin + 4)},\n" for name, one in value.items()]
        return "{\n" + "".join(lines) + " " * margin + "}" if lines else "{}"
    if isinstance(value, list):
        lines = [f"{inner}{literal(one, margin + 4)},\n" for one in value]
        return "[\n" + "".join(lines) + " " * margin + "]" if lines else "[]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def in_python(value: str) -> str:
    return f'env["{value[1:]}"]' if value.startswith("$") else literal(value)


# --- TypeScript ---


def typescript(call: Call) -> str:
    lines = ['import { openAsBlob } from "node:fs";', ""] if call.media == FILES else []
    lines += ["const { env } = process;"]
    if call.media in (FORM, FILES):
        lines += typescript_form(call)
    url = filled(call.path, "${{env.{}}}")
    lines += [f"const response = await fetch(`${{env.BASE_URL}}{url}`, {{", f'  method: "{call.method}",']
    lines += [*(f"  {line}," for line in typescript_options(call)), "});"]
    lines.append("if (!response.ok) throw new Error(await response.text());")
    if call.answer:
        read = "json" if call.answer == JSON else "blob"
        lines.append(f"console.log(await response.{read}());")
    return "\n".join(lines)


def typescript_form(call: Call) -> Iterator[str]:
    yield f"const form = new {'FormData' if call.media == FILES else 'URLSearchParams'}();"
    yield from (f'form.set("{name}", {in_typescript(value)});' for name, value in call.fields.items())
    if call.media == FILES:
        yield f'form.set("{FILE}", await openAsBlob("{PAPER}"), "{PAPER}");'


def typescript_options(call: Call) -> Iterator[str]:
    headers = ["Authorization: `Bearer ${env.TOKEN}`"] if call.needs_token else []
    headers += [f'"{NEW_KEY}": crypto.randomUUID()'] if call.makes_key else []
    headers += [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in call.fixed_headers.items()]
    if headers:
        yield "headers: {\n    " + ",\n    ".join(headers) + ",\n  }"
    if call.media == JSON:
        yield f"body: JSON.stringify({indented(json.dumps(call.body, indent=2, ensure_ascii=False), 2)})"
    elif call.media:
        yield "body: form"


def in_typescript(value: str) -> str:
    return f'env.{value[1:]} ?? ""' if value.startswith("$") else json.dumps(value, ensure_ascii=False)
