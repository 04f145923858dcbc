"""The OpenAPI document is complete, true to the code, and what the API really does."""

import json
import os

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from buyers.invitation_models import Invitation, Prospect
from buyers.prospects import submit_prospect
from nt24.actors import Actor, ActorKind
from nt24.api import openapi_document
from nt24.api.openapi import ContractSchema, operation_id, summary_for
from nt24.api.openapi_parts import EXAMPLES
from nt24.api.openapi_view import served_bytes
from nt24.errors import KINDS
from nt24.webhooks.catalogue import CATALOGUE
from nt24.webhooks.models import Message
from nt24.webhooks.tasks import deliver_due
from tests.deal import BERLIN, WARSAW, Deal, money, taken
from tests.nt24.exchanges import (
    RecordingClient,
    complaints,
    differences,
    document,
    operation_of,
    operations,
    resolved,
)
from tests.papers import pdf

ISSUER = {"requestAccessToken", "readSigningKeys", "readIssuerConfiguration"}
NOT_OF_A_PARTNER = ISSUER | {"readOpenapiDocument"}
# What an example says in the place of what opens something.
SHOWN_ONCE = {
    "secret": "whsec_shown-in-this-answer-only",
    "publicLinkUrl": "https://portal.example/b/a-long-signed-token/",
    "idenfyUrl": "https://ui.idenfy.com/?authToken=a-long-token",
}
NEVER_TAKEN = {"resendProspectLink"}  # there for its sentence: nobody has such a link by mail (contract 16.6)


# --- The document itself -------------------------------------------------------------------------------------------


def test_the_document_is_valid_openapi_3_1():
    assert document()["openapi"] == "3.1.1"
    assert [error.message for error in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_the_committed_document_is_the_codes(capsys):
    call_command("write_openapi", "--check")

    assert "up to date" in capsys.readouterr().out


def test_the_check_fails_with_a_diff_when_the_copy_differs(tmp_path, monkeypatch):
    copy = tmp_path / "openapi.json"
    copy.write_text(openapi_document.COMMITTED.read_text().replace("createOrder", "makeOrder"))
    monkeypatch.setattr("nt24.api.management.commands.write_openapi.COMMITTED", copy)

    with pytest.raises(
        CommandError, match='(?s)-    "operationId": "makeOrder".+"operationId": "createOrder"'
    ):
        call_command("write_openapi", "--check")

    assert "makeOrder" in copy.read_text()


def test_the_command_writes_the_document(tmp_path, monkeypatch):
    copy = tmp_path / "openapi.json"
    monkeypatch.setattr("nt24.api.management.commands.write_openapi.COMMITTED", copy)

    call_command("write_openapi")

    assert copy.read_text() == openapi_document.COMMITTED.read_text()


def test_a_doubt_of_the_generator_stops_the_writing(monkeypatch):
    monkeypatch.setattr(ContractSchema, "get_serializer_name", lambda *args: "Shape")

    with pytest.raises(CommandError, match='identical names "Shape"'):
        call_command("write_openapi", "--check")


def test_no_trace_of_openapi_3_0_is_left():
    text = json.dumps({**document(), "components": {**document()["components"], "examples": {}}})

    assert '"nullable"' not in text
    assert "NullEnum" not in text
    assert "x-spec-enum-id" not in text


def test_the_members_that_are_always_said_may_be_null():
    schemas = document()["components"]["schemas"]

    assert schemas["Rollup"]["properties"]["decision"] == {
        "oneOf": [{"$ref": "#/components/schemas/Decision"}, {"type": "null"}]
    }
    assert schemas["ExportModule"]["properties"]["downloadUrl"] == {"type": ["string", "null"]}
    assert {"decision"} <= set(schemas["Rollup"]["required"])


def test_every_request_body_refuses_unknown_members():
    bodies = [
        media["schema"]
        for name, (_, _, operation) in operations().items()
        if "requestBody" in operation and name not in ISSUER
        for media in operation["requestBody"]["content"].values()
    ]

    assert len(bodies) == 36
    assert all(resolved(schema)["additionalProperties"] is False for schema in bodies)


def test_every_object_inside_a_request_refuses_unknown_members_too():
    for name, schema in document()["components"]["schemas"].items():
        if name.endswith(("Request", "Patch")):
            assert schema["additionalProperties"] is False, name


@pytest.mark.parametrize("name", sorted(set(operations()) - NOT_OF_A_PARTNER))
def test_an_operation_promises_what_all_of_its_kind_do(name):
    method, path, operation = operations()[name]
    parameters = {resolved(parameter)["name"]: resolved(parameter) for parameter in operation["parameters"]}
    answers = {status: resolved(answer) for status, answer in operation["responses"].items()}

    assert {"401", "422", "429", "500", "503"} <= set(answers)
    assert ("403" in answers) == (path != "/v1/me")
    assert {"400", "409", "413", "415"} <= set(answers) or method == "GET"
    assert ("Idempotency-Key" in parameters) == (method != "GET")
    # Webhook endpoints have no version (contract 12).
    assert ("If-Match" in parameters) == (method == "PATCH" and not path.startswith("/v1/webhooks/"))
    assert ("304" in answers) == ("If-None-Match" in parameters)
    assert all(parameters[inside]["required"] for inside in parameters if f"{{{inside}}}" in path)
    for status, answer in answers.items():
        assert "X-Request-Id" in answer["headers"]
        assert ("X-RateLimit-Category" in answer["headers"]) == (status != "401")
    assert "WWW-Authenticate" in answers["401"]["headers"]
    assert "Retry-After" in answers["429"]["headers"]
    assert "Retry-After" in answers["503"]["headers"]


def test_every_kind_of_problem_has_a_schema_and_an_example_that_fits():
    schemas, examples = document()["components"]["schemas"], document()["components"]["examples"]
    by_type = {
        schema["allOf"][1]["properties"]["type"]["const"].rsplit("/", 1)[1]: schema
        for schema in schemas.values()
        if "allOf" in schema
    }

    assert set(by_type) == set(examples) == {kind.slug for kind in KINDS}
    for slug, schema in by_type.items():
        assert complaints(schema, examples[slug]["value"]) == []


def test_a_problem_of_one_kind_is_not_one_of_another():
    example = document()["components"]["examples"]["not-found"]["value"]

    assert complaints({"$ref": "#/components/schemas/ForbiddenProblem"}, example) != []


@pytest.mark.parametrize("name", sorted(operations()))
def test_the_examples_of_an_operation_fit_their_schemas(name):
    operation = operations()[name][2]
    media = [
        *operation.get("requestBody", {}).get("content", {}).values(),
        *(
            one
            for answer in operation["responses"].values()
            for one in resolved(answer).get("content", {}).values()
        ),
    ]

    for one in media:
        if "example" in one:
            assert complaints(one["schema"], one["example"]) == []
        for example in one.get("examples", {}).values():
            assert complaints(one["schema"], resolved(example)["value"]) == []


def test_every_operation_says_what_it_does():
    every = [one for path in document()["paths"].values() for one in path.values()]
    every += [one["post"] for one in document()["webhooks"].values()]

    assert len(every) > 100
    assert [one["operationId"] for one in every if len(one.get("description", "")) < 20] == []
    assert [one["operationId"] for one in every if not one["summary"]] == []


def test_every_body_in_json_has_an_example():
    for name, (_, _, operation) in operations().items():
        if name not in NOT_OF_A_PARTNER | NEVER_TAKEN:
            success = resolved(operation["responses"][min(operation["responses"])])
            for media in (operation.get("requestBody", {}), success):
                for type, one in media.get("content", {}).items():
                    assert "example" in one or type.startswith(("application/pdf", "image/")), name


def test_the_published_samples_are_the_examples(samples):
    def sent(name):
        return next(iter(operations()[name][2]["requestBody"]["content"].values()))["example"]

    assert sent("registerBuyer") == samples["buyer"]
    assert {**sent("createOrder"), "buyerId": "{buyerUuid}"} == samples["order"]
    assert sent("changeOrder") == samples["orderPatch"]
    assert sent("cancelOrder") == samples["cancel"]
    assert sent("submitInvoice") == samples["preliminaryInvoice"]
    assert sent("submitPayment") == samples["payment"]
    assert sent("confirmPickup") == samples["pickup"]
    assert sent("submitFinalInvoice") == samples["finalInvoice"]
    assert sent("registerWebhookEndpoint") == samples["webhook"]
    assert sent("uploadOrderDocument").items() >= {**samples["contractUpload"], "signedWet": True}.items()


@pytest.mark.parametrize(
    ("summary", "module", "expected"),
    [
        ("Cancel an order", "", "cancelOrder"),
        ("Read the Export File's status", "", "readExportFileStatus"),
        ("Upload a document", "ORDER", "uploadOrderDocument"),
        ("Download a KYC document", "KYC", "downloadKycDocument"),
    ],
)
def test_an_operation_is_named_after_its_summary(summary, module, expected):
    assert operation_id(summary_for(summary, module)) == expected


def test_a_shared_summary_says_whose_document_it_is():
    assert summary_for("Upload a document", "INVOICE") == "Upload an invoice document"
    assert summary_for("List the documents", "KYC") == "List the KYC documents"


def test_every_event_of_the_catalogue_is_a_webhook():
    found = document()["webhooks"]

    assert list(found) == [event.name for event in CATALOGUE]
    assert [parameter["name"] for parameter in found["prospect.submitted"]["post"]["parameters"]] == [
        "X-Novatrade-Signature",
        "X-Novatrade-Event-Id",
        "X-Novatrade-Event-Type",
        "X-Novatrade-Delivery-Id",
        "X-Novatrade-Endpoint-Id",
    ]


# --- Serving it ----------------------------------------------------------------------------------------------------


def test_the_document_is_served_to_everybody(client):
    response = client.get("/v1/openapi.json")

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Cache-Control"] == "public, max-age=300"
    assert response.json() == document()


def test_a_caller_that_has_the_document_gets_304(client):
    tag = client.get("/v1/openapi.json")["ETag"]

    response = client.get("/v1/openapi.json", headers={"If-None-Match": tag})

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)


def test_the_document_can_only_be_read(client):
    response = client.post("/v1/openapi.json")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/problem+json"


def test_an_outside_issuer_is_named_and_ours_is_left_out(settings):
    settings.OIDC_ISSUER = "https://login.example.com/realms/cars"

    served = json.loads(served_bytes(settings.OIDC_ISSUER, settings.PROBLEM_BASE_URL))

    flow = served["components"]["securitySchemes"]["clientCredentials"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://login.example.com/realms/cars/protocol/openid-connect/token"
    assert not [path for path in served["paths"] if path.startswith("/realms")]


def test_an_own_base_of_problem_types_is_the_documents_too(settings):
    served = json.loads(served_bytes(settings.OIDC_ISSUER, "https://cars.example.com/problems/"))

    not_found = served["components"]["schemas"]["NotFoundProblem"]
    assert not_found["allOf"][1]["properties"]["type"] == {
        "const": "https://cars.example.com/problems/not-found"
    }


# --- What the API does ---------------------------------------------------------------------------------------------


def walk(deal, partner, samples):
    """One order from buyer to final invoice, and every other operation on the way."""
    buyer = taken(partner.post("P/buyers", samples["buyer"]), 201)
    at = f"P/buyers/{buyer['uuid']}"
    contact = taken(partner.post(f"{at}/contacts", samples["buyer"]["contacts"][0]), 201)
    partner.get(f"{at}/contacts", X_Purpose="KYC review")
    partner.delete(f"{at}/contacts/{contact['uuid']}")
    partner.patch(at, {"companyName": "AutoHandel Mustermann und Söhne GmbH"}, version=0)
    partner.post(f"{at}/block", {"reason": "Company register entry is being changed"})
    partner.post(f"{at}/unblock")
    partner.post("/v1/sandbox/vies", {"vatNumber": "PL5260001246", "next": "VALID", "times": 1})

    deal.has_buyer().has_kyc()
    for path in (
        "/v1/me",
        "P/buyers",
        deal.buyer_path,
        f"{deal.buyer_path}/kyc",
        f"{deal.buyer_path}/kyc/vies-checks",
    ):
        partner.get(path)
    walk_documents(deal, partner, f"{deal.buyer_path}/kyc/documents", {"type": "BANK_STATEMENT"})
    walk_cancelled_order(Deal(partner, deal.run_workers), partner, samples, deal.buyer)
    walk_order(deal.has_order(externalOrderId="DEAL-2026-04-00452"), partner, samples)
    walk_webhooks(partner, samples)
    walk_verification(partner, samples)
    walk_links(deal, partner)
    partner.post(f"/v1/clients/{partner.client.client_id}/rotate-secret")
    partner.post(f"/v1/clients/{partner.client.client_id}/confirm-secret")
    partner.get(f"{deal.path}/audit")
    partner.get("/v1/audit?size=1")


def walk_cancelled_order(deal, partner, samples, buyer):
    deal.order = taken(partner.post("P/orders", {**samples["order"], "buyerId": buyer["uuid"]}), 201)
    walk_documents(deal, partner, f"{deal.path}/documents", samples["contractUpload"])
    partner.patch(deal.path, samples["orderPatch"], version=deal.now()["version"])
    partner.post(f"{deal.path}/cancel", samples["cancel"])


def walk_order(deal, partner, samples):
    taken(partner.post(f"{deal.path}/invoice", samples["preliminaryInvoice"]), 201)
    walk_documents(deal, partner, f"{deal.path}/invoice/documents", {"type": "SHIPMENT_PRELIMINARY_INVOICE"})
    deal.uploads(f"{deal.path}/invoice/documents", "SHIPMENT_PRELIMINARY_INVOICE")
    version = partner.get(f"{deal.path}/invoice").json()["version"]
    partner.patch(f"{deal.path}/invoice", {"buyerName": deal.buyer["companyName"]}, version=version)

    taken(partner.post(f"{deal.path}/payment", samples["payment"]), 201)
    walk_documents(
        deal, partner, f"{deal.path}/payment/documents", {"type": "PAYMENT_BANK_TRANSFER_SCREENSHOT"}
    )
    deal.uploads(f"{deal.path}/payment/documents", "PAYMENT_CONFIRMATION")
    version = partner.get(f"{deal.path}/payment").json()["version"]
    partner.patch(f"{deal.path}/payment", {"paymentDate": "2026-04-21"}, version=version)
    deal.is_ready()

    taken(partner.post(f"{deal.path}/transport/pickup", samples["pickup"]), 201)
    partner.post(f"{deal.path}/transport/pickup/revoke", {"reason": "The driver came with the wrong papers"})
    deal.is_picked_up()
    walk_documents(
        deal, partner, f"{deal.path}/transport/documents", {"type": "TRANSPORT_PICTURE_OF_TRANSPORT"}
    )
    delivery = {"deliveryDate": "2026-04-24", "deliveryAddress": WARSAW, "recipientName": "Jan Kowalski"}
    taken(partner.post(f"{deal.path}/transport/delivery", delivery), 201)
    partner.post(f"{deal.path}/transport/delivery/revoke", {"reason": "The date was wrong"})
    deal.is_delivered()
    deal.run_workers()

    export = f"{deal.path}/finalization/export-file"
    for path in (
        deal.path,
        "P/orders",
        f"{deal.path}/transport",
        f"{deal.path}/compliance",
        f"{export}/content",
    ):
        partner.get(path)
    partner.post(f"{deal.path}/finalization/regenerate-export")
    deal.run_workers()
    partner.get(export)
    taken(partner.post(f"{deal.path}/finalization/final-invoice", samples["finalInvoice"]), 201)


def walk_verification(partner, samples):
    """A buyer of Mode B, identified on the sandbox's page."""
    buyer = {**samples["buyer"], "kycMode": "NT24_LED", "vatNumber": "PL1111111111"}
    at = f"P/buyers/{taken(partner.post('P/buyers', buyer), 201)['uuid']}/kyc"
    page = taken(partner.post(f"{at}/verify"), 200)["idenfyUrl"]
    Client().post(page, {"overall": "APPROVED"})
    partner.get(f"{at}/profile", X_Purpose="Onboarding")


def walk_links(deal, partner):
    """An invitation that is sent again and revoked, and a company that comes by a link and becomes a buyer."""
    at = f"{deal.buyer_path}/kyc/self-service-invitations"
    invited = {"recipientEmail": "jan@kowalski.example", "label": "Spring 2026", "language": "pl"}
    invitation = f"{at}/{taken(partner.post(at, invited), 201)['uuid']}"
    partner.get(at)
    partner.get(invitation)
    partner.post(f"{invitation}/resend")
    partner.post(f"{invitation}/revoke", {"reason": "The buyer has sent everything by mail"})

    at = "P/self-service-invitations"
    made = taken(partner.post(at, {"kind": "PROSPECT", "label": "Our website", "language": "en"}), 201)
    submit_prospect(
        Invitation.objects.get(uuid=made["uuid"]),
        type=Prospect.Type.COMPANY,
        company_name="Auto Nowak",
        vat_number="PL2222222222",
        address={"street": "ul. Nowa 1", "post_code": "00-001", "city": "Warszawa", "country": "PL"},
        person={"first_name": "Ewa", "last_name": "Nowak", "email": "ewa@nowak.example", "phone": ""},
        language="pl",
        by=Actor(ActorKind.BUYER_LINK, made["uuid"], "Buyer's link"),
    )
    partner.get(at)
    partner.get(f"{at}/{made['uuid']}")
    partner.post(f"{at}/{made['uuid']}/revoke", {"reason": "The website has another form now"})
    [prospect] = taken(partner.get("P/prospects"), 200)["data"]
    partner.get(f"P/prospects/{prospect['uuid']}", X_Purpose="First contact")
    partner.post(f"P/prospects/{prospect['uuid']}/convert", {"kycMode": "MARKETPLACE_LED"})


def walk_webhooks(partner, samples):
    """Register, change, fire a test that fails, look at it, replay it, rotate the secret, delete."""
    at = partner.post("/v1/webhooks", samples["webhook"])["Location"]
    partner.get("/v1/webhooks")
    partner.get(at)
    test = {"eventType": "compliance.decision_made", "data": {"orderUuid": "…", "decision": "VALID_EXPORT"}}
    delivery = f"{at}/deliveries/{taken(partner.post(f'{at}/test', test), 202)['id']}"
    deliver_due()
    partner.get(f"{at}/deliveries")
    partner.get(delivery)
    partner.post(f"{delivery}/replay")
    partner.post(f"{at}/deliveries/replay", {"status": "FAILED", "since": "2026-04-01T00:00:00Z"})
    partner.patch(at, {"status": "PAUSED"})
    partner.post(f"{at}/rotate-secret")
    partner.post(f"{at}/confirm-secret")
    partner.delete(at)


def walk_documents(deal, partner, path, about):
    """Upload, list, read, download and archive."""
    type, fields = about["type"], {name: value for name, value in about.items() if name == "signedWet"}
    filed = deal.uploads(path, type, pdf(f"{type} to be archived"), **fields)
    partner.get(path)
    partner.get(f"{path}/{filed['uuid']}")
    partner.get(f"{path}/{filed['uuid']}/content", X_Purpose="Audit 2026")
    partner.patch(
        f"{path}/{filed['uuid']}", {"status": "ARCHIVED", "reason": "Wrong page"}, version=filed["version"]
    )


def test_a_whole_deal_is_as_the_document_says(deal, partner, samples, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    partner.http = RecordingClient()

    walk(deal, partner, samples)

    exchanges = partner.http.exchanges
    assert [exchange for exchange in exchanges if exchange.response.status_code >= 300] == []
    assert [difference for exchange in exchanges for difference in differences(exchange)] == []
    named = {operation_of(exchange.method, exchange.path) for exchange in exchanges}
    assert named == set(operations()) - NOT_OF_A_PARTNER - NEVER_TAKEN
    if os.environ.get("WRITE_OPENAPI_EXAMPLES"):
        write_examples(exchanges)


def write_examples(exchanges):
    """Keep the first exchange of each operation that fits as its example, lists with one item."""
    found = {}
    for exchange in exchanges:
        example = found.setdefault(operation_of(exchange.method, exchange.path), {})
        if exchange.sent is not None:
            example.setdefault("request", as_in_a_form(exchange.sent))
        if exchange.received is not None:
            example.setdefault("response", shortened(exchange.received))
    EXAMPLES.write_text(json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n")


def as_in_a_form(sent):
    return {**sent, "signedWet": sent["signedWet"] == "true"} if "signedWet" in sent else sent


def shortened(received):
    """Lists with one item, and nothing in them that opens anything."""
    if isinstance(received, list):
        return [shortened(item) for item in received[:1]]
    if not isinstance(received, dict):
        return received
    shown = {name: SHOWN_ONCE.get(name, value) for name, value in received.items()}
    return {**shown, "data": shortened(shown["data"])} if "data" in shown else shown


def test_the_messages_of_a_deal_are_as_the_webhooks_section_says(deal):
    deal.is_judged()
    messages = [(message.type, json.loads(bytes(message.body))) for message in Message.objects.order_by("pk")]

    assert {name for name, _ in messages} >= {"compliance.decision_made", "export_file.generated"}
    for name, body in messages:
        operation = document()["webhooks"][name]["post"]
        assert complaints(operation["requestBody"]["content"]["application/json"]["schema"], body) == []


def test_refusals_are_as_the_document_says(deal, partner, plain_partner):
    partner.http = plain_partner.http = RecordingClient()
    deal.has_buyer().has_order()
    other = f"/v1/partners/{plain_partner.seller.uuid}/orders"

    statuses = [
        response.status_code
        for response in (
            partner.post("P/orders", b"{", key="broken"),
            partner.post("P/orders", {}, key=""),
            partner.get("/v1/me", Authorization="Bearer nobody"),
            partner.get(other),
            plain_partner.get("P/buyers/00000000-0000-4000-8000-000000000000/contacts"),
            partner.get("P/orders/00000000-0000-4000-8000-000000000000"),
            partner.get("/v1/me", Accept="text/html"),
            partner.patch(deal.path, {"purchaseDate": "2026-04-17"}, version=9),
            partner.post(f"{deal.path}/payment/ready-for-pickup"),
            partner.post("P/orders", b'"' + b"x" * 1024 * 1024 + b'"'),
            partner.post("P/orders", {"vins": [], "colour": "red"}),
            partner.post(f"{deal.path}/transport/pickup", {"collectionAddress": BERLIN}, key="one"),
            partner.get("P/orders?sort=colour"),
            partner.post("P/buyers", {"vatNumber": deal.buyer["vatNumber"], "totalAmount": money(1)}),
        )
    ]

    assert statuses == [400, 400, 401, 403, 403, 404, 406, 409, 409, 413, 422, 422, 422, 422]
    assert [difference for exchange in partner.http.exchanges for difference in differences(exchange)] == []
