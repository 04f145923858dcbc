"""What was refused or only replayed leaves no file behind."""

from pathlib import Path

from django.conf import settings

from tests.papers import pdf


def files():
    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    return {path for path in folder.rglob("*") if path.is_file()}


def test_a_refused_upload_leaves_no_file(deal):
    deal.has_buyer().has_order()
    before = files()

    for path, type in (
        (f"{deal.path}/documents", "TRANSPORT_CMR"),
        ("P/orders/00000000-0000-4000-8000-000000000000/documents", "ORDER_PURCHASING_CONTRACT"),
    ):
        assert deal.partner.upload(path, type, pdf()).status_code in {404, 422}
    assert files() == before


def test_a_replayed_upload_leaves_the_first_file_only(deal):
    deal.has_buyer().has_order()
    before = files()
    first = deal.partner.upload(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf(), key="k")
    again = deal.partner.upload(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT", pdf(), key="k")

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert len(files() - before) == 1
    assert deal.partner.get(f"{deal.path}/documents/{first.json()['uuid']}/content").getvalue() == pdf()
