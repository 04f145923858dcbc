"""Orders by the hundred thousand, written by the database itself: seconds, where the actions would take an hour.

What the pages read of them is as it would be; what nobody reads of so many rows is left empty.
"""

from django.db import connection

from tests.factories.partners import SellerFactory

ORDERS_OF_A_BUYER = 20
# The same words of SQL for both: a new uuid, minutes ago, six digits, JSON, bytes, and rows numbered from 1.
DIALECTS = {
    "postgresql": {
        "uuid": "gen_random_uuid()",
        "ago": "(now() - {} * interval '1 minute')",
        "day": "date '2026-04-18'",
        "digits": "lpad(({})::text, 6, '0')",
        "json": "('{}')::jsonb",
        "filling": "repeat('x', 1500)",
        "bytes": "repeat('x', 1500)::bytea",
        "yes": "true",
        "no": "false",
    },
    "sqlite": {
        "uuid": "lower(hex(randomblob(16)))",
        "ago": "strftime('%Y-%m-%d %H:%M:%S', 'now', '-' || ({}) || ' minutes')",
        "day": "'2026-04-18'",
        "digits": "printf('%06d', {})",
        "json": "'{}'",
        "filling": "hex(zeroblob(750))",
        "bytes": "zeroblob(1500)",
        "yes": "1",
        "no": "0",
    },
}
# Of a hundred orders sixty are proven, five taxed, five cancelled, and the others on their way.
STATUS = """CASE WHEN i % 100 < 60 THEN 'COMPLIANCE_VALID' WHEN i % 100 < 65 THEN 'COMPLIANCE_INVALID'
    WHEN i % 100 < 70 THEN 'CANCELLED' WHEN i % 100 < 85 THEN 'INVOICE_SUBMITTED' ELSE 'TRANSPORT_IN_PROGRESS' END"""


def say(word: str, *values: str) -> str:
    return (
        DIALECTS[connection.vendor][word].replace("{}", *values)
        if values
        else DIALECTS[connection.vendor][word]
    )


def fill(table: str, count: int, **columns: str) -> None:
    """`count` rows; each value is SQL over `i`, which counts from 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "  # noqa: S608
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM n"
        )


def record(age: str = "i") -> dict[str, str]:
    ago = say("ago", age)
    return {"uuid": say("uuid"), "version": "0", "created_at": ago, "updated_at": ago}


def make_orders(count: int) -> None:
    """Into empty tables, with buyers, VIES checks, vehicles, invoices and rollups; the plans know the sizes."""
    seller, buyers = SellerFactory(), max(count // ORDERS_OF_A_BUYER, 1)
    make_buyers(buyers, seller.pk)
    fill(
        "orders_order", count, id="i", **record(), seller_id=str(seller.pk),
        buyer_id=f"1 + i % {buyers}", external_order_id=f"'DEAL-2026-' || {say('digits', 'i')}",
        purchase_on=say("day"), status=STATUS, currency="'EUR'", total_amount="1850000", cancel_reason="''",
        cancelled_at=f"CASE WHEN i % 100 BETWEEN 65 AND 69 THEN {say('ago', 'i')} END",
    )  # fmt: skip
    fill(
        "orders_vehicle", count, uuid=say("uuid"), order_id="i", position="0",
        vin=f"'WVWZZZ1JZXW' || {say('digits', 'i % 1000000')}", brand="'Volkswagen'", model="'Golf'",
        purchase_amount="1850000", compliance_status="'PENDING'",
    )  # fmt: skip
    fill(
        "orders_invoice", count, **record(), order_id="i", type="'PRELIMINARY'", status="'SUBMITTED'",
        invoice_on=say("day"), invoice_number=f"'RE-' || {say('digits', 'i')}", vat_included=say("no"),
        amount="1850000", currency="'EUR'", margin_scheme=say("no"), buyer_name="''",
        final_invoice_required=say("no"), final_invoice_received=say("no"),
    )  # fmt: skip
    make_rollups(count)
    move_the_counters()


def make_buyers(count: int, seller: int) -> None:
    words = "CASE i % 4 WHEN 0 THEN 'Kowalski' WHEN 1 THEN 'Nowak' WHEN 2 THEN 'Müller' ELSE 'Dupont' END"
    fill(
        "buyers_buyer", count, id="i", **record(), seller_id=str(seller), status="'ACTIVE'",
        vat_number=f"'PL5260' || {say('digits', 'i')}", kyc_mode="'NT24_LED'", address=say("json", "{}"),
        company_name=f"'Auto ' || {words} || ' ' || {say('digits', 'i')}",
    )  # fmt: skip
    folded = "CASE i % 4 WHEN 0 THEN 'kowalski' WHEN 1 THEN 'nowak' WHEN 2 THEN 'muller' ELSE 'dupont' END"
    for word in ("'auto'", folded, say("digits", "i")):
        fill("buyers_nameword", count, buyer_id="i", word=word)
    fill(
        "buyers_kyc", count, **record(), buyer_id="i", verification_status="'VERIFIED'",
        aml_status="CASE WHEN i % 500 = 0 THEN 'FLAGGED' ELSE 'CLEAR' END",
    )  # fmt: skip
    fill(
        "buyers_viescheck", count * 4, tries="1", uuid=say("uuid"), buyer_id=f"1 + i % {count}",
        vat_number="CASE i % 3 WHEN 0 THEN 'PL1' WHEN 1 THEN 'FR1' ELSE 'IT1' END", requester_vat_number="''",
        cause="'DAILY'", status="'COMPLETED'", result="'VALID'", error_code="''", consultation_number="''",
        trader_name="''", trader_address="''", request_body=say("filling"), raw_body=say("filling"),
        raw_sha256="''", requested_at=say("ago", "i"), checked_at=say("ago", "i"),
    )  # fmt: skip


def make_rollups(count: int) -> None:
    blocked = say(
        "json", '{"MISSING_CMR": "2026-04-20T08:00:00Z", "DELIVERY_NOT_CONFIRMED": "2026-04-21T08:00:00Z"}'
    )
    early = say("json", '{"MISSING_PAYMENT": "2026-04-22T08:00:00Z"}')
    fatal = say("json", '{"EVIDENCE_DEADLINE_PASSED": "2026-04-19T08:00:00Z"}')
    fill(
        "compliance_rollup", count, **record(), order_id="i",
        compliance_status="CASE WHEN i % 100 < 60 THEN 'VALID' WHEN i % 100 < 65 THEN 'INVALID' ELSE 'INCOMPLETE' END",
        decision="CASE WHEN i % 100 < 60 THEN 'VALID_EXPORT' WHEN i % 100 < 65 THEN 'VAT_APPLICABLE' ELSE '' END",
        decided_at=f"CASE WHEN i % 100 < 65 THEN {say('ago', 'i')} END",
        blocked_since=f"""CASE WHEN i % 100 < 60 THEN NULL WHEN i % 100 < 65 THEN {fatal}
            WHEN i % 100 < 70 THEN NULL WHEN i % 100 < 85 THEN {early} ELSE {blocked} END""",
        content_json=say("filling"), body=say("bytes"), blocker_codes=say("json", "[]"), ruleset="'2026.2'",
        basis=say("json", "[]"), judged_once=say("no"), final_invoice_seen="''",
    )  # fmt: skip


def move_the_counters() -> None:
    """The next rows come after these, and the planner knows how many there are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("orders_order", "buyers_buyer"):
                newest = f"SELECT max(id) FROM {table}"  # noqa: S608
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({newest}))")
        cursor.execute("ANALYZE")
