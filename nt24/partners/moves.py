"""What staff do about tenants: organizations and their terms, their sellers, their API clients and secrets."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from nt24.documents.models import RELEASED, ContentType, ScanStatus
from nt24.documents.storage import delete_blob, discard_undone
from nt24.documents.uploads import Upload, keep_upload
from nt24.errors import FieldError, Unavailable, ValidationFailed
from nt24.partners import actions
from nt24.partners.models import ApiClient, ClientSecret, Organization, RateLimitTier, Seller
from nt24.partners.staff_shapes import (
    AgreementIn,
    ClientIn,
    OrganizationIn,
    OrganizationPatch,
    SellerIn,
    SellerPatch,
    TermsShape,
)
from nt24.staff.codes import time_zones
from nt24.staff.fields import Choices
from nt24.staff.forms import ShapeForm
from nt24.staff.moves import Done, Move, R, url_of

OVERLAP_HOURS = f"{settings.CLIENT_SECRET_OVERLAP.total_seconds() / 3600:g} hours"


class Disabling(Move[R]):
    """Shuts somebody out; nothing is deleted, and the reason stands in the trail."""

    is_danger = True

    def is_possible(self) -> bool:
        return getattr(self.record, "disabled_at", None) is None

    def asks_reason(self) -> bool:
        return True


class Enabling(Move[R]):
    """Lets them in again, also with a reason."""

    def is_possible(self) -> bool:
        return getattr(self.record, "disabled_at", None) is not None

    def asks_reason(self) -> bool:
        return True


# --- Organizations -------------------------------------------------------------------------------------------------


class CreateOrganization(Move[Organization]):
    name, label = "create", "Create the organization"
    about = "A new tenant. It can do nothing before it has a client, a seller and an accepted agreement."
    permission = "partners.add_organization"
    shape = OrganizationIn

    def wire(self) -> Mapping[str, Any]:
        return {"terms": {"rateLimitTier": RateLimitTier.STANDARD.value}}

    def guarded(self) -> None:
        """There is none yet."""

    def run(self, data: dict[str, Any]) -> Done:
        terms = actions.Terms(**data.pop("terms"))
        organization = actions.create_organization(terms=terms, by=self.by, **data)
        return Done("Organization created.", url=url_of(organization))


class ChangeOrganization(Move[Organization]):
    name, label = "change", "Change name or administrator"
    permission = "partners.change_organization"
    shape, is_edit = OrganizationPatch, True

    def wire(self) -> Mapping[str, Any]:
        return OrganizationPatch(self.record).data

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_organization(self.record, by=self.by, expected_version=self.expected, **data)
        return Done("Organization changed.")


class ChangeTerms(Move[Organization]):
    name, label = "change-terms", "Change the terms"
    about = "They hold from the organization's next call on."
    permission = "partners.change_organization"
    shape = TermsShape

    def wire(self) -> Mapping[str, Any]:
        return TermsShape(self.record).data

    def run(self, data: dict[str, Any]) -> Done:
        actions.change_terms(self.record, actions.Terms(**data), by=self.by, expected_version=self.expected)
        return Done("Terms changed.")


class AcceptAgreement(Move[Organization]):
    name, label = "accept-agreement", "Record the signed agreement"
    about = (
        "The API is open from the next call on once the required version is recorded. A correction is recorded again: "
        "the newest one counts, earlier ones are kept."
    )
    permission = "partners.change_organization"
    shape, place = AgreementIn, "agreement"
    stored: Upload | None = None

    def wire(self) -> Mapping[str, Any]:
        return {"version": settings.DPA_VERSION}

    def prepare(self, form: ShapeForm) -> None:
        """Examine and store the file, once everything else about it is right.

        :raises DomainError: why the file is refused.
        """
        form.validated["file"] = self.stored = keep_signed_pdf(form.files.get("file"))

    def undone(self, error: Exception) -> None:
        if self.stored is not None:
            discard_undone(self.stored.storage_key, error)

    def run(self, data: dict[str, Any]) -> Done:
        version, file = data.pop("version"), data.pop("file")
        signed = actions.SignedAgreement(
            **data,
            file_name=file.file_name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            storage_key=file.storage_key,
            scan_status=file.scan_status,
        )
        actions.accept_dpa(
            self.record, version=version, signed=signed, by=self.by, expected_version=self.expected
        )
        return Done(f"Version {version} of the agreement is recorded as accepted.")


def keep_signed_pdf(file: object) -> Upload:
    """Examine, scan and store it. Whoever records an agreement is there to choose another file or try again.

    :raises ValidationFailed: it is no PDF that can be opened, or the scanner found something in it (422).
    :raises UnsupportedMediaType: it is neither a PDF nor a picture (415).
    :raises Unavailable: it cannot be taken or scanned now (503).
    """
    upload = keep_upload(file)
    if upload.content_type == ContentType.PDF and upload.scan_status in RELEASED:
        return upload
    delete_blob(upload.storage_key)
    if upload.content_type != ContentType.PDF:
        raise ValidationFailed(
            FieldError("file", "This is a picture. Save the signed agreement as PDF and send that.")
        )
    if upload.scan_status == ScanStatus.INFECTED:
        raise ValidationFailed(
            FieldError("file", "The virus scanner found something in this file. It was not kept.")
        )
    raise Unavailable("The virus scanner does not answer. Nothing was recorded; please try again later.")


class DisableOrganization(Disabling[Organization]):
    name, label = "disable", "Disable the organization"
    about = "Shuts out all its clients from their next call on. Nothing is deleted."
    permission = "partners.change_organization"

    def run(self, data: dict[str, Any]) -> Done:
        actions.disable_organization(self.record, by=self.by, reason=self.reason)
        return Done("Organization disabled.")


class EnableOrganization(Enabling[Organization]):
    name, label = "enable", "Enable the organization again"
    about = "Its clients are let in again; those that were disabled one by one stay so."
    permission = "partners.change_organization"

    def run(self, data: dict[str, Any]) -> Done:
        actions.enable_organization(self.record, by=self.by, reason=self.reason)
        return Done("Organization enabled again.")


class BelowOrganization(Move[Organization]):
    """Makes something new below the organization; nothing of it is written over."""

    def guarded(self) -> None:
        """Adding changes nothing that somebody else could have changed meanwhile."""


# --- Sellers -------------------------------------------------------------------------------------------------------


class AddSeller(BelowOrganization):
    name, label = "add-seller", "Add a seller"
    about = "An authorized partner, whose buyers and orders the organization may handle from now on."
    permission = "partners.add_seller"
    shape = SellerIn

    def choices(self) -> Mapping[str, Choices]:
        return {"timeZone": time_zones()}

    def run(self, data: dict[str, Any]) -> Done:
        seller = actions.register_seller(self.record, by=self.by, **data)
        return Done("Seller added.", url=url_of(seller))


class ChangeSeller(Move[Seller]):
    name, label = "change", "Change the seller"
    about = "A new country is evidence: open orders that were not picked up yet are assessed anew."
    permission = "partners.change_seller"
    shape, is_edit = SellerPatch, True

    def choices(self) -> Mapping[str, Choices]:
        return {"timeZone": time_zones()}

    def wire(self) -> Mapping[str, Any]:
        seller = self.record
        address = {"street": seller.street, "postCode": seller.post_code, "city": seller.city}
        return {
            "name": seller.name,
            "vatNumber": seller.vat_number,
            "address": {**address, "country": seller.country},
            "adminEmail": seller.admin_email,
            "timeZone": seller.time_zone,
        }

    def run(self, data: dict[str, Any]) -> Done:
        actions.update_seller(self.record, by=self.by, expected_version=self.expected, **data)
        return Done("Seller changed.")


class DisableSeller(Disabling[Seller]):
    name, label = "disable", "Disable the seller"
    about = "Removes the seller; API calls for it return 403."
    permission = "partners.change_seller"

    def run(self, data: dict[str, Any]) -> Done:
        actions.disable_seller(self.record, by=self.by, reason=self.reason)
        return Done("Seller disabled.")


class EnableSeller(Enabling[Seller]):
    name, label = "enable", "Enable the seller again"
    about = "Adds the seller to the organization again."
    permission = "partners.change_seller"

    def run(self, data: dict[str, Any]) -> Done:
        actions.enable_seller(self.record, by=self.by, reason=self.reason)
        return Done("Seller enabled again.")


# --- API clients ---------------------------------------------------------------------------------------------------


class AddClient(BelowOrganization):
    name, label = "add-client", "Add an API client"
    about = "It gets a secret, which is shown once."
    permission = "partners.add_apiclient"
    shape = ClientIn

    def run(self, data: dict[str, Any]) -> Done:
        client, secret = actions.create_client(self.record, by=self.by, **{"label": "", **data})
        secrets = {"Client id": client.client_id, "Client secret": secret}
        return Done("API client added.", url=url_of(client), secrets=secrets)


class RotateClientSecret(Move[ApiClient]):
    name, label = "rotate-secret", "Make a new secret"
    about = (
        f"The secret that is in use stays valid for {OVERLAP_HOURS}, so that the partner can change over. "
        "One that an earlier change had left over ends at once."
    )
    permission = "partners.change_apiclient"

    def is_possible(self) -> bool:
        return self.record.disabled_at is None

    def run(self, data: dict[str, Any]) -> Done:
        secret = actions.rotate_client_secret(self.record, by=self.by)
        return Done(
            f"New secret made. The one before it stays valid for {OVERLAP_HOURS}.",
            secrets={"Client id": self.record.client_id, "Client secret": secret},
        )


class ConfirmClientSecret(Move[ApiClient]):
    name, label = "confirm-secret", "End the old secret"
    about = "The partner has changed over: from now on the newest secret alone is valid."
    permission = "partners.change_apiclient"

    def is_possible(self) -> bool:
        valid = ClientSecret.objects.valid_at(timezone.now())
        return valid.filter(client=self.record, expires_at__isnull=False).exists()

    def run(self, data: dict[str, Any]) -> Done:
        actions.confirm_client_secret(self.record, by=self.by)
        return Done("The old secret is not valid any more.")


class DisableClient(Disabling[ApiClient]):
    name, label = "disable", "Disable the client"
    about = "Shuts it out from its next call on, whatever tokens it still has."
    permission = "partners.change_apiclient"

    def run(self, data: dict[str, Any]) -> Done:
        actions.disable_client(self.record, by=self.by, reason=self.reason)
        return Done("Client disabled.")


class EnableClient(Enabling[ApiClient]):
    name, label = "enable", "Enable the client again"
    about = "It is let in again with the secrets that are still valid."
    permission = "partners.change_apiclient"

    def run(self, data: dict[str, Any]) -> Done:
        actions.enable_client(self.record, by=self.by, reason=self.reason)
        return Done("Client enabled again.")
