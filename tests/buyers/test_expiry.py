"""A buyer is mailed before and after his papers end: about all of them, weekly at most, until somebody stops it."""

import re
from datetime import date

import pytest

from buyers.actions import add_kyc_document, block_buyer
from buyers.expiry import TITLES, resume_reminders, stop_reminders
from buyers.models import Buyer
from buyers.tasks import EXPIRY_REMINDER, remind_of_expiry
from nt24.actors import Actor, ActorKind
from nt24.audit.models import Entry
from nt24.documents.models import Document
from nt24.documents.types import MAY_EXPIRE
from nt24.documents.uploads import keep_upload, received
from nt24.mail.models import Mail
from nt24.partners.actions import disable_seller
from nt24.vault import decrypt
from tests.ledger import at, everything, nothing_moves
from tests.papers import pdf
from tests.races.crowd import at_once

STAFF = Actor(ActorKind.STAFF, "7", "k.kaufmann")
JAN = {"firstName": "Jan", "lastName": "Kowalski", "email": "jan@kowalski.example"}
INVITE = {"recipientEmail": "papers@kowalski.example", "language": "en"}
SUBJECT = "Documents of your company expire: AutoHandel Mustermann GmbH needs new ones"


@pytest.fixture
def dealer(deal):
    """A buyer in Poland with a contact person, registered on 25 April."""
    return deal.has_buyer(contacts=[JAN])


def buyer_of(dealer):
    return Buyer.objects.get(uuid=dealer.buyer["uuid"])


def files(dealer, type, ends):
    """Staff file a paper; `ends` is its last day, or None."""
    return add_kyc_document(
        buyer_of(dealer),
        upload=keep_upload(received(pdf(f"{type} {ends}"), "paper.pdf")),
        type=type,
        document_on=date(2026, 1, 1),
        expires_on=date.fromisoformat(ends) if ends else None,
        by=STAFF,
    )


def reminded_on(dealer, *days):
    """Run the daily task in the morning of each day; on which days it has mailed."""
    mailed = []
    for day in days:
        before = reminders().count()
        with at(dealer.partner, f"{day}T07:30:00Z"):
            remind_of_expiry()
        if reminders().count() > before:
            mailed.append(day)
    return mailed


def reminders():
    return Mail.objects.filter(kind="buyers.expiry_reminder").order_by("pk")


def invited(dealer, **changes):
    answer = dealer.partner.post(f"{dealer.buyer_path}/kyc/self-service-invitations", {**INVITE, **changes})
    assert answer.status_code == 201
    return answer.json()


# --- What is said to whom ------------------------------------------------------------------------------------------


def test_one_mail_tells_of_all_papers_that_have_ended_or_will(dealer, seller):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    files(dealer, "COC_EXTRACT", "2026-04-30")
    files(dealer, "VAT_CERTIFICATE", "2026-08-01")  # too far away
    invited(dealer)

    assert reminded_on(dealer, "2026-05-01") == ["2026-05-01"]

    mail = reminders().get()
    assert (mail.to, mail.language, mail.subject) == ("papers@kowalski.example", "en", SUBJECT)
    assert (mail.about, mail.organization) == (buyer_of(dealer).uuid, seller.organization)
    assert (mail.from_name, mail.reply_to) == (f"{seller.name} via NT24", seller.admin_email)
    text = decrypt(mail.text)
    assert text.index("- Company register extract: expired on 30 Apr 2026") < text.index(
        "- Passport: valid until 20 May 2026"
    )
    assert "VAT registration" not in text
    assert "<strong>expired on 30 Apr 2026</strong>" in decrypt(mail.html)


def test_an_open_invitation_is_in_the_mail_and_a_closed_one_is_not(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    link = invited(dealer)["publicLinkUrl"]

    reminded_on(dealer, "2026-05-01", "2026-05-10")  # the invitation ends on 9 May

    with_link, without = (decrypt(mail.text) for mail in reminders())
    assert f"Please upload the new ones on this page:\n{link}\n" in with_link
    assert "/b/" not in without.replace(stop_link_in(without), "")
    assert "Please reply to this mail: AutoHandel Mustermann GmbH then sends you a link" in without


def test_without_an_invitation_the_first_contact_is_mailed_in_the_language_of_the_country(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")

    assert reminded_on(dealer, "2026-05-01") == ["2026-05-01"]

    mail = reminders().get()
    assert (mail.to, mail.language) == ("jan@kowalski.example", "pl")
    accessed = Entry.objects.get(action="contact.reminded")
    assert (accessed.retention, accessed.actor_id) == (Entry.Retention.PII_ACCESS, EXPIRY_REMINDER.id)


def test_a_buyer_without_any_address_is_not_mailed(deal):
    files(deal.has_buyer(), "CONTACT_PASSPORT", "2026-05-20")

    assert reminded_on(deal, "2026-05-01") == []


def test_the_trail_has_what_was_reminded_of_and_no_address(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    reminded_on(dealer, "2026-05-01")

    entry = Entry.objects.get(action="buyer.reminded_of_expiry")
    assert entry.changes == {"CONTACT_PASSPORT": [None, "2026-05-20"]}
    assert "kowalski.example" not in str(everything()["audit.Entry"])


def test_every_type_that_may_expire_has_a_name():
    assert set(TITLES) == MAY_EXPIRE


# --- When ----------------------------------------------------------------------------------------------------------


def test_reminders_begin_thirty_days_before_and_end_ninety_days_after_a_week_apart(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-06-30")
    days = ["2026-05-30", "2026-05-31", "2026-06-01", "2026-06-06", "2026-06-07", "2026-06-30", "2026-07-01",
            "2026-07-07", "2026-09-27", "2026-09-28", "2026-09-29"]  # fmt: skip

    assert reminded_on(dealer, *days) == [
        "2026-05-31",
        "2026-06-07",
        "2026-06-30",
        "2026-07-07",
        "2026-09-27",
    ]


def test_the_ninetieth_day_after_is_the_last(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-06-30")

    assert reminded_on(dealer, "2026-09-29") == []
    assert reminded_on(dealer, "2026-09-28") == ["2026-09-28"]


def test_a_second_run_mails_nobody_again(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")

    assert reminded_on(dealer, "2026-05-01", "2026-05-01") == ["2026-05-01"]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_tasks_at_once_mail_once(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")

    at_once([remind_of_expiry, remind_of_expiry])

    assert reminders().count() == 1


@pytest.mark.parametrize(
    ("type", "ends"),
    [
        ("CONTACT_PASSPORT", "2031-05-20"),
        ("CONTACT_ID_CARD", "2031-05-20"),
        ("CONTACT_DRIVING_LICENCE", None),
    ],
    ids=["a newer one", "another that serves", "one that never ends"],
)
def test_a_renewed_paper_is_not_reminded_of(dealer, type, ends):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    files(dealer, type, ends)

    assert reminded_on(dealer, "2026-05-01", "2026-05-25") == []


def test_a_newer_paper_that_ended_earlier_renews_nothing(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    files(dealer, "CONTACT_PASSPORT", "2026-04-20")

    assert reminded_on(dealer, "2026-05-01") == ["2026-05-01"]
    assert "valid until May" not in decrypt(reminders().get().text)  # in Polish
    assert Entry.objects.get(action="buyer.reminded_of_expiry").changes == {
        "CONTACT_PASSPORT": [None, "2026-05-20"]
    }


@pytest.mark.parametrize(
    "change", [{"status": "ARCHIVED"}, {"scan_status": "INFECTED"}, {"scan_status": "PENDING"}]
)
def test_a_paper_that_does_not_count_is_not_reminded_of(dealer, change):
    paper = files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    archived = {"archived_at": paper.created_at} if "status" in change else {}
    Document.objects.filter(pk=paper.pk).update(**change, **archived)

    assert reminded_on(dealer, "2026-05-01") == []


def test_a_blocked_buyer_and_one_of_a_disabled_seller_are_left_alone(dealer, seller):
    files(dealer, "CONTACT_PASSPORT", "2026-05-20")
    block_buyer(buyer_of(dealer), by=STAFF)
    assert reminded_on(dealer, "2026-05-01") == []

    Buyer.objects.update(status="ACTIVE", blocked_at=None)
    disable_seller(seller, by=STAFF, reason="left")
    assert reminded_on(dealer, "2026-05-01") == []


# --- Stopping ------------------------------------------------------------------------------------------------------


def stop_link_in(text):
    return re.search(r"http://testserver/b/[^/]+/stop/", text)[0]


@pytest.fixture
def stop_path(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-06-30")
    invited(dealer)
    reminded_on(dealer, "2026-06-01")
    return stop_link_in(decrypt(reminders().get().text)).removeprefix("http://testserver")


def test_looking_at_the_link_stops_nothing_and_the_button_does(dealer, stop_path, client):
    with nothing_moves():
        page = client.get(stop_path)
        assert page.status_code == 200
        assert "Stop the reminders?" in page.content.decode()

    stopped = client.post(stop_path)
    assert stopped.status_code == 200
    assert "You will get no more reminders" in stopped.content.decode()
    entry = Entry.objects.get(action="buyer.reminders_stopped")
    assert (entry.actor_kind, entry.actor_id) == ("BUYER_LINK", dealer.buyer["uuid"])
    assert reminded_on(dealer, "2026-06-10", "2026-07-10") == []


def test_stopping_twice_is_told_once(stop_path, client):
    client.post(stop_path)

    with nothing_moves():
        assert client.post(stop_path).status_code == 200
        assert "You will get no more reminders" in client.get(stop_path).content.decode()


def test_the_page_needs_no_cookie_and_is_told_to_nobody(stop_path, client):
    page = client.get(stop_path)

    assert page.cookies == {}
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "strict-origin"


def test_the_link_opens_nothing_else_and_a_changed_one_stops_nothing(dealer, stop_path, client):
    invitation = invited(dealer)["publicLinkUrl"].removeprefix("http://testserver")

    with nothing_moves():
        for path in (
            stop_path.replace("stop/", ""),
            stop_path[:5] + "0" + stop_path[6:],
            f"{invitation}stop/",
        ):
            answer = client.post(path)
            assert (answer.status_code, "This link does not work" in answer.content.decode()) == (404, True)


def test_guessing_is_slowed_down(client, db):
    answers = [client.get(f"/b/{number:064}/stop/").status_code for number in range(11)]

    assert set(answers[:9]) == {404}
    assert answers[-1] == 429


def test_staff_stop_and_resume(dealer):
    files(dealer, "CONTACT_PASSPORT", "2026-06-30")
    stop_reminders(buyer_of(dealer), by=STAFF, reason="asked by phone")
    assert reminded_on(dealer, "2026-06-01") == []

    resume_reminders(buyer_of(dealer), by=STAFF, reason="asked again")
    assert reminded_on(dealer, "2026-06-02") == ["2026-06-02"]
    trail = Entry.objects.filter(action__startswith="buyer.reminders_").order_by("pk")
    assert [(entry.action, entry.purpose) for entry in trail] == [
        ("buyer.reminders_stopped", "asked by phone"),
        ("buyer.reminders_resumed", "asked again"),
    ]


def test_the_version_of_the_buyer_does_not_move(dealer):
    stop_reminders(buyer_of(dealer), by=STAFF)

    assert buyer_of(dealer).version == dealer.buyer["version"]
