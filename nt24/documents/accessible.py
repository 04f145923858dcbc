"""What a tagged PDF of ours still needs to be PDF/UA-1 (ISO 14289-1) beside PDF/A-3a. Same input, same bytes.

WeasyPrint tags the content. Added here: the mark of PDF/UA in the metadata, a description of every link, the order of
tabs, the scope of table headers, and running heads and feet as artifacts, which no screen reader reads out.
"""

import re
from collections.abc import Iterator
from io import BytesIO

import pikepdf

MARKED = re.compile(rb"/\w+\s*<<\s*/MCID (\d+)\s*>>\s*BDC")
# PDF/A knows no schema of PDF/UA, so the file describes it itself (ISO 19005-3, 6.6.2.3).
UA_METADATA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


def made_accessible(pdf: bytes) -> bytes:
    """A tagged PDF/A of WeasyPrint as PDF/UA-1 as well."""
    with pikepdf.open(BytesIO(pdf)) as document:
        tree = document.Root.StructTreeRoot
        read_out = _marks_in_the_tree(tree)
        for page in document.pages:
            page.obj.Tabs = pikepdf.Name.S
            _make_artifacts(document, page, read_out.get(page.obj.objgen, frozenset()))
            _describe_links(page)
        _add_scopes(tree)
        metadata = document.Root.Metadata
        described = metadata.read_bytes().replace(b"</rdf:RDF>", UA_METADATA + b"</rdf:RDF>", 1)
        metadata.write(described)
        target = BytesIO()
        document.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target.getvalue()


def _elements(tree: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Every structure element below the root."""
    waiting = list(tree.K)
    while waiting:
        element = waiting.pop()
        if not isinstance(element, pikepdf.Dictionary) or "/S" not in element:
            continue
        yield element
        waiting.extend(element.get("/K", pikepdf.Array()))


def _marks_in_the_tree(tree: pikepdf.Object) -> dict[tuple[int, int], set[int]]:
    """The numbers of the marked content that is read out, by page."""
    found: dict[tuple[int, int], set[int]] = {}
    for element in _elements(tree):
        for kid in element.get("/K", pikepdf.Array()):
            if isinstance(kid, int):
                found.setdefault(element.Pg.objgen, set()).add(kid)
    return found


def _make_artifacts(document: pikepdf.Pdf, page: pikepdf.Page, read_out: frozenset[int] | set[int]) -> None:
    """Marked content outside of the tree is a running head or foot."""
    page.contents_coalesce()
    content = page.obj.Contents.read_bytes()

    def as_artifact(mark: re.Match[bytes]) -> bytes:
        return mark[0] if int(mark[1]) in read_out else b"/Artifact BMC"

    page.obj.Contents = document.make_stream(MARKED.sub(as_artifact, content))


def _describe_links(page: pikepdf.Page) -> None:
    for annotation in page.obj.get("/Annots", pikepdf.Array()):
        if annotation.get("/Subtype") == pikepdf.Name.Link:
            annotation.Contents = pikepdf.String(_where_to(annotation))


def _where_to(link: pikepdf.Object) -> str:
    action = link.get("/A")
    if action is not None and "/URI" in action:
        return f"Opens {action.URI}"
    anchor = str(
        link.get("/Dest", "another page of this file")
    )  # `section-9`: a heading's id in the template
    return f"Goes to {anchor.replace('-', ' ')}"


def _add_scopes(tree: pikepdf.Object) -> None:
    """A header in the first column of a row that has cells is one of its row, every other one of its column."""
    for row in _elements(tree):
        if row.S != pikepdf.Name.TR:
            continue
        kinds = [kid.S for kid in row.K if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        for header in (
            kid for kid in row.K if isinstance(kid, pikepdf.Dictionary) and kid.get("/S") == pikepdf.Name.TH
        ):
            scope = pikepdf.Name.Row if pikepdf.Name.TD in kinds else pikepdf.Name.Column
            if "/A" not in header:
                header.A = pikepdf.Dictionary(O=pikepdf.Name.Table)
            header.A.Scope = scope
