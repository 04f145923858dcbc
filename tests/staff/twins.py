"""Two of a kind, one made by hand and one by the API: all that the API shows of each, apart from what is its own."""

from typing import Any

from tests.deal import Deal
from tests.factories.partners import SellerFactory
from tests.partner import Partner

# What two records can never share. The source is the difference that is meant.
OF_ITS_OWN = {"uuid", "orderUuid", "buyerId", "createdAt", "updatedAt", "generatedAt", "requestedAt", "checkedAt",
              "viesLastCheckedAt", "consultationNumber", "requesterVatNumber", "evidenceSha256", "downloadUrl",
              "source"}  # fmt: skip


def twin_of(deal: Deal) -> Deal:
    """A deal of the same organization's other seller, so that numbers that are unique for a seller can be the same."""
    partner = deal.partner
    other = SellerFactory(organization=partner.seller.organization, name="Autohaus Zwilling GmbH")
    return Deal(Partner(partner.client, other), deal.run_workers)


def without_its_own(shown: Any) -> Any:
    if isinstance(shown, dict):
        return {name: without_its_own(value) for name, value in shown.items() if name not in OF_ITS_OWN}
    return [without_its_own(one) for one in shown] if isinstance(shown, list) else shown


def order_shown(deal: Deal) -> dict[str, Any]:
    """Each address below the order with what it answers."""
    paths = ("", "/compliance", "/invoice", "/payment", "/transport", "/finalization/export-file",
             "/documents", "/invoice/documents", "/payment/documents", "/transport/documents")  # fmt: skip
    return shown_below(deal.partner, deal.path, paths)


def buyer_shown(deal: Deal) -> dict[str, Any]:
    """Each address below the buyer with what it answers."""
    return shown_below(
        deal.partner, deal.buyer_path, ("", "/kyc", "/kyc/documents", "/kyc/vies-checks", "/contacts")
    )


def shown_below(partner: Partner, record: str, paths: tuple[str, ...]) -> dict[str, Any]:
    answers = {path: partner.get(f"{record}{path}", x_purpose="comparing twins") for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}, answers
    return {path: without_its_own(answer.json()) for path, answer in answers.items()}
