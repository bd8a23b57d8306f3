"""The client against a source that misbehaves on purpose."""

import socket
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource, shop_list

from countinghouse.errors import SourceError
from countinghouse.settings import Connection
from countinghouse.sources import SOURCES
from countinghouse.sources.changes import BorderGoneError
from countinghouse.sources.client import Client
from countinghouse.sources.exact_json import Unreadable
from countinghouse.sources.patience import Patience

GOOD = Reply({"products": [{"id": 1}], "total": 1, "skip": 0, "limit": 1})
CHARGES = Reply({"object": "list", "data": [{"id": "ch_1"}], "has_more": False})


def read(
    connection: Connection, resource: str = "products", patience: Patience = HURRIED, size: int | None = None
) -> list[Any]:
    declared = SOURCES[connection.kind].resource(resource)
    with Client(connection, declared, page_size=size, patience=patience) as client:
        return [row for page in client.pages() for row in page.rows]


def complaint(connection: Connection, resource: str = "products", patience: Patience = HURRIED) -> str:
    with pytest.raises(SourceError) as caught:
        read(connection, resource, patience)
    message = str(caught.value)
    assert message.startswith(f"{connection.name}: {resource}: ")
    assert "\n" not in message
    return message


def test_every_page_is_read_once(source: ScriptedSource, shop: Connection) -> None:
    rows = [{"id": number} for number in range(1, 24)]
    source.script = shop_list("products", rows)
    assert read(shop, size=10) == rows
    assert [heard.query["skip"] for heard in source.heard] == ["0", "10", "20"]


def test_the_key_is_sent_as_bearer_and_the_version_fixes_the_shape(
    source: ScriptedSource, payments: Connection
) -> None:
    source.replies(CHARGES)
    assert read(payments, "charges") == [{"id": "ch_1"}]
    assert source.heard[0].headers["Authorization"] == "Bearer sk_test_hush"
    assert source.heard[0].headers["Stripe-Version"] == "2026-06-24.dahlia"


TORN = b'{"products": [{"id": 1}, {"id"'
PASSING = {
    "429": Reply({"message": "slow down"}, 429),
    "429 with Retry-After": Reply({"message": "slow down"}, 429, {"Retry-After": "0.01"}),
    "500": Reply({"message": "oops"}, 500),
    "502 in HTML": Reply(b"<html>Bad gateway</html>", 502, {"Content-Type": "text/html"}),
    "503": Reply(b"", 503),
    "522": Reply(b"", 522),
    "408": Reply(b"", 408),
    "425": Reply(b"", 425),
    "maintenance page with 200": Reply(b"<html>Back soon</html>", 200, {"Content-Type": "text/html"}),
    "empty body": Reply(b""),
    "blank body": Reply(b" \n"),
    "torn JSON": Reply(TORN),
    "body shorter than promised": Reply(TORN, promised=500),
    "closed socket": Reply(is_closed=True),
    "torn gzip": Reply(b"\x1f\x8b\x08\x00nonsense", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING)
def test_a_failure_that_passes_is_waited_out_and_loses_no_row(
    source: ScriptedSource, shop: Connection, reply: Reply
) -> None:
    source.replies(reply, reply, GOOD)
    assert read(shop) == [{"id": 1}]
    assert len(source.heard) == 3


@pytest.mark.parametrize("reply", PASSING.values(), ids=PASSING)
def test_a_failure_that_stays_is_an_error_and_never_the_end_of_the_list(
    source: ScriptedSource, shop: Connection, reply: Reply
) -> None:
    pages = shop_list("products", [{"id": number} for number in range(20)])
    source.script = lambda heard: pages(heard) if heard.query["skip"] == "0" else reply
    with pytest.raises(SourceError, match=r"tried [46] times"):
        read(shop, size=10)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_what_cannot_pass_is_not_repeated(source: ScriptedSource, shop: Connection, status: int) -> None:
    source.replies(Reply({"message": "no"}, status))
    complaint(shop)
    assert len(source.heard) == 1


@pytest.mark.parametrize(
    ("status", "verdict", "requests"),
    [
        (500, "false", 1),
        (409, "false", 1),
        (429, "false", 6),
        (400, "true", 6),
        (500, None, 6),
        (409, None, 6),
        (424, None, 6),
    ],
)
def test_stripe_itself_says_what_to_repeat_except_for_429_which_always_is(
    source: ScriptedSource, payments: Connection, status: int, verdict: str | None, requests: int
) -> None:
    source.replies(Reply({"error": {"message": "no"}}, status, {"Stripe-Should-Retry": verdict} if verdict else {}))
    complaint(payments, "charges")
    assert len(source.heard) == requests


def test_a_conflict_is_repeated_only_where_the_api_means_it_to_be(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply({"message": "conflict"}, 409))
    complaint(shop)
    assert len(source.heard) == 1


def test_waits_double_and_end_at_the_bound_of_tries(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply(b"", 503))
    began = time.monotonic()
    complaint(shop, patience=Patience(tries=4, first=0.05))
    # 0.05 + 0.1 + 0.2, each up to half as long again.
    assert 0.35 <= time.monotonic() - began < 0.35 * 1.5 + 0.5
    assert len(source.heard) == 4


def test_a_wait_that_would_pass_the_total_is_not_begun(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply({"message": "come back tomorrow"}, 429, {"Retry-After": "86400"}))
    began = time.monotonic()
    assert "429 (come back tomorrow)" in complaint(shop, patience=Patience(longest=60, total=30))
    assert time.monotonic() - began < 2


def test_a_long_retry_after_is_cut_to_the_longest_wait(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply(b"", 503, {"Retry-After": "3600"}), GOOD)
    began = time.monotonic()
    assert read(shop, patience=Patience(longest=0.1)) == [{"id": 1}]
    assert 0.1 <= time.monotonic() - began < 2


def test_a_source_that_is_down_is_known_within_seconds(shop: Connection) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = shop.model_copy(update={"url": f"http://127.0.0.1:{probe.getsockname()[1]}"})
    began = time.monotonic()
    message = complaint(nobody, patience=Patience())
    assert time.monotonic() - began < 10
    assert nobody.url in message
    assert "cannot be reached" in message
    assert "Check that it is running" in message


def test_a_host_that_does_not_exist_is_known_within_seconds(shop: Connection) -> None:
    nowhere = shop.model_copy(update={"url": "http://nowhere.invalid"})
    assert "http://nowhere.invalid cannot be reached" in complaint(nowhere)


def test_a_body_that_never_ends_is_given_up(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply(b" " * 3_000_000 + b"{}"))
    assert "took too long" in complaint(shop, patience=Patience(first=0.001, tries=2, answer=0))


CLEAR = {
    "wrong address": (Reply(b"<html>", 404, {"Content-Type": "text/html"}), ["404", "nothing at this address", "url"]),
    "a web page": (
        Reply(b"<html>", 200, {"Content-Type": "text/html; charset=utf-8"}),
        ["text/html instead of JSON", "web page"],
    ),
    "torn": (Reply(TORN), ["torn JSON", "Nothing is lost"]),
    "empty": (Reply(b""), ["empty body", "Nothing is lost"]),
    "no rows": (Reply({"items": [], "total": 0}), ["no 'products'", "found items, total", "its shape has changed"]),
    "empty object": (Reply({}), ["no 'products'", "an empty object"]),
    "not an object": (Reply([1, 2]), ["not an object"]),
    "null": (Reply(b"null"), ["not an object"]),
    "rows no list": (Reply({"products": {"1": {}}, "total": 1}), ["'products' should be a list"]),
    "no total": (Reply({"products": []}), ["'total' should be a number", "found nothing"]),
    "refused": (
        Reply({"message": "Invalid 'limit' - must be a number"}, 400),
        ["400 (Invalid 'limit' - must be a number)"],
    ),
    "wants a login": (Reply({"message": "Access Token is required"}, 401), ["401 (Access Token is required)", "url"]),
}


@pytest.mark.parametrize(("reply", "words"), CLEAR.values(), ids=CLEAR)
def test_what_went_wrong_is_one_clear_sentence(
    source: ScriptedSource, shop: Connection, reply: Reply, words: list[str]
) -> None:
    source.replies(reply)
    message = complaint(shop)
    assert source.url in message
    for word in words:
        assert word in message


def test_a_wrong_key_names_the_variable_and_the_request_but_not_the_key(
    source: ScriptedSource, payments: Connection
) -> None:
    said = {"error": {"message": "Invalid API Key provided: sk_test_hush.", "type": "invalid_request_error"}}
    source.replies(Reply(said, 401, {"Request-Id": "req_7"}))
    message = complaint(payments, "charges")
    assert "401 (Invalid API Key provided: •••), request req_7" in message
    assert "correct the variable THE_STRIPE_KEY" in message
    assert "hush" not in message


def test_a_missing_right_names_the_resource_and_the_key(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"error": {"message": "The provided key does not have the required permissions"}}, 403))
    message = complaint(payments, "refunds")
    assert "no right to read refunds" in message
    assert "the variable THE_STRIPE_KEY read access" in message


def test_a_redirect_within_the_host_is_followed(source: ScriptedSource, shop: Connection) -> None:
    moved = Reply(b"", 301, {"Location": "/elsewhere?limit=500&skip=0"})
    source.script = lambda heard: GOOD if heard.path == "/elsewhere" else moved
    assert read(shop) == [{"id": 1}]


def test_a_redirect_to_another_host_is_refused_and_the_key_stays_here(
    source: ScriptedSource, payments: Connection
) -> None:
    stranger = ScriptedSource()
    try:
        stranger.replies(CHARGES)
        source.replies(Reply(b"", 302, {"Location": f"{stranger.url}/v1/charges"}))
        message = complaint(payments, "charges")
        assert "credentials must not go elsewhere" in message
        assert stranger.url in message
        assert stranger.heard == []
    finally:
        stranger.close()


@pytest.mark.parametrize("location", ["/v1/charges", ""])
def test_a_circle_of_redirects_ends(source: ScriptedSource, payments: Connection, location: str) -> None:
    source.replies(Reply(b"", 302, {"Location": location}))
    assert "in circles" in complaint(payments, "charges")
    assert len(source.heard) == 4


def test_a_page_that_repeats_for_ever_ends_in_an_error(source: ScriptedSource, shop: Connection) -> None:
    source.replies(Reply({"products": [{"id": 7}], "total": 100, "skip": 0, "limit": 1}))
    assert "repeats a page that came before (it begins with id 7)" in complaint(shop)
    assert len(source.heard) == 2


@pytest.mark.parametrize("broken", [b"1e99999999999999999999999", b"9" * 5000])
def test_a_row_that_cannot_be_read_is_told_apart_and_the_others_are_read(
    source: ScriptedSource, shop: Connection, broken: bytes
) -> None:
    source.replies(Reply(b'{"products": [{"id": 1}, {"id": %b}, {"id": 3}], "total": 3}' % broken))
    first, broken, third = read(shop)
    assert (first, third) == ({"id": 1}, {"id": 3})
    assert isinstance(broken, Unreadable)


def test_half_a_character_costs_the_character_and_not_the_page(source: ScriptedSource, shop: Connection) -> None:
    titles = rb'["cut \ud83d", "whole \ud83d\ude00", "\ude00", "\\ud83d", "\u00e9\n"]'
    source.replies(Reply(b'{"products": [{"id": 1, "titles": %b, "raw": "caf\xe9"}], "total": 1}' % titles))
    (row,) = read(shop)
    assert row["titles"] == ["cut \ufffd", "whole \N{GRINNING FACE}", "\ufffd", r"\ud83d", "\u00e9\n"]
    assert row["raw"] == "caf\ufffd"


def test_when_the_counter_says_that_nothing_remains_the_next_request_waits(
    source: ScriptedSource, shop: Connection
) -> None:
    # The scripted clock stands at 09:40:00, which is 1795167600; the window ends half a second later.
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795167601"}
    pages = shop_list("products", [{"id": 1}, {"id": 2}])

    def script(heard: Heard) -> Reply:
        reply = pages(heard)
        reply.headers = spent if heard.query["skip"] == "0" else {}
        return reply

    source.script = script
    began = time.monotonic()
    assert len(read(shop, size=1)) == 2
    assert time.monotonic() - began >= 1


def finder(connection: Connection, resource: str, patience: Patience = HURRIED) -> Callable[[str], Any]:
    def find(row_id: str) -> Any:
        with Client(connection, SOURCES["stripe"].resource(resource), patience=patience) as client:
            return client.find(row_id)

    return find


def test_a_row_is_found_by_its_id(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"id": "ch_1", "amount": 5}))
    assert finder(payments, "charges")("ch_1") == {"id": "ch_1", "amount": 5}
    assert source.heard[0].path == "/v1/charges/ch_1"


def test_a_row_the_source_says_it_has_not_is_none(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"error": {"code": "resource_missing", "message": "No such charge"}}, 404))
    assert finder(payments, "charges")("ch_1") is None


def test_a_404_of_a_proxy_is_not_taken_for_a_missing_row(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply(b"<html>no route</html>", 404, {"Content-Type": "text/html"}))
    with pytest.raises(SourceError, match="nothing at this address"):
        finder(payments, "charges")("ch_1")


def test_another_row_than_the_one_asked_for_is_refused(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"id": "ch_2"}))
    with pytest.raises(SourceError, match="should be the object ch_1"):
        finder(payments, "charges")("ch_1")


def test_an_id_cannot_lead_to_another_path(source: ScriptedSource, payments: Connection) -> None:
    source.replies(Reply({"id": "../refunds?x"}))
    finder(payments, "charges")("../refunds?x")
    assert source.heard[0].path == "/v1/charges/..%2Frefunds%3Fx"


def test_a_border_the_source_no_longer_knows_is_told_apart(source: ScriptedSource, payments: Connection) -> None:
    error = {"code": "resource_missing", "message": "No such event: 'evt_1'", "param": "ending_before"}
    source.replies(Reply({"error": error}, 400))
    with pytest.raises(BorderGoneError):
        read(payments, "charges")


def test_the_lines_an_invoice_does_not_show_are_read_too(source: ScriptedSource, payments: Connection) -> None:
    def script(heard: Heard) -> Reply:
        if heard.path == "/v1/invoices/in_1/lines":
            after = int(heard.query.get("starting_after", "il_0").removeprefix("il_"))
            rest = [{"id": f"il_{number}"} for number in range(after + 1, 13)]
            return Reply({"object": "list", "data": rest[:7], "has_more": len(rest) > 7})
        lines = {"object": "list", "data": [{"id": "il_1"}], "has_more": True}
        return Reply({"object": "list", "data": [{"id": "in_1", "lines": lines}], "has_more": False})

    source.script = script
    (invoice,) = read(payments, "invoices")
    assert [line["id"] for line in invoice["lines"]["data"]] == [f"il_{number}" for number in range(1, 13)]
    assert invoice["lines"]["has_more"] is False
