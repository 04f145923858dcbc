"""Whatever is sent, well-formed or not: no 5xx, and no answer that the OpenAPI document does not describe.

Every call is rolled back, so that each one meets the same orders: one at every stage of its life.
`SCHEMATHESIS_EXAMPLES=100` runs the long profile: more examples, all systematic cases where the short one takes
a third of those of large operations, and the documents of every parent, which share the views of the buyer's.
"""

import copy
import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from buyers import checks
from compliance import exports
from nt24.api.json import COUNTRIES, CURRENCIES
from nt24.api.openapi_issuer import CERTS_PATH, CONFIGURATION_PATH, TOKEN_PATH
from nt24.partners.views import FORM
from tests.deal import BERLIN, Deal, money, taken
from tests.factories.partners import SECRET, ApiClientFactory, OrganizationFactory, SellerFactory
from tests.nt24.exchanges import RecordingClient, differences, document
from tests.papers import pdf, photo
from tests.partner import Partner

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
IS_LONG = "SCHEMATHESIS_EXAMPLES" in os.environ
CONFIG = {
    "seed": 1,
    "cache": {"enabled": False},
    "phases": {"coverage": {"unexpected-methods": ["PUT", "TRACE"]}},
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
}
ALL_CASES_UP_TO = 40
STAGES = ("created", "invoiced", "paid", "ready", "picked_up", "judged")
# Their values have rules that a schema cannot say: no date in the future, sums, the VINs of the order, the types of
# the parent, a whole number that is not written as 1.0.
RULED = {
    "createOrder",
    "changeOrder",
    "submitInvoice",
    "changeInvoice",
    "submitFinalInvoice",
    "submitPayment",
    "changePayment",
    "confirmPickup",
    "revokePickup",
    "confirmDelivery",
    "setNextSandboxViesAnswers",
    *(f"upload{parent}Document" for parent in ("Kyc", "Order", "Invoice", "Payment", "Transport")),
}

schemathesis.openapi.format("iso-3166-1-alpha-2", st.sampled_from(sorted(COUNTRIES)))
schemathesis.openapi.format("iso-4217", st.sampled_from(sorted(CURRENCIES)))
schemathesis.openapi.format("email", st.sampled_from(["erika.mustermann@example.com", "a@b.pl"]))
schemathesis.openapi.format("binary", st.sampled_from([pdf(), photo(), pdf()[:300], b"MZ", b""]))
schemathesis.openapi.format(
    "iban", st.sampled_from(["DE89370400440532013000", "PL61109010140000071219812874"])
)


class World:
    """A seller with one buyer and an order at every stage; says what to put into a call so that it hits."""

    def __init__(self, deal: Deal) -> None:
        self.partner = deal.partner
        self.buyer = deal.has_buyer().has_kyc().buyer
        self.contact = taken(self.partner.post(f"{deal.buyer_path}/contacts", CONTACT), 201)
        self.deals = {stage: self.deal_at(stage, deal) for stage in STAGES}
        self.turns = itertools.count()
        self.cases: Counter[str] = Counter()

    def deal_at(self, stage: str, first: Deal) -> Deal:
        deal = Deal(first.partner, first.run_workers)
        deal.buyer = first.buyer
        deal.has_order(externalOrderId=f"DEAL-{stage}")
        deal.uploads(f"{deal.path}/documents", "ORDER_PURCHASING_CONTRACT")
        for step in STEPS[: STAGES.index(stage)]:
            step(deal)
        return deal

    def has_had_enough_of(self, name: str) -> bool:
        """After the first cases of an operation the short profile takes every third."""
        self.cases[name] += 1
        return self.cases[name] > ALL_CASES_UP_TO and self.cases[name] % 3 > 0

    def path_parameters(self, path: str, stages: Sequence[str]) -> dict[str, str]:
        """Real ids for a path template; the stage of the order changes from call to call."""
        needs_all = "{documentUuid}" in path or "export-file" in path
        deal = self.deals["judged" if needs_all else stages[next(self.turns) % len(stages)]]
        ids = {
            "sellerId": str(self.partner.seller.uuid),
            "buyerId": self.buyer["uuid"],
            "contactUuid": self.contact["uuid"],
            "orderUuid": deal.order["uuid"],
        }
        if "{documentUuid}" in path:
            ids["documentUuid"] = self.document_below(path.partition("/{documentUuid}")[0].format(**ids))
        return {name: value for name, value in ids.items() if f"{{{name}}}" in path}

    def document_below(self, path: str) -> str:
        return taken(self.partner.get(path), 200)["data"][0]["uuid"]

    def version_at(self, path: str) -> int:
        """The version of what is at this path, 0 when nothing is."""
        answer = self.partner.get(path)
        return answer.json()["version"] if answer.status_code == 200 else 0


CONTACT = {"firstName": "Erika", "lastName": "Mustermann", "email": "erika.mustermann@example.com"}
STEPS = (
    lambda deal: deal.has_invoice(),
    lambda deal: deal.has_payment(),
    lambda deal: deal.is_ready(),
    lambda deal: deal.is_picked_up(),
    lambda deal: deal.is_delivered().run_workers(),
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for all operations, in a transaction that is never committed."""
    with django_db_blocker.unblock(), time_machine.travel("2026-04-25T10:00:00Z", tick=True):
        TestCase.setUpClass()  # Django's own way to open such a transaction
        organization = OrganizationFactory(enterprise=True, all_capabilities=True)
        seller = SellerFactory(organization=organization, vat_number="DE123456789")
        yield World(Deal(Partner(ApiClientFactory(organization=organization), seller), run_workers))
        TestCase.tearDownClass()
        TestCase.doClassCleanups()


def run_workers() -> None:
    while checks.ask_due() + exports.render_due():
        pass


def api() -> Any:
    loaded = schemathesis.openapi.from_dict(
        copy.deepcopy(document()), config=SchemathesisConfig.from_dict(copy.deepcopy(CONFIG))
    )
    loaded.app = get_wsgi_application()
    return loaded if IS_LONG else loaded.exclude(path_regex="/orders/.+/documents")


schema = api()


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Undo what a call does. Its end would close the connection, as it stands in a transaction; Django's test client
    prevents that in the same way."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def is_good(case: Any, location: ParameterLocation) -> bool:
    """Whether this part of the case was made to be right."""
    component = case.meta.components.get(location) if case.meta else None
    return component is None or component.mode.is_positive


def name_of(case: Any) -> str:
    return case.operation.definition.raw["operationId"]


def checks_left_out(case: Any) -> list[Any]:
    """Right by the schema and refused all the same: what `RULED` says, and text with a null character."""
    has_null = "\\u0000" in json.dumps([case.query, case.body], default=str)
    left_out = [positive_data_acceptance] if has_null or name_of(case) in RULED else []
    # The issuer's two documents answer a method that nobody sends with Django's page about forged requests.
    return left_out if case.operation.path.startswith("/v1") else [*left_out, unsupported_method]


def aim(case: Any, world: World) -> None:
    """Replace what no generator can know: ids, versions, the buyer of the order, the bytes of a document."""
    if case.path_parameters and is_good(case, ParameterLocation.PATH):
        is_patch = case.operation.method.upper() == "PATCH"
        stages = STAGES[2:] if is_patch else STAGES  # by then there is something to change at every path
        case.path_parameters.update(world.path_parameters(case.operation.path, stages))
        if is_patch and is_good(case, ParameterLocation.HEADER):
            version = world.version_at(case.operation.path.format(**case.path_parameters))
            case.headers["If-Match"] = f'"{version}"'
    if isinstance(case.body, dict) and is_good(case, ParameterLocation.BODY):
        aim_body(name_of(case), case.body, world)


def aim_body(name: str, body: dict[str, Any], world: World) -> None:
    if name == "createOrder":
        body["buyerId"] = world.buyer["uuid"]
        for vehicle in body["vins"]:
            vehicle["purchaseAmount"] = money(1000)
        body["totalAmount"] = money(1000 * len(body["vins"]))
    elif name == "confirmPickup":
        body |= {"collectionAddress": BERLIN, "pickupDate": "2026-04-22"}
        body.pop("vins", None)
    elif name in {"submitPayment", "changePayment"}:
        body |= {"bankAmount": money(1000), "cashAmount": money(0), "sourceIban": "DE89370400440532013000"}


@pytest.mark.django_db
def test_the_token_issuer_answers_as_described():
    """It also has pytest-django make the test database, which it does for tests with this mark only."""
    http, client = RecordingClient(), ApiClientFactory(organization=OrganizationFactory())
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": SECRET}

    for body in (form, form | {"client_secret": "wrong"}, form | {"grant_type": "password"}):
        http.generic("POST", TOKEN_PATH, urlencode(body), FORM)
    http.get(CERTS_PATH)
    http.get(CONFIGURATION_PATH)

    assert [exchange.response.status_code for exchange in http.exchanges] == [200, 401, 400, 200, 200]
    assert [difference for exchange in http.exchanges for difference in differences(exchange)] == []


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described(case, world):
    if not IS_LONG and world.has_had_enough_of(name_of(case)):
        return
    aim(case, world)

    with nothing_stays():
        case.call_and_validate(
            headers={"Authorization": world.partner.authorization}, excluded_checks=checks_left_out(case)
        )
