"""Redis is killed under everything that uses the cache, and comes back: no answer is a 500, no brake is lifted."""

import json
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache, caches
from django.test import Client

from buyers.vies import breaker
from nt24 import shared_cache
from nt24.health import cache_answers
from tests.people.conftest import member, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(shared_cache, "COOLDOWN", 0.0)


@pytest.fixture
def redis_away(redis_settings, redis_server):
    cache.set("before", "in Redis")
    redis_server.stop()
    return redis_server


def test_staff_sign_in_and_guessers_are_locked_out(redis_away):
    member("anna", "Case handler")
    assert sign_in("anna")[1].status_code == 302

    tries = [sign_in("bert", "wrong")[1].status_code for _ in range(6)]

    assert tries == [200] * 5 + [429]


@pytest.mark.parametrize("path", ["/verify", "/admin/login/", "/", "/docs", "/healthz"])
def test_pages_open(redis_away, path):
    assert Client().get(path).status_code == 200


def test_links_that_are_guessed_are_braked(redis_away):
    with time_machine.travel("2026-04-25T10:00:20Z", tick=False):
        answers = [Client().get(f"/b/guess-{n}/").status_code for n in range(11)]

    assert answers == [404] * 10 + [429]


def test_the_token_endpoint_and_calls_go_on(redis_away, plain_partner):
    assert plain_partner.get("/v1/me").status_code == 200
    form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
    path = "/realms/nt24-idp/protocol/openid-connect/token"
    answer = Client().post(path, urlencode(form), content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, json.loads(answer.content)["error"]) == (401, "invalid_client")


def test_the_breaker_of_vies_counts_on(redis_away):
    for _ in range(20):
        breaker.note_outage("DE")

    assert breaker.is_open("DE")


def test_every_operation_has_an_answer(redis_away):
    assert cache.get("before") is None
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    assert cache.touch("a", 60)
    assert "a" in cache
    cache.set_many({"b": 1, "c": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 2, "b": 1, "c": 2}
    cache.delete_many(["b"])
    assert cache.delete("c")
    assert cache.get_or_set("d", 4) == 4
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nowhere")
    cache.clear()
    assert cache.get("a") is None


def test_readyz_says_that_the_cache_is_away(redis_away):
    with pytest.raises(ConnectionError):
        cache_answers()


def test_redis_is_used_again_when_it_is_back(redis_away):
    cache.set("meanwhile", "here")
    redis_away.start()

    cache.set("after", "there")

    assert not caches["default"].is_away
    assert cache.get("meanwhile") is None
    assert cache.get("after") == "there"
    cache_answers()


def test_a_restart_between_two_calls_is_not_noticed(redis_settings, redis_server):
    cache.set("before", "in Redis")
    redis_server.stop()
    redis_server.start()

    cache.set("after", "in Redis")

    assert not caches["default"].is_away
