"""Signatures against vectors of other hands: openssl's digests, not ours.

printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
printf '1700000000.{"id":1}' | openssl dgst -sha256 -hmac whsec_hush
"""

import pytest

from countinghouse.webhooks.signatures import is_signed_by_shopify, is_signed_by_stripe, is_signed_by_woocommerce

BODY = b'{"id":1}'
BASE64 = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="
HEX = "bceebf6e82e46a629ad184a0dd32b7ba0fc811bf68784ec665b92eb5f42e2347"
AT = 1_700_000_000


@pytest.mark.parametrize(
    ("check", "header"),
    [
        (is_signed_by_shopify, "x-shopify-hmac-sha256"),
        (is_signed_by_shopify, "shopify-hmac-sha256"),
        (is_signed_by_woocommerce, "x-wc-webhook-signature"),
    ],
)
def test_digest_of_the_raw_body_holds(check, header: str) -> None:
    assert check({header: BASE64}, BODY, ["hush"], 0)
    assert check({header: BASE64}, BODY, ["other", "hush"], 0)
    assert not check({header: BASE64}, BODY + b"\n", ["hush"], 0)
    assert not check({header: BASE64}, BODY, ["other"], 0)
    assert not check({header: BASE64}, BODY, [], 0)
    assert not check({}, BODY, ["hush"], 0)
    # There is one way to write a digest: padding, case and blanks are part of it.
    for bent in (BASE64.rstrip("="), BASE64.swapcase(), f"{BASE64} ", f" {BASE64}", f"{BASE64}=", "\xff" + BASE64):
        assert not check({header: bent}, BODY, ["hush"], 0)


def test_digest_of_time_and_body_holds() -> None:
    def is_signed(header: str, now: float = AT, secrets: tuple[str, ...] = ("whsec_hush",), body: bytes = BODY) -> bool:
        return is_signed_by_stripe({"stripe-signature": header}, body, secrets, now)

    assert is_signed(f"t={AT},v1={HEX}")
    assert is_signed(f"t={AT}, v1={HEX}")
    assert is_signed(f"t={AT},v1={'0' * 64},v1={HEX},v0=x", secrets=("other", "whsec_hush"))
    assert is_signed(f"t={AT},v1={HEX}", now=AT + 300)
    assert is_signed(f"t={AT},v1={HEX}", now=AT - 300)
    assert not is_signed(f"t={AT},v1={HEX}", now=AT + 301)
    assert not is_signed(f"t={AT},v1={HEX}", now=AT - 301)
    assert not is_signed(f"t={AT + 1},v1={HEX}")
    assert not is_signed(f"t={AT},v0={HEX}")
    assert not is_signed(f"t={AT},t={AT},v1={HEX}"), "a time that is told twice is none"
    assert not is_signed(f"v1={HEX}")
    assert not is_signed(f"t={AT},v1={HEX.upper()}")
    assert not is_signed(f"t={AT},v1={HEX}", body=b"")
    assert not is_signed(f"t={AT}" + f",v1={'0' * 64}" * 50 + f",v1={HEX}"), "fifty guesses are an attempt"
    for at in ("", "1e9", "-1", "１７００００００００", "9" * 400):
        assert not is_signed(f"t={at},v1={HEX}")
