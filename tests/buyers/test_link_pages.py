"""The pages behind a link: what they say in each state, to whom they say nothing, and what keeps them private."""

import io
import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from structlog.stdlib import ProcessorFormatter

from buyers.branding import brand_seller
from buyers.invitation_models import Draft, Invitation
from buyers.invitations import revoke_invitation
from buyers.links import public_link, token_of
from nt24 import languages
from nt24.actors import system
from nt24.documents.models import Document
from tests.buyers.links import invited, linked, uploads
from tests.buyers.visitor import Visitor, heading, state_of, text
from tests.ledger import nothing_moves
from tests.pages.markup import read
from tests.papers import pdf

POSTS = (
    "papers/vat/",
    "papers/vat/remove/",
    "declaration/",
    "identity/",
    "language/",
    "submit/",
)


@pytest.fixture
def invitation(deal, partner):
    return invited(partner, deal.has_buyer().buyer, language="en")


@pytest.fixture
def visitor(invitation):
    return Visitor(invitation)


@pytest.fixture
def submitted(visitor):
    """The address of the receipt."""
    visitor.sends_everything()
    return visitor.submits()["Location"]


# --- The open page ---


def test_an_open_link_says_who_asks_for_whom_why_and_what_is_missing(visitor):
    response = visitor.get()

    page = text(response)
    assert response.status_code == 200
    assert heading(response) == "Documents for AutoHandel Mustermann GmbH"
    assert "would like to invoice Auto Handel Kowalski Sp. z o.o. without VAT" in page
    assert "0 of 4 done" in page
    assert "This link works until 9 May 2026." in page
    assert [state_of(response, slug) for slug in ("register", "vat", "identity", "declaration")] == [
        "Missing"
    ] * 4
    assert "Usual name in your country: odpis z KRS albo wydruk z CEIDG" in page


def test_the_link_in_the_invitation_opens_the_page_also_without_its_last_slash(invitation):
    path = public_link(invitation).removeprefix(django_settings.PUBLIC_URL)

    assert Client().get(path).status_code == 200
    assert Client().get(path.rstrip("/")).status_code == 200


def test_the_desktop_page_has_the_link_as_a_drawing_of_our_own(visitor):
    markup = visitor.get().content.decode()

    assert '<svg role="img"' in markup
    assert "<title>The link of this page as a QR code</title>" in markup


def test_the_page_wears_the_sellers_name_logo_and_colour(visitor, seller):
    brand_seller(
        seller,
        display_name="Mustermann Export",
        logo_png=b"\x89PNG",
        accent="#7a1030",
        reply_to="a@example.com",
        by=system("test"),
    )

    markup = visitor.get().content.decode()

    assert "<strong>Mustermann Export</strong>" in markup
    assert 'fill="#7a1030"' in markup
    assert 'src="data:image/png;base64,iVBORw=="' in markup


def test_nothing_on_a_page_is_inline_or_from_another_host(visitor, submitted, partner):
    pages = [Client().get(submitted), Visitor(linked(partner)).get(), visitor.get()]

    for page in pages:
        markup = read(page.content.decode())
        assert markup.inline == []
        assert [address for address in markup.loads if not address.startswith(("/static/", "data:"))] == []
        assert len(markup.ids) == len(set(markup.ids))


def test_looking_changes_nothing(visitor):
    visitor.get()

    with nothing_moves():
        for rest in ("", "declaration/", *POSTS):
            visitor.get(rest)
            visitor.http.head(visitor.path + rest)


PLACES = {
    "papers/vat/": "#vat",
    "papers/register/": "#register",
    "papers/vat/remove/": "#vat",
    "papers/nonsense/": "#nonsense",
    "identity/": "#verification",
    "language/": "",
    "submit/": "#finish",
}


@pytest.mark.parametrize(("rest", "place"), PLACES.items())
@pytest.mark.parametrize("how", ["open", "expired", "revoked", "used"])
def test_an_address_of_a_form_leads_to_the_page_whatever_it_says_by_now(
    visitor, invitation, how, rest, place
):
    ended(invitation, how)

    response = visitor.get(rest)

    assert (response.status_code, response["Location"]) == (302, f"{visitor.path}{place}")
    assert visitor.http.head(visitor.path + rest).status_code == 302
    assert visitor.http.get(response["Location"]).status_code == (200 if how == "open" else 410)


@pytest.mark.parametrize("rest", PLACES)
def test_an_address_of_a_form_below_a_wrong_link_tells_nothing(db, rest):
    response = Client().get(f"/b/nonsense/{rest}", follow=True)

    assert (response.status_code, heading(response)) == (404, "This link does not work")


def test_an_address_of_a_form_leads_prospects_to_their_form(partner):
    response = Client().get(Visitor(linked(partner, language="en")).path + "submit/", follow=True)

    assert heading(response) == "Buy from AutoHandel Mustermann GmbH"


# --- Private ---


def private(response):
    return {
        name: response[name]
        for name in (
            "Cache-Control",
            "X-Robots-Tag",
            "Referrer-Policy",
            "X-Frame-Options",
            "X-Content-Type-Options",
        )
    }


def test_every_page_is_kept_by_nobody_found_by_nobody_and_told_to_nobody(
    visitor, invitation, submitted, partner
):
    prospects = Visitor(linked(partner))
    pages = [
        Visitor(invited(partner, {"uuid": invitation.buyer.uuid})).get(),
        visitor.get(),
        Client().get(submitted),
        prospects.get(),
        prospects.get("thanks/"),
        Client().get("/b/nonsense/"),
        Client().get("/b/nonsense/more/than/that"),
    ]

    assert [page.status_code for page in pages] == [200, 410, 200, 200, 200, 404, 404]
    for page in pages:
        assert private(page) == {
            "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
            "X-Robots-Tag": "noindex, nofollow",
            "Referrer-Policy": "strict-origin",
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
        }
        policy = page["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe-inline" not in policy


def test_the_only_cookie_is_that_of_the_forms(visitor):
    visitor.get()

    assert list(visitor.http.cookies) == ["csrftoken"]


def test_a_closed_page_sets_no_cookie(db):
    client = Client()

    client.get("/b/nonsense/")

    assert list(client.cookies) == []


@pytest.mark.parametrize("rest", POSTS)
def test_a_form_without_the_token_of_its_page_is_refused(invitation, rest):
    stranger = Visitor(invitation, enforce_csrf_checks=True)

    with nothing_moves():
        response = stranger.post(rest, {"declared": "on", "language": "pl"})

    assert response.status_code == 403
    assert "The page was open for too long, or your browser keeps no cookies for it." in text(response)
    assert response.cookies["csrftoken"].value


def test_a_refused_form_leaves_no_token_in_the_log(invitation):
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h.formatter, ProcessorFormatter)]
    lines = io.StringIO()
    was, level = handler.setStream(lines), logging.getLogger().level
    logging.getLogger().setLevel("INFO")
    try:
        Visitor(invitation, enforce_csrf_checks=True).post("submit/")
    finally:
        handler.setStream(was)
        logging.getLogger().setLevel(level)

    assert "/b/***/submit/" in lines.getvalue()
    assert token_of(invitation) not in lines.getvalue()


def test_earlier_documents_of_the_buyer_are_counted_and_not_told(deal, visitor, invitation):
    path = f"{deal.buyer_path}/kyc/documents"
    deal.partner.upload(path, "CONTACT_PASSPORT", pdf("secret"), name="passport-of-anna.pdf")
    document = Document.objects.get()

    response = visitor.get()

    assert state_of(response, "identity") == "Already on file"
    assert "1 of 4 done" in text(response)
    markup = response.content.decode()
    for told in (document.file_name, document.sha256, str(document.uuid), document.storage_key):
        assert told not in markup


def test_a_link_shows_only_what_was_sent_through_it(visitor, invitation, partner):
    other = invited(partner, {"uuid": invitation.buyer.uuid})
    uploads(other, "VAT_*")

    assert state_of(visitor.get(), "vat") == "Missing"


def test_no_path_behind_a_link_hands_out_a_file(visitor):
    visitor.sends("vat", pdf("mine"), "mine.pdf")
    draft = Draft.objects.get()

    for rest in ("papers/vat/", f"papers/{draft.uuid}/", "papers/vat/content", f"files/{draft.storage_key}"):
        assert visitor.get(rest).status_code in (302, 404)


# --- Links that do not open ---


def ended(invitation, how):
    if how == "expired":
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "revoked":
        revoke_invitation(invitation, reason="wrong address", by=system("test"))
    elif how == "used":
        Visitor(invitation).sends_everything()
        assert Visitor(invitation).submits().status_code == 303
    return Visitor(invitation).path


@pytest.mark.parametrize(
    ("how", "title", "next_step"),
    [
        ("expired", "This link has expired", "Ask the sender for a new link."),
        (
            "revoked",
            "This link has been withdrawn",
            "Ask the sender whether documents are still needed, and for a new link.",
        ),
        ("used", "This link has been used", "If something should be missing, you will be sent a new link."),
    ],
)
def test_a_link_that_has_ended_says_so_and_nothing_about_the_buyer(invitation, how, title, next_step):
    path = ended(invitation, how)

    response = Client().get(path)

    assert response.status_code == 410
    assert heading(response) == title
    assert next_step in text(response)
    assert not re.search("Kowalski|PL5260001246|anna@|csrf", response.content.decode())


@pytest.mark.parametrize("how", ["expired", "revoked", "used"])
def test_a_link_that_has_ended_takes_nothing_any_more(invitation, how):
    visitor = Visitor(invitation)
    ended(invitation, how)

    with nothing_moves():
        answers = [visitor.sends("vat"), *(visitor.post(rest, {"declared": "on"}) for rest in POSTS)]

    assert [answer.status_code for answer in answers] == [410] * 7


def altered(path):
    return path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]


@pytest.mark.parametrize(
    "wrong",
    [
        altered,
        lambda path: path[:-9] + "/",
        lambda path: path.partition(".")[0] + "/",
        lambda path: "/b" + path[2:].upper(),
        lambda path: "/b/%00/",
        lambda path: path + "elsewhere/",
    ],
    ids=["altered", "cut off", "unsigned", "upper case", "control character", "unknown path"],
)
def test_a_wrong_link_is_unknown(visitor, wrong):
    response = Client().get(wrong(visitor.path))

    assert response.status_code == 404
    assert heading(response) == "This link does not work"
    assert tells_of_nobody(response)


def tells_of_nobody(response):
    markup = response.content.decode()
    return not re.search("Kowalski|PL5260001246|Mustermann|anna@|csrf", markup)


def test_the_eleventh_wrong_link_in_a_minute_has_to_wait_and_a_good_one_need_not(visitor):
    with time_machine.travel("2026-04-25T10:00:20Z", tick=False):
        guesses = [Client().get(f"/b/guess-{number}/") for number in range(11)]
        good = visitor.get()

    assert [guess.status_code for guess in guesses] == [404] * 10 + [429]
    assert guesses[10]["Retry-After"] == "40"
    assert heading(guesses[10]) == "Too many attempts"
    assert "Please wait 40 seconds." in text(guesses[10])
    assert good.status_code == 200


# --- Languages ---


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "This link does not work"),
        ("de", "Dieser Link funktioniert nicht"),
        ("fr", "Ce lien ne fonctionne pas"),
        ("nl", "Deze link werkt niet"),
        ("it", "Questo link non funziona"),
        ("es", "Este enlace no funciona"),
        ("pl-PL,pl;q=0.9", "Ten link nie działa"),
        ("ro", "Acest link nu funcționează"),
        ("bg", "Тази връзка не работи"),
        ("cs-CZ,cs;q=0.9,en;q=0.8", "Tento odkaz nefunguje"),
        ("el-CY", "Αυτός ο σύνδεσμος δεν λειτουργεί"),
        ("hu", "Ez a hivatkozás nem működik"),
        ("lt", "Ši nuoroda neveikia"),
        ("sk", "Tento odkaz nefunguje"),
        ("sv", "This link does not work"),
    ],
)
def test_a_wrong_link_is_explained_in_the_language_of_the_browser(db, language, title):
    response = Client().get("/b/nonsense/", headers={"Accept-Language": language})

    assert heading(response) == title
    shown = language[:2] if language != "sv" else "en"
    assert f'<html lang="{shown}">' in response.content.decode()


def test_a_chosen_language_stays_with_the_invitation(visitor, invitation):
    answer = visitor.post("language/", {"language": "pl"})

    response = Visitor(invitation).get(Accept_Language="de")
    assert (answer.status_code, answer["Location"]) == (303, visitor.path)
    assert heading(response) == "Dokumenty dla firmy AutoHandel Mustermann GmbH"
    assert '<html lang="pl">' in response.content.decode()
    assert "Link działa do 9 maja 2026." in text(response)


@pytest.mark.parametrize("wanted", ["", "sv", "pl-PL", "../x"])
def test_a_language_that_we_do_not_speak_is_refused(visitor, wanted):
    with nothing_moves():
        assert visitor.post("language/", {"language": wanted}).status_code == 400


def test_each_language_is_offered_under_its_own_name(visitor):
    markup = visitor.get().content.decode()

    offered = re.findall(r'name="language" value="([\w-]+)" lang="([\w-]+)"[^>]*>([^<]+)<', markup)
    assert offered == [(code, code, name) for code, name in languages.choices()]


def test_the_rest_of_the_portal_stays_english(visitor):
    visitor.post("language/", {"language": "pl"})
    visitor.get()

    response = Client().get("/verify", headers={"Accept-Language": "pl"})

    assert heading(response) == "Verify an Export File"
