"""A session that ends keeps what was typed, for the person who typed it and nobody else."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from buyers.models import Buyer
from tests.ledger import nothing_moves
from tests.people.conftest import PASSWORD, member, sign_in
from tests.staff.desk import Desk, form_on, move_of

TYPED = {"companyName": "Kowalski S.A. & Söhne", "address.city": "Łódź", "why": "A call at noon"}


@pytest.fixture
def signed_in(db):
    member("anna", "Administrator", first_name="Anna", last_name="Nowak")
    client, _ = sign_in("anna")
    desk = Desk.__new__(Desk)
    desk.http = client
    return desk


def comes_back(client, answer, name="anna"):
    """Sign in where the portal leads to, and follow to the page."""
    return client.post(answer["Location"], {"username": name, "password": PASSWORD}, follow=True)


def row_is_gone(client):
    Session.objects.all().delete()


def cookie_is_gone(client):
    client.cookies.pop("sessionid")


@pytest.mark.parametrize("ends", [row_is_gone, cookie_is_gone])
@pytest.mark.parametrize("move", ["change", "block", "invite"])
def test_what_was_typed_is_there_after_signing_in_again(signed_in, deal, ends, move):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), move)
    typed = {**signed_in.form(url), **TYPED, "recipientEmail": "jan@kowalski.example"}
    ends(signed_in.http)

    with nothing_moves():
        answer = signed_in.sends(url, typed)
    assert (answer.status_code, "kowalski" in answer["Location"].lower()) == (302, False)
    page = comes_back(signed_in.http, answer)

    held = form_on(page)
    assert page.request["PATH_INFO"] == url
    assert "What you typed is below" in page.content.decode()
    assert {
        name: held[name] for name in typed if name in held and name not in ("seen", "csrfmiddlewaretoken")
    } == {
        name: value
        for name, value in typed.items()
        if name in held and name not in ("seen", "csrfmiddlewaretoken")
    }
    assert "What you typed is below" not in signed_in.opens(url)


def test_an_idle_session_keeps_it_too_and_the_form_can_be_sent(deal, signed_in):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), "change")
    typed = {**signed_in.form(url), **TYPED}
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        page = comes_back(signed_in.http, signed_in.sends(url, typed))

        assert signed_in.sends(url, form_on(page)).status_code == 302

    assert Buyer.objects.get().company_name == TYPED["companyName"]


def test_nobody_else_gets_it(signed_in, deal):
    deal.has_buyer()
    member("bernd", "Administrator", first_name="Bernd", last_name="Maier")
    url = move_of(Buyer.objects.get(), "change")
    typed = {**signed_in.form(url), **TYPED}
    row_is_gone(signed_in.http)

    page = comes_back(signed_in.http, signed_in.sends(url, typed), "bernd")

    assert page.status_code == 200
    assert TYPED["companyName"] not in page.content.decode()
    assert "kept-form" not in signed_in.http.session


def test_what_changed_meanwhile_is_merged(signed_in, second_desk, deal):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), "change")
    typed = {**signed_in.form(url), "companyName": "Kowalski S.A.", "why": "A call"}
    cookie_is_gone(signed_in.http)
    answer = signed_in.sends(url, typed)
    second_desk.presses(url, address__street="ul. Nowa 1", why="Letter")

    page = comes_back(signed_in.http, answer)

    assert (form_on(page)["companyName"], form_on(page)["address.street"]) == ("Kowalski S.A.", "ul. Nowa 1")
    assert "Bernd Maier changed this" in page.content.decode()


def test_a_file_has_to_be_chosen_again_and_the_rest_is_kept(signed_in, deal):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), "file-kyc-document")
    typed = {**signed_in.form(url), "type": "COC_EXTRACT", "documentDate": "2026-04-18"}
    row_is_gone(signed_in.http)

    page = comes_back(
        signed_in.http,
        signed_in.sends(url, {**typed, "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7" * 9000)}),
    )

    assert (form_on(page)["type"], form_on(page)["documentDate"]) == ("COC_EXTRACT", "2026-04-18")
    assert "choose files again" in page.content.decode()


@pytest.mark.parametrize("seal", ["", "x", "\x00", None])
def test_what_is_no_form_of_ours_is_not_kept(signed_in, deal, seal):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), "change")
    typed = {**signed_in.form(url), **TYPED} | ({"seen": seal} if seal is not None else {})
    if seal is None:
        typed.pop("seen")
    row_is_gone(signed_in.http)

    signed_in.sends(url, typed)

    assert not signed_in.http.session.get("kept-form")


def test_a_form_from_before_signing_in_again_is_shown_again_with_what_was_typed(desk, deal):
    deal.has_buyer()
    url = move_of(Buyer.objects.get(), "change")
    desk.http.handler.enforce_csrf_checks = True
    typed = {**desk.form(url), **TYPED, "csrfmiddlewaretoken": "a" * 64}

    with nothing_moves():
        answer = desk.sends(url, typed)

    assert answer.status_code == 403
    assert form_on(answer)["companyName"] == TYPED["companyName"]
    assert desk.sends(url, form_on(answer)).status_code == 302


def test_a_form_that_another_site_has_made_is_refused_without_a_look(desk, deal):
    deal.has_buyer()
    desk.http.handler.enforce_csrf_checks = True

    answer = desk.sends(move_of(Buyer.objects.get(), "change"), TYPED)

    assert answer.status_code == 403
    assert TYPED["companyName"] not in answer.content.decode()
