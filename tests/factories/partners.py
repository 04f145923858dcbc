"""Tenants, clients and sellers. An organization may do nothing special unless a trait says so."""

from datetime import UTC, datetime

import factory

from nt24.partners.models import ApiClient, ClientSecret, Organization, RateLimitTier, Seller
from nt24.partners.tokens import digest_of

SECRET = "a-secret-of-a-test-client-that-is-as-long-as-the-contract-demands"


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization
        skip_postgeneration_save = True

    class Params:
        high_volume = factory.Trait(rate_limit_tier=RateLimitTier.HIGH_VOLUME)
        enterprise = factory.Trait(
            rate_limit_tier=RateLimitTier.ENTERPRISE,
            read_limit=60_000,
            write_limit=60_000,
            webhook_limit=6_000,
        )
        all_capabilities = factory.Trait(
            allow_marketplace_led_kyc=True,
            allow_multi_vin_orders=True,
            allow_contact_personal_data=True,
            allow_kyc_document_download=True,
        )
        without_dpa = factory.Trait(dpa_version="", dpa_accepted_at=None)
        disabled = factory.Trait(disabled_at=datetime(2026, 5, 1, tzinfo=UTC))

    name = factory.Sequence(lambda n: f"Bank {n}")
    slug = factory.Sequence(lambda n: f"bank-{n}")
    admin_email = factory.LazyAttribute(lambda o: f"admin@{o.slug}.example.com")
    dpa_version = "2026-01"
    dpa_accepted_at = datetime(2026, 2, 15, 10, 0, tzinfo=UTC)


class ApiClientFactory(factory.django.DjangoModelFactory):
    """The client has the secret `SECRET`, unless another one, or `secret=False`, is given."""

    class Meta:
        model = ApiClient
        skip_postgeneration_save = True

    class Params:
        disabled = factory.Trait(disabled_at=datetime(2026, 5, 1, tzinfo=UTC))

    organization = factory.SubFactory(OrganizationFactory)
    client_id = factory.Sequence(lambda n: f"api-client-test-{n}")
    label = "Test client"

    @factory.post_generation
    def secret(self, create, extracted, **kwargs):
        if create and extracted is not False:
            ClientSecret.objects.create(client=self, digest=digest_of(extracted or SECRET))


class SellerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Seller
        skip_postgeneration_save = True

    class Params:
        disabled = factory.Trait(disabled_at=datetime(2026, 5, 1, tzinfo=UTC))

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"AutoHandel {n} GmbH")
    vat_number = factory.Sequence(lambda n: f"DE{100_000_000 + n}")
    street = "Hauptstraße 42"
    post_code = "10115"
    city = "Berlin"
    country = "DE"
    admin_email = "kontakt@autohandel.example.com"
