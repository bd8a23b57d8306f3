"""Secrets smuggled in: under another name, inside a value, in an address, in an answer that repeats ours."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource
from test_recorded_answers import connected, listed

from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.sources.secrecy import without, without_keys

HUSH = "h0sh-h0sh"
# What no platform sends by itself, but a plugin, an app or a site's own code may.
SMUGGLED = {
    "x_api_key": HUSH,  # a name of its own: stays, since nothing says that it is one
    "settings": {"Access-Token": HUSH, "nested": [{"clientSecret": HUSH, "private_key": HUSH}]},
    "link": f"https://shop.example/order/7?lang=de&access_token={HUSH}&utm_source=mail#session={HUSH}",
    "file": f"https://cdn.example/a.zip?X-Amz-Signature={HUSH}&X-Amz-Expires=60",
    "page": f'<a href="https://user:{HUSH}@shop.example/?order-pay=1&amp;key={HUSH}">pay</a>',
    "password": HUSH,
}
RESOURCES = [
    *(("woocommerce", name) for name in ("orders", "refunds", "products", "product_variations", "customers")),
    *(("woocommerce", name) for name in ("coupons", "reviews", "categories")),
    *(("commercetools", name) for name in ("products", "categories", "customers", "orders", "payments", "carts")),
    *(("commercetools", name) for name in ("reviews", "inventory")),
    *(("payload", name) for name in ("orders", "transactions", "carts", "products", "variants", "users")),
    *(("payload", name) for name in ("categories", "addresses", "variant_types", "variant_options")),
    *(("stripe", name) for name in ("charges", "payment_intents", "refunds", "customers", "invoices", "disputes")),
]


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.session._purses", {})


def row(number: Any) -> dict[str, Any]:
    times = {"lastModifiedAt": "2026-11-20T08:00:00.000Z", "updatedAt": "2026-11-20T08:00:00.000Z"}
    smuggled = {name: value for name, value in SMUGGLED.items() if name != "x_api_key"}
    own = {"post_password": HUSH, "downloads": [{"file": HUSH}], "reviewer_avatar_urls": {"96": HUSH}}
    inside = {"meta_data": [{"key": "_key", "value": HUSH}], "custom": {"fields": smuggled}, "metadata": smuggled}
    return {"id": number, "created": 1_795_167_000, **times, **smuggled, **inside, **own}


@pytest.mark.parametrize(("kind", "resource"), RESOURCES)
def test_nothing_smuggled_reaches_the_disk(
    kind: str, resource: str, source: ScriptedSource, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = row(1 if kind in ("woocommerce", "payload") else "one")
    if kind != "woocommerce":
        for name in ("post_password", "downloads", "reviewer_avatar_urls", "meta_data"):
            del sent[name]
    # The second cannot be taken and is set aside with its text, where a secret must not be either.
    unusable = {**sent, "id": None}
    source.script = lambda heard: listed(kind, [sent, unusable], heard)
    manifest = extract(connected(kind, source.url, monkeypatch), resource, None, landing_dir, "run-1", patience=HURRIED)
    assert (manifest.rows, manifest.rejected) == (1, 1)
    written = {path: path.read_text() for path in landing_dir.rglob("*") if path.is_file()}
    assert [path.name for path, text in written.items() if HUSH in text] == []
    kept = json.loads(json.loads(manifest.pages_path.read_text())["payload"])
    assert kept["link"] == "https://shop.example/order/7?lang=de&access_token=&utm_source=mail#session="
    assert kept["settings"] == {"nested": [{}]}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/checkout/order-received/12/?key=wc_order_AbC", "/checkout/order-received/12/?key="),
        ("https://x.example/?a=1&page_token=zz&b=2", "https://x.example/?a=1&page_token=&b=2"),
        ("https://x.example/?filter[session_id]=zz", "https://x.example/?filter[session_id]="),
        ("https://u:p@x.example/", "https://x.example/"),
        ("https://x.example/a.jpg?v=1&width=200", "https://x.example/a.jpg?v=1&width=200"),
        (
            "https://x.example/?author=ann&monkey=1&keyword=shoes",
            "https://x.example/?author=ann&monkey=1&keyword=shoes",
        ),
        ("https://x.example/?utm_source=a&gclid=b", "https://x.example/?utm_source=a&gclid=b"),
        ("Is 5 = 2 + 3? ask me@example.com", "Is 5 = 2 + 3? ask me@example.com"),
        ("lost my token=abc", "lost my token=abc"),
    ],
)
def test_of_an_address_only_the_key_is_taken(text: str, kept: str) -> None:
    assert without_keys(text) == kept


def test_names_that_only_sound_like_secrets_stay() -> None:
    row = {"secretary": "Ann", "tokens_used": 3, "key": "sku-1", "apiKeyId": 4, "password_hint": "dog", "hash": "a"}
    assert without(row, frozenset()) == row


@pytest.mark.parametrize("kind", ["woocommerce", "commercetools", "payload", "stripe"])
def test_a_source_that_repeats_our_keys_is_not_quoted_with_them(
    kind: str,
    source: ScriptedSource,
    landing_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="countinghouse")

    def script(heard: Heard) -> Reply:
        words = f"{heard.headers.get('Authorization')} {heard.body.decode()} seen at https://x.example/?token=zzz"
        return Reply({"message": words}, status=503)

    source.script = script
    shop = connected(kind, source.url, monkeypatch)
    with pytest.raises(SourceError) as caught:
        extract(shop, "orders" if kind != "stripe" else "charges", None, landing_dir, "run-1", patience=HURRIED)
    told = str(caught.value) + caplog.text
    assert "503 (" in told
    assert "asking again" in caplog.text
    keys = [f"hush-{key}" for key in shop.auth]
    pair = base64.b64encode(":".join(keys).encode()).decode()
    assert [secret for secret in (*keys, pair, "token=zzz") if secret in told] == []
