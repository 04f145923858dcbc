"""Two people rotate the secret of one client at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from nt24.actors import system
from nt24.audit.models import Entry
from nt24.partners.actions import rotate_client_secret
from nt24.partners.models import ApiClient, ClientSecret
from nt24.partners.tokens import client_with
from tests.factories.partners import SECRET, ApiClientFactory


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_stand_in_line_and_leave_two_valid_secrets():
    client, start = ApiClientFactory(), threading.Barrier(4)

    def rotate(_: int) -> str:
        try:
            mine = ApiClient.objects.get(pk=client.pk)
            start.wait()
            return rotate_client_secret(mine, by=system("test"))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        secrets = list(pool.map(rotate, range(4)))

    assert ClientSecret.objects.count() == 5
    assert ClientSecret.objects.valid_at(timezone.now()).count() == 2
    assert sum(client_with(client.client_id, secret) == client for secret in secrets) == 2
    assert client_with(client.client_id, SECRET) is None
    assert Entry.objects.filter(action="client.secret_rotated").count() == 4
