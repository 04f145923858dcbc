"""How the staff portal looks: name, logo, colours and navigation, as django-unfold reads them from the settings."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def may(*permissions: str) -> Callable[[HttpRequest], bool]:
    """Show a menu item to whoever has one of these."""
    return lambda request: any(request.user.has_perm(permission) for permission in permissions)


LIST_TITLES: dict[str, str] = {}  # of a list's route: one name in the menu, above the list and in the crumbs


def item(title: str, icon: str, route: str, *permissions: str) -> dict[str, Any]:
    LIST_TITLES[route] = title
    found: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{route}")}
    if permissions:
        found["permission"] = may(*permissions)
    return found


# The same hues as static/nt24/nt24.css, in the steps that unfold counts in.
COLORS = {
    "base": {
        "50": "#f5f7fa",
        "100": "#eef1f6",
        "200": "#d5dce6",
        "300": "#b9c4d4",
        "400": "#a7b4c9",
        "500": "#5d6b84",
        "600": "#4c5a73",
        "700": "#2b384d",
        "800": "#1b2637",
        "900": "#151e2d",
        "950": "#0d1420",
    },
    "primary": {
        "50": "#eff5ff",
        "100": "#dbe8ff",
        "200": "#bcd5ff",
        "300": "#96bdfb",
        "400": "#7fb2ff",
        "500": "#7fb2ff",
        "600": "#1a4789",
        "700": "#12305f",
        "800": "#12305f",
        "900": "#0b1a31",
        "950": "#0b1a31",
    },
    "font": {
        "subtle-light": "#4c5a73",
        "subtle-dark": "#a7b4c9",
        "default-light": "#35425a",
        "default-dark": "#c8d2e2",
        "important-light": "#15203a",
        "important-dark": "#e7ecf5",
    },
}

NAVIGATION = [
    {
        "title": "",
        "items": [item("Start page", "home", "index"), item("Search", "search", "search")],
    },
    {
        "title": "Cases",
        "items": [
            item("Orders", "directions_car", "orders_order_changelist", "orders.view_order"),
            item("Buyers", "storefront", "buyers_buyer_changelist", "buyers.view_buyer"),
            item("Invitations", "forward_to_inbox", "buyers_invitation_changelist", "buyers.view_invitation"),
            item("Prospects", "person_search", "buyers_prospect_changelist", "buyers.view_prospect"),
            item(
                "Verifications",
                "verified_user",
                "buyers_verificationsession_changelist",
                "buyers.view_verificationsession",
            ),
            item("VIES checks", "fact_check", "buyers_viescheck_changelist", "buyers.view_viescheck"),
            item("Documents", "description", "documents_document_changelist", "documents.view_document"),
            item(
                "Export Files",
                "inventory_2",
                "compliance_exportfile_changelist",
                "compliance.view_exportfile",
            ),
        ],
    },
    {
        "title": "Partners",
        "items": [
            item(
                "Organizations",
                "domain",
                "partners_organization_changelist",
                "partners.view_organization",
            ),
            item("API clients", "key", "partners_apiclient_changelist", "partners.view_apiclient"),
            item("Sellers", "sell", "partners_seller_changelist", "partners.view_seller"),
            item(
                "Seller branding",
                "palette",
                "buyers_sellerbranding_changelist",
                "buyers.view_sellerbranding",
            ),
            item("Webhooks", "webhook", "webhooks_endpoint_changelist", "webhooks.view_endpoint"),
            item("Webhook deliveries", "outbox", "webhooks_delivery_changelist", "webhooks.view_delivery"),
        ],
    },
    {
        "title": "Records",
        "items": [
            item("Audit trail", "history", "audit_entry_changelist", "audit.view_entry"),
            item("Exports", "download", "exports", "audit.export_evidence"),
            item("E-mails", "mail", "mail_mail_changelist", "mail.view_mail"),
        ],
    },
    {
        "title": "People",
        "items": [
            item("Staff", "badge", "auth_user_changelist", "auth.view_user"),
            item("Roles", "groups", "auth_group_changelist", "auth.view_group"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "NT24",
    "SITE_HEADER": "NT24",
    "SITE_URL": "/",
    "SITE_LOGO": {
        "light": lambda request: static("staff/logo-light.svg"),
        "dark": lambda request: static("staff/logo-dark.svg"),
    },
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("nt24/favicon.svg")}
    ],
    "STYLES": [lambda request: static("staff/staff.css")],
    "SCRIPTS": [lambda request: static("staff/staff.js")],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": COLORS,
    "ACCOUNT": {
        "navigation": [
            {"title": title, "link": reverse_lazy(route)}
            for title, route in (
                ("Second factor", "mfa_index"),
                ("Sessions", "usersessions_list"),
                ("Password", "account_change_password"),
            )
        ]
    },
    "SIDEBAR": {"show_search": False, "navigation": NAVIGATION},
}
