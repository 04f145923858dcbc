"""`manage.py brand_seller`: how a seller looks to his buyers, on the page behind a link and in its mails."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from buyers.branding import OUR_ACCENT, brand_seller, logo_from
from nt24.actors import system
from nt24.documents.uploads import received
from nt24.errors import ValidationFailed
from nt24.partners.models import Seller


class Command(BaseCommand):
    help = "Set the look and the contact of a seller. All of it is set: what is left out is ours again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("seller", help="uuid of the seller")
        parser.add_argument("--name", default="", help="as buyers know him; his company name if left out")
        parser.add_argument("--accent", default=OUR_ACCENT, help="#rrggbb, readable on white")
        parser.add_argument("--logo", type=Path, help="a JPEG or PNG file")
        parser.add_argument(
            "--reply-to", default="", help="where answers of buyers go; his admin if left out"
        )
        parser.add_argument("--contact-name", default="", help="whom buyers can ask")
        parser.add_argument("--contact-phone", default="")
        parser.add_argument("--contact-email", default="", help="of that person; --reply-to if left out")

    def handle(self, **options: Any) -> None:
        try:
            seller = Seller.objects.get(uuid=options["seller"])
            reply_to = options["reply_to"] or seller.admin_email
            validate_email(reply_to)
            validate_email(options["contact_email"] or reply_to)
            brand_seller(
                seller,
                display_name=options["name"] or seller.name[:100],
                logo_png=logo_in(options["logo"]) if options["logo"] else None,
                accent=options["accent"],
                reply_to=reply_to,
                contact_name=options["contact_name"],
                contact_phone=options["contact_phone"],
                contact_email=options["contact_email"],
                by=system("brand-seller"),
            )
        except (Seller.DoesNotExist, ValidationError) as error:
            raise CommandError("There is no such seller, or an address is none.") from error
        except (ValidationFailed, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{seller.name} has its look.")


def logo_in(path: Path) -> bytes:
    return logo_from(received(path.read_bytes(), path.name))
