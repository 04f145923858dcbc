"""Finds what makes a PDF act: scripts, programs, forms that send, hidden files. No Django: it runs confined.

Every object of the file is looked at, reachable or not, because readers differ in what they reach.
"""

import re
import zlib
from collections.abc import Iterator
from xml.parsers import expat

import pikepdf

from nt24.documents.refusals import Refused

# Actions that run code, start programs, leave the document or play media (ISO 32000-2, 12.6.4). A link that
# a person clicks to open a web page (URI) is ordinary on an invoice and stays allowed; one that opens by
# itself is not.
FORBIDDEN_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "an action that starts a program",
    "/SubmitForm": "a form that sends data",
    "/ImportData": "a form that loads data",
    "/GoToR": "a link into another file",
    "/GoToE": "a link into an embedded file",
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

# The names under which Factur-X, ZUGFeRD and XRechnung embed their XML, and its root elements.
INVOICE_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
INVOICE_ROOTS = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote"})
MAX_INVOICE_BYTES = 5 * 1024 * 1024
MAX_STEPS = 50_000  # values taken apart in one file; an honest one has a few hundred links and actions

MAX_CHAIN = 500  # actions behind one trigger

Container = pikepdf.Dictionary | pikepdf.Stream
CONTAINER = (pikepdf.Dictionary, pikepdf.Stream)
ACTIVE_KEYS = (*AUTOMATIC, "/XFA", "/EF")
ACTIVE_NAMES = sorted({*FORBIDDEN_ACTIONS, *FORBIDDEN_ANNOTATIONS, *ACTIVE_KEYS})
SUSPICIOUS = re.compile(
    rf"(?:{'|'.join(ACTIVE_NAMES)})(?![A-Za-z0-9])|/(?:S|Subtype) \d+ \d+ R".encode("ascii")
)


def find_active_content(pdf: pikepdf.Pdf) -> str:
    """Name the first active thing found, or return an empty string."""
    if "/Collection" in pdf.Root:
        return "a portfolio of embedded files"
    if "/JavaScript" in names_of(pdf):
        return "JavaScript"
    return next((found for container in containers_of(pdf) if (found := active_part(container))), "")


def names_of(pdf: pikepdf.Pdf) -> Container:
    names = pdf.Root.get("/Names")
    return names if isinstance(names, pikepdf.Dictionary) else pikepdf.Dictionary()


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
                raise Refused("The PDF has too many actions, forms or links.")
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
        embedded_file,
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
            raise Refused("The PDF has a chain of actions without end.")
        current = waiting.pop()
        if not isinstance(current, pikepdf.Dictionary):
            continue
        if "/S" in current:
            yield current
            following = current.get("/Next")
            waiting.extend(following if isinstance(following, pikepdf.Array) else [following])
        else:
            waiting.extend(action for _, action in current.items())


def embedded_file(container: Container) -> str:
    """An embedded file is refused unless it is the XML of an e-invoice."""
    files = container.get("/EF")
    if files is None:
        return ""
    if is_invoice_name(container) and isinstance(files, pikepdf.Dictionary):
        streams = [stream for _, stream in files.items()]
        if streams and all(is_invoice(stream) for stream in streams):
            return ""
    return "an embedded file"


def is_invoice_name(container: Container) -> bool:
    names = [str(container[key]).lower() for key in ("/F", "/UF") if key in container]
    return bool(names) and all(name in INVOICE_NAMES for name in names)


def is_invoice(stream: object) -> bool:
    """XML of the right root element, without a document type declaration, small."""
    if not isinstance(stream, pikepdf.Stream):
        return False
    content = decoded(stream)
    return content is not None and root_element(content) in INVOICE_ROOTS


def decoded(stream: pikepdf.Stream) -> bytes | None:
    """The content when it is stored plainly or deflated and not larger than an invoice; else `None`."""
    raw = stream.read_raw_bytes()
    filters = [str(name) for name in stream.stream_dict.get("/Filter", pikepdf.Array()).wrap_in_array()]
    if not filters:
        return raw if len(raw) <= MAX_INVOICE_BYTES else None
    if filters != ["/FlateDecode"] or "/DecodeParms" in stream:
        return None
    try:
        content = zlib.decompressobj().decompress(raw, MAX_INVOICE_BYTES + 1)
    except zlib.error:
        return None
    return content if len(content) <= MAX_INVOICE_BYTES else None


def root_element(content: bytes) -> str:
    """Local name of the root element, empty when it is no well-formed XML or declares a document type."""
    elements: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: elements.append(name) if not elements else None
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, DoctypeFound):
        return ""
    return elements[0].rpartition(" ")[2]


class DoctypeFound(Exception):
    """Entities are how XML attacks its reader; no e-invoice needs them."""


def refuse_doctype(*_: object) -> None:
    raise DoctypeFound


def name_at(container: Container, key: str) -> str:
    value = container.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""
