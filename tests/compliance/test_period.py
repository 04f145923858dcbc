"""A period as lists and files: which orders are in it, what a row says, and that size costs time and not memory."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance import period as period_module
from compliance import period_files
from compliance.models import Rollup
from compliance.period import OrderRow, Period, order_rows, recapitulative_lines
from compliance.period_files import (
    as_csv,
    csv_response,
    orders_as_csv,
    recapitulative_as_csv,
    workbook_response,
    write_workbook,
)
from compliance.recapitulative import Line
from nt24.actors import Actor, ActorKind
from nt24.audit.models import Entry
from nt24.errors import ValidationFailed
from nt24.money import Money
from orders.models import Invoice, Order
from tests.compliance.periods import bought_by, traded
from tests.factories.partners import OrganizationFactory, SellerFactory
from transport.models import Milestone

AUDITOR = Actor(ActorKind.STAFF, "9", "a.ernst")
EXPORT = UUID("11111111-2222-4333-8444-555555555555")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def april(**about):
    return Period(date(2026, 4, 1), date(2026, 4, 30), **about)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ids(period):
    return [row.external_order_id for row in order_rows(period)]


# --- Orders with verdicts ------------------------------------------------------------------------------------------


def test_a_row_says_everything_about_an_order(seller):
    (order,) = traded(seller)

    (row,) = order_rows(april())

    vins = tuple(order.vehicles.order_by("position").values_list("vin", flat=True))
    assert row == OrderRow(
        organization_name=seller.organization.name,
        seller_name="AutoHandel Mustermann GmbH",
        seller_vat_number="DE123456789",
        external_order_id="DEAL-0",
        uuid=order.uuid,
        buyer_name="Auto Nowak",
        buyer_vat_number="PL5260001246",
        vins=vins,
        purchased_on=date(2026, 4, 17),
        total=Money(1_850_050, "EUR"),
        status="COMPLIANCE_VALID",
        decision="VALID_EXPORT",
        decided_at=at("2026-04-20T12:00"),
        blockers=(),
        export_file_version=2,
        export_file_sha256="2" * 64,
        final_invoice_number="INV-2",
    )
    assert len(vins) == 2


def test_an_order_belongs_to_the_day_of_its_decision(seller):
    for moment in ("2026-03-31T23:59:59", "2026-04-01T00:00", "2026-04-30T23:59:59", "2026-05-01T00:00"):
        traded(seller, decided_at=at(moment), external_order_id=moment)

    assert ids(april()) == ["2026-04-01T00:00", "2026-04-30T23:59:59"]


def test_an_order_that_has_lost_its_decision_is_in_no_period(seller):
    (undone,) = traded(seller, external_order_id="undone")
    Rollup.objects.filter(order=undone).update(decision="", decided_at=None)

    assert ids(april()) == []


def test_by_creation_every_order_placed_in_the_period_is_listed(seller):
    traded(
        seller,
        created_at=at("2026-04-30T23:59:59"),
        decided_at=at("2026-06-01T00:00"),
        external_order_id="later",
    )
    traded(seller, decision="", external_order_id="open")
    traded(seller, created_at=at("2026-05-01T00:00"), external_order_id="outside")

    rows = {row.external_order_id: row for row in order_rows(april(is_by_creation=True))}

    assert list(rows) == ["later", "open"]
    assert (rows["open"].decision, rows["open"].decided_at, rows["open"].export_file_version) == (
        "",
        None,
        None,
    )
    assert rows["open"].blockers == ("CMR_MISSING", "VIES_STALE")


def test_a_filter_leaves_the_others_out(seller):
    sister = SellerFactory(organization=seller.organization)
    other = SellerFactory(organization=OrganizationFactory())
    for owner, name in ((seller, "mine"), (sister, "sister's"), (other, "other's")):
        traded(owner, external_order_id=name)

    assert ids(april()) == ["mine", "sister's", "other's"]
    assert ids(april(organization=seller.organization)) == ["mine", "sister's"]
    assert ids(april(seller=sister)) == ["sister's"]
    assert ids(april(seller=sister, organization=other.organization)) == []
    assert [line.seller_name for line in recapitulative_lines(april(seller=sister))] == [sister.name]


def test_a_period_does_not_end_before_it_begins():
    with pytest.raises(ValidationFailed):
        Period(date(2026, 4, 2), date(2026, 4, 1))


def test_the_number_of_queries_grows_by_chunk_and_not_by_order(seller, monkeypatch):
    monkeypatch.setattr(period_module, "CHUNK", 10)
    traded(seller, 10)

    def queries(read):
        with CaptureQueriesContext(connection) as captured:
            read()
        return len(captured)

    one = queries(lambda: list(order_rows(april())))
    lines_of_one = queries(lambda: recapitulative_lines(april()))
    traded(seller, 20)

    # the last query of each finds that there is no more; the list asks once which orders are exports
    assert (one, lines_of_one) == (4 + 1, 1 + 3 + 1)
    assert queries(lambda: list(order_rows(april()))) == 3 * 4 + 1
    assert queries(lambda: recapitulative_lines(april())) == 1 + 3 * 3 + 1
    assert len(set(ids(april()))) == 30


def test_a_long_list_is_read_as_it_is_written(seller, monkeypatch):
    monkeypatch.setattr(period_module, "CHUNK", 5)
    traded(seller, 20)
    lines = orders_as_csv(april())

    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            next(lines)

    assert len(captured) == 4


# --- The recapitulative statement ----------------------------------------------------------------------------------


def test_exempt_supplies_are_added_up_by_month_and_number(seller):
    traded(seller, 2)
    traded(seller, buyer=bought_by(seller, "GR123456789"), currency="PLN")
    traded(seller, decision="VAT_APPLICABLE")
    traded(seller, decision="")

    def line(number, supplies, amount):
        return Line(
            seller.organization.name, seller.name, "DE123456789", date(2026, 4, 1), number, supplies, amount
        )

    assert recapitulative_lines(april()) == [
        line("EL123456789", 1, Money(1_850_050, "PLN")),
        line("PL5260001246", 2, Money(3_700_100, "EUR")),
    ]


@pytest.mark.parametrize(
    ("invoiced_on", "picked_up_on", "month"),
    [
        (date(2026, 4, 30), date(2026, 4, 1), 4),
        (date(2026, 5, 2), date(2026, 4, 30), 5),
        (date(2026, 7, 1), date(2026, 4, 30), 5),
        (date(2026, 3, 31), date(2026, 4, 1), 3),
    ],
)
def test_a_supply_is_in_the_month_in_which_it_is_reported(seller, invoiced_on, picked_up_on, month):
    traded(seller, invoiced_on=invoiced_on, picked_up_on=picked_up_on)

    months = {3: (date(2026, 3, 1), date(2026, 3, 31)), 4: (date(2026, 4, 1), date(2026, 4, 30)),
              5: (date(2026, 5, 1), date(2026, 5, 31))}  # fmt: skip
    found = {
        number: [one.month.month for one in recapitulative_lines(Period(*days))]
        for number, days in months.items()
    }

    assert found == {**dict.fromkeys(months, []), month: [month]}


def test_the_first_standing_pickup_is_when_the_transport_began(seller):
    (order,) = traded(seller, invoiced_on=date(2026, 7, 1), picked_up_on=date(2026, 4, 30))
    first, second = Milestone.objects.filter(transport__order=order)
    Milestone.objects.filter(pk=first.pk).update(
        occurred_on=date(2026, 2, 1), revoked_at=at("2026-04-01T00:00"), revoked_reason="Wrong"
    )
    Milestone.objects.filter(pk=second.pk).update(occurred_on=date(2026, 3, 1))

    (line,) = recapitulative_lines(Period(date(2026, 1, 1), date(2026, 12, 31)))

    assert line.month == date(2026, 4, 1)


def test_the_final_invoice_tells_the_amount(seller):
    (order,) = traded(seller)
    Invoice.objects.filter(order=order, type="FINAL").update(amount=1_800_000)

    (line,) = recapitulative_lines(april())

    assert line.amount == Money(1_800_000, "EUR")


# --- CSV -----------------------------------------------------------------------------------------------------------


def cells(parts):
    text = "".join(parts)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_orders_are_csv_for_programs(seller):
    (order,) = traded(seller)

    (row,) = cells(orders_as_csv(april()))

    assert row["Total amount"] == "18500.50"
    assert row["Currency"] == "EUR"
    assert row["Purchased on"] == "2026-04-17"
    assert row["Decided at (UTC)"] == "2026-04-20 12:00:00"
    assert row["VINs"] == " ".join(order.vehicles.order_by("position").values_list("vin", flat=True))
    assert (row["Blockers"], row["Export File version"], row["Order"]) == ("", "2", str(order.uuid))


def test_the_statement_is_csv_for_programs(seller):
    traded(seller, 3)

    (row,) = cells(recapitulative_as_csv(april()))

    assert row == {
        "Organization": seller.organization.name, "Seller": seller.name, "Seller VAT number": "DE123456789",
        "Month": "2026-04", "Buyer VAT number": "PL5260001246", "Supplies": "3", "Amount": "55501.50",
        "Currency": "EUR",
    }  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_looks_like_a_formula_is_not_calculated(seller, start):
    traded(seller, external_order_id=f'{start}cmd|" /C calc"!A0')

    (row,) = cells(orders_as_csv(april()))

    assert row["External order id"] == f'\'{start}cmd|" /C calc"!A0'


def test_an_empty_list_has_its_titles(db):
    text = "".join(as_csv(period_files.ORDERS, []))

    assert text == "\ufeff" + ",".join(column.title for column in period_files.ORDERS) + "\r\n"


# --- The workbook --------------------------------------------------------------------------------------------------


def workbook(period):
    file = io.BytesIO()
    write_workbook(period, file, by=AUDITOR, export=EXPORT)
    return opened(file)


def opened(file):
    """Sheet name → rows of (type, text) cells, as they lie in the file."""
    with zipfile.ZipFile(file) as archive:
        names = [sheet.get("name") for sheet in tree(archive, "workbook").iter(f"{SHEET}sheet")]
        sheets = [tree(archive, f"worksheets/sheet{number}") for number, _ in enumerate(names, start=1)]
    return dict(zip(names, sheets, strict=True))


def tree(archive, name):
    return ElementTree.fromstring(archive.read(f"xl/{name}.xml"))  # noqa: S314  we have just written it


def row_of(sheet, number):
    row = sheet.findall(f".//{SHEET}row")[number]
    return {cell.get("r").rstrip("0123456789"): cell for cell in row}


def text_of(cell):
    return "".join(cell.itertext())


def test_the_workbook_has_both_lists_and_says_what_they_are(seller):
    traded(seller, 2)

    sheets = workbook(april(seller=seller))

    assert list(sheets) == ["Orders", "Recapitulative statement", "About"]
    assert len(sheets["Orders"].findall(f".//{SHEET}row")) == 3
    assert len(sheets["Recapitulative statement"].findall(f".//{SHEET}row")) == 2
    for name in ("Orders", "Recapitulative statement"):
        pane = sheets[name].find(f".//{SHEET}pane")
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
        assert sheets[name].findall(f".//{SHEET}col")
    about = {
        text_of(cells["A"]): text_of(cells["B"]) for cells in (row_of(sheets["About"], n) for n in range(10))
    }
    assert about["Period"] == "2026-04-01 to 2026-04-30, both days included, UTC"
    assert about["Seller"] == "AutoHandel Mustermann GmbH (DE123456789)"
    assert about["Orders"] == "2, whose decision was made in the period"
    assert (about["Written by"], about["Export"]) == ("a.ernst", str(EXPORT))


def test_dates_and_amounts_are_real_and_texts_are_texts(seller):
    traded(seller, external_order_id="=1+1", purchase_on=date(2026, 4, 17))

    row = row_of(workbook(april())["Orders"], 1)

    def number(cell):
        assert cell.get("t") in (None, "n")
        return Decimal(text_of(cell))

    assert number(row["I"]) == (date(2026, 4, 17) - date(1899, 12, 30)).days
    assert number(row["J"]) == Decimal("18500.5")
    assert number(row["N"]) == (date(2026, 4, 20) - date(1899, 12, 30)).days + Decimal("0.5")
    assert row["D"].find(f"{SHEET}f") is None
    assert (row["D"].get("t"), text_of(row["D"])) == ("inlineStr", "=1+1")


def test_a_list_that_is_longer_than_a_sheet_goes_on_on_the_next(seller, monkeypatch):
    monkeypatch.setattr(period_files, "ROWS_OF_A_SHEET", 3)  # a title and two rows
    traded(seller, 5)

    sheets = workbook(april())

    lengths = {name: len(sheet.findall(f".//{SHEET}row")) for name, sheet in sheets.items()}
    assert lengths == {"Orders": 3, "Orders 2": 3, "Orders 3": 2, "Recapitulative statement": 2, "About": 10}
    listed = [text_of(row_of(sheets[name], n)["D"]) for name, n in
              (("Orders", 1), ("Orders", 2), ("Orders 2", 1), ("Orders 2", 2), ("Orders 3", 1))]  # fmt: skip
    assert listed == list(Order.objects.order_by("pk").values_list("external_order_id", flat=True))


# --- As downloads --------------------------------------------------------------------------------------------------


def test_a_download_is_named_after_its_period_and_noted(seller):
    traded(seller)

    answer = csv_response("orders", april(seller=seller), by=AUDITOR, purpose="VAT audit")

    assert len(cells(part.decode() for part in answer)) == 1
    assert answer["Content-Disposition"] == 'attachment; filename="orders-2026-04-01-2026-04-30.csv"'
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")
    entry = Entry.objects.get(action="period.exported")
    assert (entry.actor_label, entry.purpose) == ("a.ernst", "VAT audit")
    assert (entry.organization_id, entry.seller_uuid) == (seller.organization_id, seller.uuid)
    assert entry.changes == {
        "format": [None, "csv orders"], "first": [None, "2026-04-01"], "last": [None, "2026-04-30"],
        "basis": [None, "decision"],
    }  # fmt: skip


def test_a_workbook_of_everybody_is_noted_under_nobody(seller):
    traded(seller)

    answer = workbook_response(april(), by=AUDITOR)

    sheets = opened(io.BytesIO(answer.getvalue()))
    entry = Entry.objects.get(action="period.exported")
    assert text_of(row_of(sheets["About"], 9)["B"]) == str(entry.subject_uuid)
    assert (entry.organization_id, entry.seller_uuid, entry.subject_type) == (None, None, "export")
    assert answer["Content-Disposition"] == 'attachment; filename="period-2026-04-01-2026-04-30.xlsx"'
    assert answer["Content-Type"] == period_files.WORKBOOK_TYPE


def test_an_organizations_download_is_found_under_it(seller):
    csv_response("recapitulative", april(organization=seller.organization), by=AUDITOR)

    entry = Entry.objects.get(action="period.exported")
    assert (entry.organization_id, entry.seller_uuid) == (seller.organization_id, None)


def test_a_real_order_is_in_its_period(deal):
    deal.is_judged()

    (row,) = order_rows(april())
    (line,) = recapitulative_lines(april())

    assert (row.decision, row.export_file_version) == ("VALID_EXPORT", 1)
    assert row.decided_at.date() == date(2026, 4, 25)
    assert (line.buyer_vat_number, line.amount) == ("PL5260001246", Money(1_850_000, "EUR"))
