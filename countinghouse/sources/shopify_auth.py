"""How Shopify is told who asks: a token that stays, or two keys that buy one for 24 hours.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant
"""

from collections.abc import Mapping
from typing import Any

from countinghouse.sources.auth import Asking, Secret, Token, TokenCall


class ShopifyToken:
    """`X-Shopify-Access-Token` with an access token of the connection or one bought for client id and secret."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The token itself, or what buys one."""
        return (("access_token",), ("client_id", "client_secret"))

    @property
    def dead(self) -> frozenset[int]:
        """A token that has ended is answered with 401."""
        return frozenset({401})

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """The one header; there is no `Authorization`."""
        value = secret("access_token") if "access_token" in asking.auth else token or ""
        return {"X-Shopify-Access-Token": value}

    def token_call(self, asking: Asking, secret: Secret) -> TokenCall | None:
        """The client credentials grant; None where there is a token already."""
        if "access_token" in asking.auth:
            return None
        form = {
            "grant_type": "client_credentials",
            "client_id": secret("client_id"),
            "client_secret": secret("client_secret"),
        }
        return TokenCall(f"{asking.url}/admin/oauth/access_token", _token, form=form)


def _token(answer: Mapping[str, Any]) -> Token:
    scopes = frozenset(str(answer.get("scope") or "").split(",")) - {""}
    value = answer["access_token"]
    if not isinstance(value, str) or not value:
        raise ValueError("no access_token")
    return Token(value, float(answer["expires_in"]) if "expires_in" in answer else None, scopes or None)
