"""Finds what makes a PDF act: scripts, programs, media, hidden files. No Django: it runs confined.

Every object of the file is looked at, reachable or not, because readers differ in what they reach.
"""

import re
from collections.abc import Iterator

import pikepdf

from nt24.documents.embedded_files import Container, Examiner, files_are_declared
from nt24.documents.refusals import PRINT_ANEW, Refused, active

# Actions that run code, start programs, read other files or play media (ISO 32000-2, 12.6.4). What happens only when
# a person clicks and the reader asks back is ordinary on an invoice or a form and stays allowed: a link to a web page
# or into another file, a button that sends the form. The same by itself is not.
FORBIDDEN_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "an action that starts a program",
    "/ImportData": "a form that loads data",
    "/Rendition": "media that plays",
    "/Movie": "media that plays",
    "/Sound": "media that plays",
    "/RichMediaExecute": "rich media",
    "/GoTo3DView": "a 3D model",
}
FORBIDDEN_ANNOTATIONS = {
    "/RichMedia": "rich media",
    "/Movie": "media that plays",
    "/Sound": "media that plays",
    "/Screen": "media that plays",
    "/3D": "a 3D model",
}
QUIET_ACTIONS = frozenset({"/GoTo", "/Named", "/Hide", "/SetOCGState"})  # may run by themselves on opening
AUTOMATIC = ("/OpenAction", "/AA")

SEND_ALONE = "Print it to a new PDF and send that; send a paper that is inside on its own."
MAX_STEPS = 50_000  # values taken apart in one file; an honest one has a few hundred links and actions

MAX_CHAIN = 500  # actions behind one trigger

CONTAINER = (pikepdf.Dictionary, pikepdf.Stream)
ACTIVE_KEYS = (*AUTOMATIC, "/XFA", "/EF")
ACTIVE_NAMES = sorted({*FORBIDDEN_ACTIONS, *FORBIDDEN_ANNOTATIONS, *ACTIVE_KEYS})
SUSPICIOUS = re.compile(
    rf"(?:{'|'.join(ACTIVE_NAMES)})(?![A-Za-z0-9])|/(?:S|Subtype) \d+ \d+ R".encode("ascii")
)

# Long enough never to occur in packed data by chance.
LONG_NAMES = re.compile("|".join(name for name in ACTIVE_NAMES if len(name) > 6).encode("ascii"))


def require_no_trace(content: bytes) -> None:
    """For a file of which only the reader finds the beginning: nothing in its bytes may be active.

    :raises Refused: an active name stands in it, wherever.
    """
    if found := LONG_NAMES.search(content):
        raise active(FORBIDDEN_ACTIONS.get(found[0].decode(), "media that plays"))


def require_passive(pdf: pikepdf.Pdf, examiners: dict[bytes, Examiner]) -> None:
    """`examiners` look at the papers inside an e-invoice, see `files_are_declared`.

    :raises Refused: for the first active thing, with what to do about it.
    """
    if "/Collection" in pdf.Root:
        raise active("a portfolio of embedded files", "Send each of the papers inside on its own.")
    if has_named_scripts(pdf):
        raise active("JavaScript")
    files = []
    for container in containers_of(pdf):
        if found := active_part(container):
            raise active(found)
        if "/EF" in container:
            files.append(container)
    if files and not files_are_declared(files, examiners):
        raise active("an embedded file", SEND_ALONE)


def has_named_scripts(pdf: pikepdf.Pdf) -> bool:
    """A tree of document scripts that is not empty."""
    names = pdf.Root.get("/Names")
    scripts = names.get("/JavaScript") if isinstance(names, pikepdf.Dictionary) else None
    if not isinstance(scripts, pikepdf.Dictionary):
        return scripts is not None
    return any(not isinstance(value, pikepdf.Array) or len(value) for value in values_of(scripts))


def containers_of(pdf: pikepdf.Pdf) -> Iterator[Container]:
    """Every dictionary and stream of the file that could be active, once.

    The parser writes each indirect object out in one canonical spelling (so `/Java#53cript` hides nothing);
    only those in which a suspicious name occurs are taken apart, several times faster than all of them.

    :raises Refused: the suspicious ones nest or list more than `MAX_STEPS` values.
    """
    steps = 0
    for top in (pdf.trailer, *pdf.objects):
        waiting = [top] if is_suspicious(top) else []
        while waiting:
            steps += 1
            if steps > MAX_STEPS:
                raise Refused(f"The PDF has too many actions, forms or links. {PRINT_ANEW}")
            value = waiting.pop()
            if isinstance(value, CONTAINER):
                yield value
                waiting.extend(child for child in values_of(value) if is_written_here(child))
            elif isinstance(value, pikepdf.Array):
                waiting.extend(child for child in value if is_written_here(child))


def is_suspicious(top: object) -> bool:
    """Does a name that can make a PDF act occur in it, or a type that is stated elsewhere?"""
    if not isinstance(top, pikepdf.Object):
        return False  # a number or truth value of its own
    if isinstance(top, pikepdf.Stream):
        return "/F" in top or SUSPICIOUS.search(top.stream_dict.unparse()) is not None
    return SUSPICIOUS.search(top.unparse(resolved=True)) is not None


def values_of(container: Container) -> Iterator[object]:
    source = container.stream_dict if isinstance(container, pikepdf.Stream) else container
    return (value for _, value in source.items())


def is_written_here(value: object) -> bool:
    """A direct container; a referenced one has its own turn."""
    return isinstance(value, (*CONTAINER, pikepdf.Array)) and not value.is_indirect


def active_part(container: Container) -> str:
    """What is active in this one dictionary or stream, or an empty string."""
    checks = (
        forbidden_action,
        forbidden_annotation,
        dynamic_form,
        outside_data,
        automatic_action,
    )
    return next((found for check in checks if (found := check(container))), "")


def forbidden_action(container: Container) -> str:
    return FORBIDDEN_ACTIONS.get(name_at(container, "/S"), "")


def forbidden_annotation(container: Container) -> str:
    return FORBIDDEN_ANNOTATIONS.get(name_at(container, "/Subtype"), "")


def dynamic_form(container: Container) -> str:
    return "an XFA form" if "/XFA" in container else ""


def outside_data(container: Container) -> str:
    """A stream whose content lies in another file."""
    return "data from another file" if isinstance(container, pikepdf.Stream) and "/F" in container else ""


def automatic_action(container: Container) -> str:
    """Anything that happens by itself must stay inside the document."""
    for key in AUTOMATIC:
        for action in actions_of(container.get(key)):
            if (kind := name_at(action, "/S")) not in QUIET_ACTIONS:
                return FORBIDDEN_ACTIONS.get(kind, "an action that runs by itself")
    return ""


def actions_of(value: object) -> Iterator[pikepdf.Dictionary]:
    """The actions behind /OpenAction or /AA, with those chained by /Next; a destination array is none.

    :raises Refused: the chain is longer than `MAX_CHAIN`, or runs in a circle.
    """
    waiting, steps = [value], 0
    while waiting:
        steps += 1
        if steps > MAX_CHAIN:
            raise Refused(f"The PDF has a chain of actions without end. {PRINT_ANEW}")
        current = waiting.pop()
        if not isinstance(current, pikepdf.Dictionary):
            continue
        if "/S" in current:
            yield current
            following = current.get("/Next")
            waiting.extend(following if isinstance(following, pikepdf.Array) else [following])
        else:
            waiting.extend(action for _, action in current.items())


def name_at(container: Container, key: str) -> str:
    value = container.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""
