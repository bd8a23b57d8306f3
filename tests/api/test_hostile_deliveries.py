"""Thousands of bent deliveries: none may make the receiver fail, and none is kept that nobody signed."""

from collections import Counter
from random import Random

import pytest
from mutations import bent, is_genuine, request_of
from receiving import PLATFORMS, Endpoint


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.soak)])
def test_bent_deliveries_neither_break_the_receiver_nor_pass_unsigned(endpoint: Endpoint, count: int) -> None:
    seed = Random().randrange(10**9)
    print(f"seed {seed}")
    rng = Random(seed)
    answers: Counter[int] = Counter()
    kept = 0
    for number in range(count):
        request = bent(rng, number)
        answer = endpoint.client.request(
            request.method, request.path, content=request.body, headers=request.headers, follow_redirects=False
        )
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (seed, number, request)
        is_kept = answer.status_code == 200 and request.method == "POST" and answer.json()["status"] == "kept"
        kept += is_kept
        assert is_genuine(request) or not is_kept, (seed, number, request)
    print(dict(answers))
    # Not everything was refused for one and the same reason, or the test would show nothing.
    assert {200, 400, 401, 404, 405} <= answers.keys()
    assert len(endpoint.kept()) == kept > 0
    assert "Traceback" not in endpoint.log.read_text()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_judge_of_the_bent_ones_knows_a_genuine_delivery(endpoint: Endpoint, platform) -> None:
    assert is_genuine(request_of(platform(1)))
