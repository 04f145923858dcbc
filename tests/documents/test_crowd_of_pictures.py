"""Pictures that are small to send and slow to read, many at once, against the web process as production starts it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.documents.field import png
from tests.servers.portal import a_buyer, a_token, call, environment, seeded, upload
from tests.servers.web import web

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") == "postgresql", reason="does not depend on the suite's database"
)
SIDE = 7000  # 49 million pixels
CROWD = 12
PATIENCE = 120  # seconds, for a machine that is busy with other things


def picture(number: int) -> bytes:
    """One shade of its own; a few hundred kilobytes that unfold to 147 MB."""
    return png(SIDE, SIDE, colour=2, lines=(b"\0" + bytes([number]) * (3 * SIDE)) * SIDE)


@pytest.fixture
def served(tmp_path):
    """A portal with one web process, the path of a buyer's papers, and a partner's headers."""
    told = environment(tmp_path)
    demo = seeded(told)
    with web(tmp_path, "--workers", "1", **told) as process:
        bearer = {"Authorization": f"Bearer {a_token(process.port, demo)}"}
        yield process.port, f"{a_buyer(process.port, demo, bearer)}/kyc/documents", bearer


def test_many_large_pictures_at_once_are_filed_or_told_to_come_again(served):
    port, papers, bearer = served
    pictures = [picture(number) for number in range(CROWD)]
    together = threading.Barrier(CROWD)

    def send(number):
        file = (f"{number}.png", pictures[number], "image/png")
        return upload(port, papers, file, key=f"p{number}", patience=PATIENCE, **bearer)

    def send_with_the_others(number):
        together.wait()
        return send(number)

    health = []
    with ThreadPoolExecutor(CROWD) as crowd:
        sent = [crowd.submit(send_with_the_others, number) for number in range(CROWD)]
        while not all(one.done() for one in sent):
            health.append(call(port, "GET", "/healthz", patience=PATIENCE)[0])
    answers = [one.result() for one in sent]

    assert set(health) == {200}
    assert {status for status, _, _ in answers} <= {201, 503}, answers
    assert all(int(told["retry-after"]) > 0 for status, told, _ in answers if status == 503)
    for number, (status, _, _) in enumerate(answers):
        assert status == 201 or send(number)[0] == 201
