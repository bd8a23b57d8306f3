"""Subscribing to a platform's webhooks through its API, and ending that: the state is brought about, not added to.

Registering twice is registering once: what is there is counted first, what is missing is made, what is double or no
longer wanted is taken away. Only subscriptions that lead to our own address are ever touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import quote

from countinghouse.addresses import is_loopback
from countinghouse.connections import Connection, listed
from countinghouse.errors import SettingsError
from countinghouse.sources import SOURCES
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.paging import ShapeError
from countinghouse.sources.patience import Patience
from countinghouse.sources.session import Session
from countinghouse.sources.shopify_asking import ShopifyAsker
from countinghouse.webhooks.topics import STRIPE_TOPICS, TOPICS, UNINSTALLED, WOOCOMMERCE_TOPICS

# What the books need of Shopify. `orders/updated` follows every change of an order, fulfilments among them; the privacy
# topics cannot be subscribed to through the API, they stand in the app's configuration.
SHOPIFY_WANTED = (
    *("orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/edited", "orders/delete"),
    *("refunds/create", "customers/create", "customers/update", "customers/delete"),
    *("products/create", "products/update", "products/delete"),
    *("collections/create", "collections/update", "collections/delete", UNINSTALLED),
)
WANTED: Mapping[str, tuple[str, ...]] = {
    "shopify": SHOPIFY_WANTED,
    # An account is deleted for good; there is no trash to bring it back from.
    "woocommerce": tuple(topic for topic in WOOCOMMERCE_TOPICS if topic != "customer.restored"),
    "stripe": tuple(STRIPE_TOPICS),
}
_WEBHOOKS = "/wp-json/wc/v3/webhooks"
_ENDPOINTS = "/v1/webhook_endpoints"
_MOST_PAGES = 20


@dataclass(frozen=True)
class Subscription:
    """What the platform has: an address that is told of some topics."""

    id: str
    topics: tuple[str, ...]
    address: str
    is_active: bool


@dataclass(frozen=True)
class Change:
    """What registering changed. `secret` is what Stripe will sign with: it tells that once, when it is made."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    secret: str | None = None


class Platform(Protocol):
    """One platform's way to subscribe. Errors are SourceErrors with a sentence."""

    is_each_topic: bool  # a subscription has one topic; else one has them all

    def subscriptions(self) -> list[Subscription]:
        """Everything there is, whoever made it."""
        ...

    def add(self, topics: tuple[str, ...], address: str) -> str | None:
        """Subscribe; the secret, where the platform makes one."""
        ...

    def change(self, subscription: Subscription, topics: tuple[str, ...]) -> None:
        """Let a subscription have these topics and be active."""
        ...

    def remove(self, subscription: Subscription) -> None:
        """End a subscription."""
        ...


def address_of(connection: Connection, public_url: str) -> str:
    """Where the connection's platform delivers to; SettingsError for an address nobody should deliver to."""
    if connection.kind not in TOPICS:
        raise SettingsError(f"{connection.name}: {connection.kind} pushes no news; {listed(TOPICS)} do.")
    if public_url.startswith("http:") and not is_loopback(public_url):
        raise SettingsError(
            f"{public_url} is not encrypted, and what is delivered holds personal data. Write COUNTINGHOUSE_PUBLIC_URL "
            "with https://."
        )
    return f"{public_url}/webhooks/{connection.kind}/{connection.name}"


def subscriptions(connection: Connection, patience: Patience | None = None) -> list[Subscription]:
    """Everything the platform delivers to anybody, as far as the key may see."""
    with _session(connection, patience) as session:
        return _platform(session).subscriptions()


def register(connection: Connection, public_url: str, patience: Patience | None = None) -> Change:
    """Have the platform deliver everything the books need to our address, and nothing twice."""
    address = address_of(connection, public_url)
    wanted = WANTED[connection.kind]
    with _session(connection, patience) as session:
        platform = _platform(session)
        if not platform.is_each_topic:
            return _registered_together(platform, wanted, address)
        ours = _ours(platform, address)
        useless = [one for one in ours if not one.is_active or not set(one.topics) & set(wanted)]
        active = [one for one in ours if one not in useless]
        told = {topic for one in active for topic in one.topics}
        for one in useless:
            platform.remove(one)
        missing = tuple(topic for topic in wanted if topic not in told)
        for topic in missing:
            platform.add((topic,), address)
        # A request that was repeated because its answer got lost has subscribed twice.
        double = list(_double(_ours(platform, address)))
        for one in double:
            platform.remove(one)
        removed = tuple(topic for one in (*useless, *double) for topic in one.topics)
        return Change(missing, removed, tuple(topic for topic in wanted if topic in told))


def remove(connection: Connection, public_url: str, patience: Patience | None = None) -> list[Subscription]:
    """End everything that is delivered to our address; what that was."""
    address = address_of(connection, public_url)
    with _session(connection, patience) as session:
        platform = _platform(session)
        ours = _ours(platform, address)
        for one in ours:
            platform.remove(one)
        return ours


def _registered_together(platform: Platform, wanted: tuple[str, ...], address: str) -> Change:
    """All topics in one subscription: one that is there keeps its secret."""
    first, *double = _ours(platform, address) or [None]
    for one in double:
        if one is not None:
            platform.remove(one)
    removed = tuple(topic for one in double if one is not None for topic in one.topics)
    if first is None:
        return Change(wanted, removed, (), platform.add(wanted, address))
    told = set(first.topics)
    if told != set(wanted) or not first.is_active:
        platform.change(first, wanted)
    added = tuple(topic for topic in wanted if topic not in told)
    return Change(added, (*removed, *sorted(told - set(wanted))), tuple(topic for topic in wanted if topic in told))


def _ours(platform: Platform, address: str) -> list[Subscription]:
    return [one for one in platform.subscriptions() if one.address.rstrip("/") == address]


def _double(found: Iterable[Subscription]) -> Iterator[Subscription]:
    seen: set[tuple[str, ...]] = set()
    for one in found:
        if one.topics in seen:
            yield one
        seen.add(one.topics)


def _session(connection: Connection, patience: Patience | None) -> Session:
    if connection.kind not in TOPICS:
        raise SettingsError(f"{connection.name}: {connection.kind} pushes no news; {listed(TOPICS)} do.")
    return Session(connection, SOURCES[connection.kind], "webhooks", patience=patience)


def _platform(session: Session) -> Platform:
    match session.connection.kind:
        case "shopify":
            return _Shopify(session)
        case "woocommerce":
            return _WooCommerce(session)
        case _:
            return _Stripe(session)


class _Shopify:
    """https://shopify.dev/docs/api/admin-graphql/2026-10/objects/WebhookSubscription: a topic and an address each."""

    is_each_topic = True
    _LIST = (
        "query Webhooks($after: String) { webhookSubscriptions(first: 100, after: $after) "
        "{ pageInfo { hasNextPage endCursor } nodes { id topic uri } } }"
    )
    _ADD = (
        "mutation Subscribe($topic: WebhookSubscriptionTopic!, $address: String!) { webhookSubscriptionCreate("
        "topic: $topic, webhookSubscription: {uri: $address, format: JSON}) { userErrors { message } } }"
    )
    _REMOVE = "mutation End($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asker = ShopifyAsker(session)

    def subscriptions(self) -> list[Subscription]:
        found: list[Subscription] = []
        after: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._asker.ask(self._LIST, {"after": after})["webhookSubscriptions"]
            for one in page["nodes"]:
                topics = (_TOPIC_OF.get(str(one["topic"]), str(one["topic"])),)
                found.append(Subscription(str(one["id"]), topics, str(one["uri"]), is_active=True))
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        return found

    def add(self, topics: tuple[str, ...], address: str) -> str | None:
        for topic in topics:
            said = self._asker.ask(self._ADD, {"topic": _enum(topic), "address": address})
            self._check(said["webhookSubscriptionCreate"], f"{topic} could not be subscribed to")
        return None

    def change(self, subscription: Subscription, topics: tuple[str, ...]) -> None:
        # A subscription has one topic here, so register adds and removes whole ones: only Stripe's are changed.
        raise NotImplementedError

    def remove(self, subscription: Subscription) -> None:
        said = self._asker.ask(self._REMOVE, {"id": subscription.id})
        self._check(said["webhookSubscriptionDelete"], f"{subscription.id} could not be ended")

    def _check(self, said: Any, what: str) -> None:
        errors = [str(one.get("message")) for one in said["userErrors"]]
        # That it is there already, or gone already, is what was wanted: a request is repeated when its answer is lost.
        if errors and not any(word in errors[0] for word in ("already been taken", "does not exist")):
            raise self._session.error(f"{what}: {errors[0].rstrip('.')}.")


def _enum(topic: str) -> str:
    return topic.upper().replace("/", "_")


_TOPIC_OF = {_enum(topic): topic for topic in TOPICS["shopify"]}


class _WooCommerce:
    """https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks: a topic each; the secret is ours to choose."""

    is_each_topic = True

    def __init__(self, session: Session) -> None:
        self._session = session

    def subscriptions(self) -> list[Subscription]:
        found: list[Subscription] = []
        for page in range(1, _MOST_PAGES):
            answer, rows = self._session.ask(_WEBHOOKS, {"per_page": 100, "page": page}, OBJECT)
            if not isinstance(rows, list):
                raise self._session.misshapen(str(answer.url), ShapeError("it should be a list"))
            for one in cast(list[dict[str, Any]], rows):
                is_active = one.get("status") == "active"
                topics = (str(one.get("topic")),)
                found.append(Subscription(str(one.get("id")), topics, str(one.get("delivery_url")), is_active))
            if len(cast(list[Any], rows)) < 100:
                break
        return found

    def add(self, topics: tuple[str, ...], address: str) -> str | None:
        secrets = self._session.connection.signing_secrets()
        if not secrets:
            raise self._session.error(
                "WooCommerce signs with a secret of your own: set one in the environment and name it in sources.toml, "
                'webhook_secrets = ["env:NAME_OF_THE_VARIABLE"].'
            )
        for topic in topics:
            wanted = {
                **{"name": f"Countinghouse {topic}", "topic": topic, "delivery_url": address},
                **{"secret": secrets[0], "status": "active"},
            }
            _, made = self._session.ask(_WEBHOOKS, None, OBJECT, json=wanted)
            if made.get("status") != "active":
                raise self._session.error(
                    f"the shop could not reach {address} (it tries a new webhook out at once), so {topic} is not "
                    "active. Start the API there, then register again."
                )
        return None

    def change(self, subscription: Subscription, topics: tuple[str, ...]) -> None:
        # A subscription has one topic here, so register adds and removes whole ones: only Stripe's are changed.
        raise NotImplementedError

    def remove(self, subscription: Subscription) -> None:
        path = f"{_WEBHOOKS}/{quote(subscription.id, safe='')}"
        self._session.ask(path, {"force": "true"}, OBJECT, method="DELETE", may_be_missing=True)


class _Stripe:
    """https://docs.stripe.com/api/webhook_endpoints: one endpoint for all topics; it tells its secret once."""

    is_each_topic = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def subscriptions(self) -> list[Subscription]:
        # An account has at most sixteen.
        _, page = self._session.ask(_ENDPOINTS, {"limit": 100}, OBJECT)
        return [
            Subscription(
                str(one["id"]), tuple(map(str, one["enabled_events"])), str(one["url"]), one.get("status") == "enabled"
            )
            for one in page.get("data") or ()
        ]

    def add(self, topics: tuple[str, ...], address: str) -> str | None:
        # Without a version of its own an endpoint would be told in the account's, which may be any.
        version = self._session.source.headers["Stripe-Version"]
        form = {"url": address, "enabled_events[]": list(topics), "api_version": version}
        _, made = self._session.ask(_ENDPOINTS, None, OBJECT, form=form)
        return str(made["secret"]) if made.get("secret") else None

    def change(self, subscription: Subscription, topics: tuple[str, ...]) -> None:
        form = {"enabled_events[]": list(topics), "disabled": "false"}
        self._session.ask(f"{_ENDPOINTS}/{quote(subscription.id, safe='')}", None, OBJECT, form=form)

    def remove(self, subscription: Subscription) -> None:
        path = f"{_ENDPOINTS}/{quote(subscription.id, safe='')}"
        self._session.ask(path, None, OBJECT, method="DELETE", may_be_missing=True)
