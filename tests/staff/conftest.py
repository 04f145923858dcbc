import pytest

from orders.models import Order
from tests.staff.desk import Desk, member


@pytest.fixture
def desk(db):
    """Anna may do everything."""
    return Desk(member("anna", everything=True, first_name="Anna", last_name="Nowak"))


@pytest.fixture
def second_desk(db):
    """Bernd, too."""
    return Desk(member("bernd", everything=True, first_name="Bernd", last_name="Maier"))


@pytest.fixture
def case(deal):
    """The pages of the order of `deal`."""

    class Case:
        @property
        def page(self) -> str:
            return f"/admin/orders/order/{Order.objects.get(uuid=deal.order['uuid']).pk}/change/"

        def move(self, name: str, item: str = "") -> str:
            return self.page.replace("/change/", f"/do/{name}/") + (f"{item}/" if item else "")

    return Case()
