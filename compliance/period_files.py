"""The lists of a period as files: CSV for programs, one list each, and a workbook with both for people.

CSV is UTF-8 with a byte order mark and commas (RFC 4180), amounts have a decimal point, and a cell that a spreadsheet
would calculate begins with an apostrophe, as in the trail's CSV. The workbook has real dates and numbers, and its texts
are texts: nothing in them is calculated or linked.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

from compliance.period import OrderRow, Period, note_period_export, order_rows, recapitulative_lines
from compliance.recapitulative import Line
from nt24.actors import Actor
from nt24.audit.export import BYTE_ORDER_MARK, csv_line

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Row = TypeVar("Row")

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_OF_A_SHEET = 1_048_576  # what Excel opens; a longer list goes on on the next sheet
NUMBER_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", int: "0"}
# By the number of decimals, because each amount has those of its currency.
AMOUNT_FORMATS = ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`value` gives text, a whole number, a Decimal, a date, a moment in UTC, or None."""

    title: str
    width: int
    value: Callable[[Row], Any]


ORDERS: tuple[Column[OrderRow], ...] = (
    Column("Organization", 24, lambda row: row.organization_name),
    Column("Seller", 28, lambda row: row.seller_name),
    Column("Seller VAT number", 18, lambda row: row.seller_vat_number),
    Column("External order id", 24, lambda row: row.external_order_id),
    Column("Order", 38, lambda row: str(row.uuid)),
    Column("Buyer", 28, lambda row: row.buyer_name),
    Column("Buyer VAT number", 18, lambda row: row.buyer_vat_number),
    Column("VINs", 22, lambda row: " ".join(row.vins)),
    Column("Purchased on", 13, lambda row: row.purchased_on),
    Column("Total amount", 15, lambda row: row.total.major),
    Column("Currency", 9, lambda row: row.total.currency),
    Column("Status", 22, lambda row: row.status),
    Column("Decision", 17, lambda row: row.decision),
    Column("Decided at (UTC)", 20, lambda row: row.decided_at),
    Column("Blockers", 30, lambda row: " ".join(row.blockers)),
    Column("Export File version", 12, lambda row: row.export_file_version),
    Column("Export File SHA-256", 66, lambda row: row.export_file_sha256),
    Column("Final invoice", 20, lambda row: row.final_invoice_number),
)
RECAPITULATIVE: tuple[Column[Line], ...] = (
    Column("Organization", 24, lambda line: line.organization_name),
    Column("Seller", 28, lambda line: line.seller_name),
    Column("Seller VAT number", 18, lambda line: line.seller_vat_number),
    Column("Month", 10, lambda line: f"{line.month:%Y-%m}"),
    Column("Buyer VAT number", 18, lambda line: line.buyer_vat_number),
    Column("Supplies", 10, lambda line: line.supplies),
    Column("Amount", 15, lambda line: line.amount.major),
    Column("Currency", 9, lambda line: line.amount.currency),
)


# --- CSV -----------------------------------------------------------------------------------------------------------


def orders_as_csv(period: Period) -> Iterator[str]:
    return as_csv(ORDERS, order_rows(period))


def recapitulative_as_csv(period: Period) -> Iterator[str]:
    return as_csv(RECAPITULATIVE, recapitulative_lines(period))


def as_csv(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    yield f"{BYTE_ORDER_MARK}{csv_line([column.title for column in columns])}"
    for row in rows:
        yield csv_line([as_cell(column.value(row)) for column in columns])


def as_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return value


# --- The workbook --------------------------------------------------------------------------------------------------


def write_workbook(period: Period, file: IO[bytes], *, by: Actor, export: UUID) -> None:
    """Both lists and what they are; a row at a time goes to the disk, whatever the number of orders."""
    from xlsxwriter import Workbook  # here, so that no web process loads it before it is needed

    safe = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, safe) as workbook:
        orders = write_list(workbook, "Orders", ORDERS, order_rows(period))
        lines = write_list(workbook, "Recapitulative statement", RECAPITULATIVE, recapitulative_lines(period))
        about = workbook.add_worksheet("About")
        about.set_column(0, 0, 26)
        about.set_column(1, 1, 90)
        for number, (name, value) in enumerate(about_rows(period, by, export, orders, lines)):
            about.write_string(number, 0, name)
            about.write_string(number, 1, value)


def write_list(workbook: "Workbook", name: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> int:
    """Write the rows, on as many sheets as they need; how many there were."""
    by_key: dict[Any, str] = {**NUMBER_FORMATS, **dict(enumerate(AMOUNT_FORMATS))}
    formats = {key: workbook.add_format({"num_format": text}) for key, text in by_key.items()}
    sheet, count, sheets = new_sheet(workbook, name, columns), 0, 1
    for count, row in enumerate(rows, start=1):
        if (line := count - (sheets - 1) * (ROWS_OF_A_SHEET - 1)) == ROWS_OF_A_SHEET:
            sheets, line = sheets + 1, 1
            sheet = new_sheet(workbook, f"{name} {sheets}", columns)
        for number, column in enumerate(columns):
            write_cell(sheet, line, number, column.value(row), formats)
    return count


def new_sheet(workbook: "Workbook", name: str, columns: Sequence[Column[Any]]) -> "Worksheet":
    sheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    bold = workbook.add_format({"bold": True})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.title, bold)
    return sheet


def write_cell(sheet: "Worksheet", line: int, number: int, value: Any, formats: dict[Any, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(line, number, value.astimezone(UTC).replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(line, number, value, formats[date])
    elif isinstance(value, Decimal):
        sheet.write_number(line, number, value, formats[-int(value.as_tuple().exponent)])
    elif isinstance(value, int):
        sheet.write_number(line, number, value, formats[int])
    else:
        sheet.write_string(line, number, value)


def about_rows(
    period: Period, by: Actor, export: UUID, orders: int, lines: int
) -> tuple[tuple[str, str], ...]:
    basis = "placed in the period" if period.is_by_creation else "whose decision was made in the period"
    return (
        ("Period", f"{period.first} to {period.last}, both days included, UTC"),
        ("Organization", period.organization.name if period.organization else "all"),
        ("Seller", f"{period.seller.name} ({period.seller.vat_number})" if period.seller else "all"),
        ("Orders", f"{orders}, {basis}"),
        ("Recapitulative statement", f"{lines} lines: supplies with the decision VALID_EXPORT"),
        (
            "Month of a supply",
            "That of its invoice, at the latest of the 15th of the month after the transport began"
            " (Directive 2006/112/EC, Articles 67 and 222)",
        ),
        ("Not in it", "Supplies that NT24 does not know; the statement itself is the seller's"),
        ("Written at", f"{timezone.now().astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("Written by", by.label),
        ("Export", str(export)),
    )


# --- As downloads --------------------------------------------------------------------------------------------------

LISTS = {"orders": orders_as_csv, "recapitulative": recapitulative_as_csv}
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def csv_response(name: str, period: Period, *, by: Actor, purpose: str = "") -> StreamingHttpResponse:
    """One of `LISTS` as it is read, and the entry of the trail. The caller has checked who asks."""
    note_period_export(period, by=by, format=f"csv {name}", purpose=purpose)
    disposition = f'attachment; filename="{name}-{period.first}-{period.last}.csv"'
    headers = {"Content-Disposition": disposition, **PRIVATE}
    return StreamingHttpResponse(LISTS[name](period), content_type="text/csv; charset=utf-8", headers=headers)


def workbook_response(period: Period, *, by: Actor, purpose: str = "") -> FileResponse:
    """The workbook, finished before the first byte is sent, and the entry of the trail. The caller has checked who."""
    export = note_period_export(period, by=by, format="xlsx", purpose=purpose)
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    try:
        write_workbook(period, file, by=by, export=export)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"period-{period.first}-{period.last}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=WORKBOOK_TYPE, headers=PRIVATE)
