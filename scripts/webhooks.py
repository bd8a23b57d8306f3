"""Set up webhooks at the platforms, see what is set up, take it away, and look into the inbox.

python scripts/webhooks.py list                    what each platform delivers, to whom
python scripts/webhooks.py register                have every shop and account deliver to COUNTINGHOUSE_PUBLIC_URL
python scripts/webhooks.py remove                  end what is delivered there
python scripts/webhooks.py inbox                   how the events stand, and what was set aside
python scripts/webhooks.py retry                   let what was set aside be tried again
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from countinghouse.errors import CountinghouseError, SettingsError, SourceError
from countinghouse.settings import Connection, Settings, load_settings
from countinghouse.webhooks import registration
from countinghouse.webhooks.inbox import Books
from countinghouse.webhooks.topics import TOPICS

_WRITE = "Setting up webhooks needs a key that may write them, for this command only: see docs/webhooks.md."
_PRIVACY = (
    "the three privacy topics cannot be set up by command: put the address above into the app's configuration "
    "(compliance_topics)."
)


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; exit code 1 where it went wrong for a connection."""
    parser = argparse.ArgumentParser(
        prog="webhooks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("list", "register", "remove", "inbox", "retry"))
    parser.add_argument("--connection", help="this one only, instead of all that push news")
    chosen = parser.parse_args(arguments)
    try:
        settings = load_settings()
        if chosen.command == "inbox":
            return show_inbox(settings)
        if chosen.command == "retry":
            return retry(settings, chosen.connection)
        work = {"list": show, "register": register, "remove": remove}[chosen.command]
        return for_each(settings, chosen.connection, work)
    except CountinghouseError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def for_each(settings: Settings, name: str | None, work: Callable[[Settings, Connection], None]) -> int:
    """Do something for one connection or for all that push; one that fails stops no other."""
    if name is not None:
        connections = [settings.connection(name)]
    else:
        connections = [one for one in settings.enabled_connections if one.kind in TOPICS]
    if not connections:
        raise SettingsError("No connection pushes news: only shopify, woocommerce and stripe do.")
    code = 0
    for connection in connections:
        try:
            work(settings, connection)
        except SourceError as error:
            hint = f" {_WRITE}" if work is not show else ""
            print(f"{error}{hint}")
            code = 1
        except SettingsError as error:
            print(error)
            code = 1
    return code


def public_url(settings: Settings) -> str:
    """Where the platforms reach us; SettingsError where nobody has said."""
    if settings.public_url is None:
        raise SettingsError(
            "COUNTINGHOUSE_PUBLIC_URL is not set: write the address under which the platforms reach the API, such as "
            "https://books.example.com."
        )
    return settings.public_url


def show(settings: Settings, connection: Connection) -> None:
    """What the platform delivers."""
    ours = registration.address_of(connection, settings.public_url) if settings.public_url else None
    found = registration.subscriptions(connection)
    print(f"{connection.name} ({connection.kind}): {len(found)} subscriptions")
    for one in found:
        mark = "→" if one.address == ours else " "
        state = "" if one.is_active else ", switched off"
        topics = one.topics[0] if len(one.topics) == 1 else f"{len(one.topics)} topics"
        print(f"  {mark} {topics:<24} {one.address}{state}")


def register(settings: Settings, connection: Connection) -> None:
    """Have the platform deliver here."""
    change = registration.register(connection, public_url(settings))
    print(f"{connection.name} ({connection.kind}): {registration.address_of(connection, public_url(settings))}")
    print(f"    {len(change.added)} topics added, {len(change.kept)} were there, {len(change.removed)} taken away")
    if change.secret is not None:
        print("    Stripe signs with the secret below and tells it this once. Put it into an environment variable,")
        print('    name that in sources.toml (webhook_secrets = ["env:STRIPE_WEBHOOK_SECRET"]), start the API again:')
        print(f"    {change.secret}")
    if connection.kind == "shopify":
        print(f"    {_PRIVACY}")


def remove(settings: Settings, connection: Connection) -> None:
    """End what the platform delivers here."""
    gone = registration.remove(connection, public_url(settings))
    print(f"{connection.name} ({connection.kind}): {len(gone)} subscriptions ended")


def show_inbox(settings: Settings) -> int:
    """How the events stand."""
    if not settings.inbox_path.exists():
        print("No webhook has ever come in.")
        return 0
    with Books(settings.inbox_path) as books:
        print(f"{'connection':<16} {'topic':<28} {'waiting':>8} {'done':>8} {'aside':>6}  oldest waiting")
        for one in books.standings():
            counts = f"{one.waiting:>8,} {one.done:>8,} {one.set_aside:>6,}"
            print(f"{one.connection:<16} {one.topic:<28} {counts}  {ago(one.oldest_waiting_at)}")
        aside = books.aside()
        for event in aside[:20]:
            print(f"\n{event.connection}: {event.topic} {event.event_id}, tried {event.tries} times: {event.error}")
        if len(aside) > 20:
            print(f"\nand {len(aside) - 20:,} more")
    return 0


def ago(instant: datetime | None) -> str:
    """How long ago, in one unit."""
    if instant is None:
        return ""
    minutes = int((datetime.now(UTC) - instant).total_seconds() // 60)
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


def retry(settings: Settings, connection: str | None) -> int:
    """Let what was set aside wait again."""
    with Books(settings.inbox_path) as books:
        count = books.retry(connection)
    print(f"{count:,} events wait again; the next drain tries them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
