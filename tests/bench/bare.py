"""Baselines (targets T1, T2, T21): what a Django developer would write by hand, with none of the promises.

They check the token with our code, because every honest view has to, and nothing else: no limits, no idempotency,
no versions but the number itself, no problems, no trail of who did it beside the rows.
"""

import json
import uuid
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from compliance.models import Rollup
from nt24.api.models import Call
from nt24.audit.models import Entry
from nt24.partners.authentication import bearer_token, verified_client_id
from orders.models import Order, Vehicle
from transport.models import Transport

CLIENT = "SELECT id, organization_id FROM partners_apiclient WHERE client_id = %s"
SELLER = "SELECT id FROM partners_seller WHERE uuid = %s AND organization_id = %s"
ROLLUP = """
SELECT r.version, r.content_json FROM compliance_rollup r JOIN orders_order o ON o.id = r.order_id
WHERE o.uuid = %s AND o.seller_id = %s
"""


def one(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def rollup(request: HttpRequest, seller: uuid.UUID, order: uuid.UUID) -> HttpResponse:
    """Three statements and a JsonResponse."""
    client = one(CLIENT, verified_client_id(bearer_token(request)))
    seller_row = one(SELLER, seller, client[1])
    version, content = one(ROLLUP, order, seller_row[0])
    return JsonResponse({**json.loads(content), "version": version}, headers={"ETag": f'"{version}"'})


def unchanged(request: HttpRequest, seller: uuid.UUID, order: uuid.UUID) -> HttpResponse:
    """A 304 by hand: one statement for the version."""
    verified_client_id(bearer_token(request))
    version = one(
        "SELECT r.version FROM compliance_rollup r JOIN orders_order o ON o.id = r.order_id WHERE o.uuid = %s",
        order,
    )
    if request.headers.get("If-None-Match") == f'"{version[0]}"':
        return HttpResponse(status=304, headers={"ETag": f'"{version[0]}"'})
    return HttpResponse(status=200)


@csrf_exempt
def place(request: HttpRequest, seller: uuid.UUID) -> HttpResponse:
    """Insert the same rows as an order costs us, from an unchecked body."""
    body = json.loads(request.body)
    client = one(CLIENT, verified_client_id(bearer_token(request)))
    seller_row = one(SELLER, seller, client[1])
    buyer = one("SELECT id FROM buyers_buyer WHERE uuid = %s", body["buyerId"])
    with transaction.atomic():
        order = Order.objects.create(
            seller_id=seller_row[0],
            buyer_id=buyer[0],
            external_order_id=body["externalOrderId"],
            purchase_on=timezone.localdate(),
            currency="EUR",
            total_amount=body["totalAmount"]["value"],
        )
        Vehicle.objects.bulk_create(
            Vehicle(
                order=order,
                position=position,
                vin=vin["vin"],
                brand=vin["brand"],
                model=vin["model"],
                purchase_amount=vin["purchaseAmount"]["value"],
            )
            for position, vin in enumerate(body["vins"])
        )
        Transport.objects.create(order=order)
        Rollup.objects.create(order=order, content_json="{}", body=b"{}", ruleset="bare")
        Entry.objects.create(
            actor_kind="API_CLIENT",
            actor_id="x",
            actor_label="x",
            action="order.placed",
            subject_uuid=order.uuid,
        )
        Call.objects.create(
            organization_id=client[1], key=uuid.uuid4().hex, fingerprint="x", status=201, body=b"{}"
        )
    return JsonResponse({"uuid": order.uuid}, status=201)


urlpatterns = [
    path("rollup/<uuid:seller>/<uuid:order>", rollup),
    path("unchanged/<uuid:seller>/<uuid:order>", unchanged),
    path("orders/<uuid:seller>", place),
]
