"""Paths below `/v1/partners/{sellerId}` that start with orders (contract 7, 8, 11)."""

from django.urls import URLPattern, path

from nt24.documents.types import Module
from orders.api import views

ORDER = "orders/<id:orderUuid>"


def documents_of(module: Module, below: str) -> list[URLPattern]:
    """The three document paths of one parent."""
    return [
        path(f"{below}/documents", views.OrderDocumentsView.as_view(module=module)),
        path(f"{below}/documents/<id:documentUuid>", views.OrderDocumentView.as_view(module=module)),
        path(
            f"{below}/documents/<id:documentUuid>/content",
            views.OrderDocumentContentView.as_view(module=module),
        ),
    ]


urlpatterns = [
    path("orders", views.OrdersView.as_view()),
    path(ORDER, views.OrderView.as_view()),
    path(f"{ORDER}/cancel", views.CancelView.as_view()),
    path(f"{ORDER}/audit", views.OrderAuditView.as_view()),
    path(f"{ORDER}/invoice", views.InvoiceView.as_view()),
    path(f"{ORDER}/payment", views.PaymentView.as_view()),
    path(f"{ORDER}/payment/ready-for-pickup", views.ReadyForPickupView.as_view()),
    path(f"{ORDER}/finalization/final-invoice", views.FinalInvoiceView.as_view()),
    *documents_of(Module.ORDER, ORDER),
    *documents_of(Module.INVOICE, f"{ORDER}/invoice"),
    *documents_of(Module.PAYMENT, f"{ORDER}/payment"),
    *documents_of(Module.TRANSPORT, f"{ORDER}/transport"),
]
