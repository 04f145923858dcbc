"""What staff do about webhook endpoints and deliveries by hand, by the same actions and shapes as the API."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from nt24.errors import FieldError, NotFound, ValidationFailed
from nt24.partners.gates import dpa_is_accepted
from nt24.partners.models import Organization, Seller
from nt24.staff.fields import Choices
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move, R, url_of
from nt24.webhooks import actions
from nt24.webhooks.api.serializers import FireIn, ReplayIn
from nt24.webhooks.catalogue import CATALOGUE
from nt24.webhooks.destinations import why_refused
from nt24.webhooks.models import Delivery, Endpoint
from nt24.webhooks.staff_shapes import EndpointByHand, EndpointChange

OVERLAP_HOURS = f"{actions.SECRET_OVERLAP.total_seconds() / 3600:g} hours"
LOOKED_BACK = timedelta(days=1)  # what the form about failed deliveries starts with
# Something that a receiver can read; nothing of ours has this id.
SAMPLE_TYPE = "compliance.decision_made"
SAMPLE = '{\n  "orderUuid": "00000000-0000-4000-8000-000000000000",\n  "decision": "VALID_EXPORT"\n}'


class TakesUrl(Move[R]):
    """The url is judged before the transaction, because that asks the name service."""

    refused_url = ""

    def prepare(self, form: ShapeForm) -> None:
        """:raises ValidationFailed: nothing is sent to this address."""
        if (url := form.validated.get("url")) and (refusal := why_refused(url)):
            raise ValidationFailed(FieldError("url", refusal))


def offered_events(present: list[str]) -> Choices:
    """Every type, whole families by a wildcard, and what the endpoint takes already."""
    families = dict.fromkeys(entry.name.partition(".")[0] for entry in CATALOGUE)
    offered = {f"{family}.*": f"{family}.*: every event of this family" for family in families}
    offered |= {entry.name: f"{entry.name}: {entry.sentence}" for entry in CATALOGUE}
    return [*offered.items(), *((one, one) for one in present if one not in offered)]


def sellers_of(organization_id: int) -> Choices:
    rows = Seller.objects.filter(organization=organization_id).order_by("name", "pk")
    return [(str(uuid), name) for uuid, name in rows.values_list("uuid", "name")]


class RegisterEndpoint(TakesUrl[Organization]):
    name, label = "register", "Register the endpoint"
    about = "It receives the ticked events from now on. Its signing secret is shown once."
    permission = "webhooks.add_endpoint"
    shape = EndpointByHand
    # The secret is made by us: one that a person thinks of is not worth its name. Of versions there is one to choose.
    leave_out = ("secret", "acceptedSchemaVersions")

    def wire(self) -> Mapping[str, Any]:
        return {"allSellers": True}

    def choices(self) -> Mapping[str, Choices]:
        return {"events": offered_events([]), "partnerIds": sellers_of(self.record.pk)}

    def guarded(self) -> None:
        """Adding writes over nothing."""

    def require_possible(self) -> None:
        dpa_is_accepted(self.record, {})

    def run(self, data: dict[str, Any]) -> Done:
        self.require_possible()
        endpoint, secret = actions.register_endpoint(self.record.pk, by=self.by, secret="", **data)
        secrets = {"Endpoint": endpoint.public_id, "Signing secret": secret}
        return Done("Endpoint registered.", url=url_of(endpoint), secrets=secrets)


class OnEndpoint(Move[Endpoint]):
    permission = "webhooks.change_endpoint"

    def is_possible(self) -> bool:
        return self.record.deleted_at is None

    def is_sending(self) -> bool:
        """Whether a delivery that is made now goes out, at the latest on resume."""
        return self.record.deleted_at is None and self.record.status != Endpoint.Status.DISABLED


class ChangeEndpoint(TakesUrl[Endpoint], OnEndpoint):
    name, label = "change", "Change URL, events or sellers"
    about = "The URL is not shown, because its path may hold a secret: left empty, it stays as it is."
    shape, is_edit = EndpointChange, True
    leave_out = ("status", "acceptedSchemaVersions")

    def wire(self) -> Mapping[str, Any]:
        sellers = self.record.partner_uuids
        return {"events": self.record.events, "allSellers": not sellers, "partnerIds": sellers}

    def choices(self) -> Mapping[str, Choices]:
        return {
            "events": offered_events(self.record.events),
            "partnerIds": sellers_of(self.record.organization_id),
        }

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_endpoint(self.record, by=self.by, **data)
        return Done("Endpoint changed.")


# --- Its status ----------------------------------------------------------------------------------------------------


class MovesEndpoint(OnEndpoint):
    """To one status, with a reason unless it only goes on as before."""

    to: str
    said: str

    def is_possible(self) -> bool:
        return super().is_possible() and self.to in Endpoint.MOVES[self.record.status]

    def asks_reason(self) -> bool:
        return True

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_endpoint(self.record, by=self.by, status=self.to, reason=self.reason)
        return Done(self.said)


class PauseEndpoint(MovesEndpoint):
    name, label = "pause", "Pause"
    about = "Events are kept and go out when it is resumed."
    to, said = Endpoint.Status.PAUSED, "Endpoint paused."


class ResumeEndpoint(MovesEndpoint):
    name, label = "resume", "Resume"
    about = "What waits goes out at once, and the count of failures starts anew."
    to, said = Endpoint.Status.ACTIVE, "Endpoint resumed."

    def asks_reason(self) -> bool:
        return False


class DisableEndpoint(MovesEndpoint):
    name, label = "disable", "Disable"
    about = "It gets no events from now on. Events that occur while it is disabled are never sent."
    is_danger = True
    to, said = Endpoint.Status.DISABLED, "Endpoint disabled."


class DeleteEndpoint(OnEndpoint):
    name, label = "delete", "Delete"
    about = (
        "The endpoint and its secrets are deleted, and waiting events are not sent. This cannot be undone."
    )
    permission = "webhooks.delete_endpoint"
    is_danger = True

    def asks_reason(self) -> bool:
        return True

    def run(self, data: dict[str, Any]) -> Done:
        actions.delete_endpoint(self.record, by=self.by, reason=self.reason)
        return Done("Endpoint deleted.")


class RotateEndpointSecret(OnEndpoint):
    name, label = "rotate-secret", "Make a new secret"
    about = f"For {OVERLAP_HOURS} the present secret signs as well; one before it ends at once."

    def run(self, data: dict[str, Any]) -> Done:
        secret = actions.rotate_endpoint_secret(self.record, by=self.by)
        return Done(
            f"New secret made. For {OVERLAP_HOURS} the one before signs as well.",
            secrets={"Endpoint": self.record.public_id, "Signing secret": secret},
        )


class ConfirmEndpointSecret(OnEndpoint):
    name, label = "confirm-secret", "End the old secret"
    about = "The receiver has the new one: from now on requests are signed with it alone."

    def is_possible(self) -> bool:
        return super().is_possible() and self.record.old_secret_until is not None

    def run(self, data: dict[str, Any]) -> Done:
        actions.confirm_endpoint_secret(self.record, by=self.by)
        return Done("The old secret signs no more.")


# --- Deliveries ----------------------------------------------------------------------------------------------------


class SendTest(OnEndpoint):
    name, label = "send-test", "Send a test event"
    about = (
        "Goes to this endpoint alone, whatever it subscribes to. The receiver cannot tell it from a real one."
    )
    shape = FireIn

    def is_possible(self) -> bool:
        return self.is_sending()

    def wire(self) -> Mapping[str, Any]:
        return {"eventType": SAMPLE_TYPE, "data": SAMPLE}

    def run(self, data: dict[str, Any]) -> Done:
        delivery = actions.fire_test(self.record, by=self.by, **data)
        return Done("Test event on its way.", url=url_of(delivery))


class ReplayFailed(OnEndpoint):
    name, label = "replay-failed", "Replay what failed"
    about = "Every event that failed since then, unless it has arrived or is on its way again meanwhile."
    permission = "webhooks.change_delivery"
    shape = ReplayIn

    def is_possible(self) -> bool:
        failed = Delivery.objects.filter(endpoint=self.record, status=Delivery.Status.FAILED)
        return self.is_sending() and failed.exists()

    def given(self) -> Mapping[str, Any]:
        return {"status": Delivery.Status.FAILED.value}

    def wire(self) -> Mapping[str, Any]:
        return {"since": (timezone.now() - LOOKED_BACK).strftime("%Y-%m-%dT%H:%M")}

    def run(self, data: dict[str, Any]) -> Done:
        queued = actions.replay_failed(self.record, since=data["since"], by=self.by)
        return Done(f"{queued} deliver{'y' if queued == 1 else 'ies'} on the way again.")


class ReplayOne(OnEndpoint):
    """Beside a delivery in the endpoint's table; `item` is its uuid."""

    name, label = "replay", "Replay"
    about = "The same event once more, with a fresh signature, as a new delivery."
    permission = "webhooks.change_delivery"
    of_item = True

    def delivery(self) -> Delivery:
        """:raises NotFound: the endpoint has no such delivery."""
        own = Delivery.objects.select_related("message").filter(endpoint=self.record, uuid=self.item)
        if (found := own.first()) is None:
            raise NotFound("There is no such delivery of this endpoint.")
        found.endpoint = self.record
        return found

    def is_possible(self) -> bool:
        return self.is_sending() and self.delivery() is not None

    def run(self, data: dict[str, Any]) -> Done:
        replay = actions.replay_delivery(self.delivery(), by=self.by)
        return Done("On its way again.", url=url_of(replay))


class ReplayDelivery(Move[Delivery]):
    """On the page of a delivery, and for those that are ticked in the list."""

    name, label = "replay", ReplayOne.label
    about = ReplayOne.about
    permission = ReplayOne.permission

    def is_possible(self) -> bool:
        endpoint = self.record.endpoint
        return endpoint.deleted_at is None and endpoint.status != Endpoint.Status.DISABLED

    def run(self, data: dict[str, Any]) -> Done:
        replay = actions.replay_delivery(self.record, by=self.by)
        return Done("On its way again.", url=url_of(replay))
