import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from countinghouse.sources.base import Rate
from countinghouse.sources.patience import Throttle, http_date, retry_after

NOW = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("10", 10),
        ("1.5", 1.5),
        ("0", 0),
        ("Fri, 20 Nov 2026 09:40:07 GMT", 7),
        ("Fri, 20 Nov 2026 09:39:00 GMT", 0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_may_be_a_number_a_decimal_a_date_or_of_no_use(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_a_date_header_is_the_sources_clock_in_utc() -> None:
    assert http_date("Fri, 20 Nov 2026 09:40:00 GMT") == NOW
    assert http_date("Fri, 20 Nov 2026 04:40:00 -0500") == NOW
    assert http_date("yesterday") is None


def test_no_span_holds_more_requests_than_the_rate_allows_whichever_thread_sends_them() -> None:
    throttle, sent = Throttle(Rate(5, seconds=0.2)), list[float]()

    def send(_: int) -> None:
        throttle.wait()
        sent.append(time.monotonic())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(14)))
    sent.sort()
    assert len(sent) == 14
    # The first and the sixth of any six are a whole span apart, less what a thread needs to wake up.
    assert all(later - earlier > 0.18 for earlier, later in zip(sent, sent[5:], strict=False))


def test_a_pace_that_is_kept_costs_nothing() -> None:
    throttle, began = Throttle(Rate(100, seconds=10)), time.monotonic()
    for _ in range(100):
        throttle.wait()
    assert time.monotonic() - began < 0.5


def test_everybody_waits_when_the_source_has_had_enough() -> None:
    throttle, began = Throttle(Rate(100, seconds=10)), time.monotonic()
    throttle.hold(0.2)
    throttle.wait()
    assert time.monotonic() - began >= 0.2
