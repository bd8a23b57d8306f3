"""What is written down of a request: enough to prove politeness and that no key went astray, never a key."""

from dataclasses import dataclass

from simulator.web import Request

KEY_HEADERS = ("authorization", "x-shopify-access-token", "cookie")
KEY_PARAMETERS = frozenset(
    {"consumer_key", "consumer_secret", "access_token", "client_secret", "api_key", "oauth_signature", "password"}
)


@dataclass(slots=True, frozen=True)
class Heard:
    """A request as it was noted: to which host, and whether a key came with it.

    at                  by the simulator's clock, which may stand still
    seconds             by a clock that never does, to tell the pace
    has_authorization  in the header of that name
    has_credentials     in whatever form: a header, a cookie, the query
    """

    at: str
    method: str
    path: str
    query: str
    host: str
    has_authorization: bool
    has_credentials: bool
    status: int | None
    fault: str | None
    seconds: float = 0


def credential(request: Request) -> str | None:
    """Return whatever key a request carries, in one text."""
    headers = [request.headers[name] for name in KEY_HEADERS if name in request.headers]
    parameters = [value for name, value in request.parameters if name in KEY_PARAMETERS]
    return "\n".join([*headers, *parameters]) or None


def without_keys(query: str) -> str:
    """Return a query with the values of keys struck out."""
    parts = (part.partition("=") for part in query.split("&"))
    return "&".join(
        f"{name}={'***' if name in KEY_PARAMETERS else value}" if equals else name for name, equals, value in parts
    )
