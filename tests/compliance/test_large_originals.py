"""An order with the largest papers there can be is sealed, and `/verify` takes the file (contract 17.13)."""

from io import BytesIO
from random import Random

import pikepdf
from pikepdf import Dictionary, Name

from tests.compliance.test_export_moments import decision_in, file_of, verified

MEGABYTE = 1024 * 1024
SIDE = 4_455  # dots of a grey picture that takes 19 MB
SIX = {
    "invoice/documents": ("SHIPMENT_PRELIMINARY_INVOICE",),
    "payment/documents": ("PAYMENT_CONFIRMATION", "PAYMENT_BANK_TRANSFER_SCREENSHOT"),
    "transport/documents": ("TRANSPORT_CMR", "TRANSPORT_CMR_DELIVERY", "TRANSPORT_PICTURE_OF_TRANSPORT"),
}


def a_scan(number: int) -> bytes:
    """A PDF of 19 MB whose page is a picture that cannot be packed."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        noise = Random(number).randbytes(SIDE * SIDE)  # noqa: S311  it hides nothing
        picture = document.make_stream(
            noise,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=SIDE,
            Height=SIDE,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
        )
        page = document.pages[0]
        page.Resources = Dictionary(XObject=Dictionary(Scan=picture))
        page.Contents = document.make_stream(b"q 595 0 0 842 0 0 cm /Scan Do Q")
        target = BytesIO()
        document.save(target, compress_streams=False)
    return target.getvalue()


def test_six_papers_of_19_megabytes_are_sealed_and_verified(deal, client):
    deal.is_judged()
    scans = [a_scan(number) for number in range(6)]
    waiting = iter(scans)
    for place, types in SIX.items():
        for type in types:
            deal.uploads(f"{deal.path}/{place}", type, next(waiting))
    deal.partner.post(f"{deal.path}/finalization/regenerate-export")
    deal.run_workers()

    sealed = file_of(deal, 2)

    assert sum(map(len, scans)) > 6 * 18 * MEGABYTE
    assert len(sealed) > sum(map(len, scans))
    with pikepdf.open(BytesIO(sealed)) as document:
        inside = [one.get_file().read_bytes() for one in document.attachments.values()]
    assert all(scan in inside for scan in scans)
    assert decision_in(sealed)["decision"] == "VALID_EXPORT"
    assert "<h1>Genuine</h1>" in verified(client, sealed)
