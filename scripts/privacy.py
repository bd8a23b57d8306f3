"""Answer and erase: what people ask about their own data.

python scripts/privacy.py list                                      what was asked, what was done, what is waiting
python scripts/privacy.py export --connection shop-eu --customer 5  write what the books have of somebody to a file
python scripts/privacy.py redact --connection shop-eu --customer 5  show what would be erased; with --yes, erase it
python scripts/privacy.py carry-out                                 what came by webhook, and what was begun
python scripts/privacy.py carry-out --shop shop-us                  the shop/redact of shop-us, too

Somebody is named by --customer, --email or --order, each as often as needed. --everywhere adds the same person's
accounts in every other connection: for whoever asked the merchant, and not one shop.
"""

import argparse
import sys
from collections.abc import Sequence

from countinghouse.errors import CountinghouseError, SettingsError
from countinghouse.privacy.erasing import normalised
from countinghouse.privacy.inboxed import REDACT_SHOP
from countinghouse.privacy.requests import Request, requests
from countinghouse.privacy.subject import Asked, find, row_id, rules_of
from countinghouse.settings import Settings, load_settings, set_up_tools
from countinghouse.warehouse.connect import open_warehouse


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; exit code 1 where it could not be, or something is left."""
    parser = argparse.ArgumentParser(
        prog="privacy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("list", "export", "redact", "carry-out"))
    parser.add_argument("--connection", help="the shop or account that somebody is a customer of")
    parser.add_argument("--customer", action="append", default=[], metavar="ID", help="the platform's id of them")
    parser.add_argument("--email", action="append", default=[], help="an address, as of a guest")
    parser.add_argument("--order", action="append", default=[], metavar="ID", help="the platform's id of an order")
    parser.add_argument("--everywhere", action="store_true", help="the same person in all other connections, too")
    parser.add_argument("--yes", action="store_true", help="erase; it cannot be undone")
    parser.add_argument("--shop", action="append", default=[], metavar="NAME", help="carry out its shop/redact")
    chosen = parser.parse_args(arguments)
    set_up_tools()
    try:
        settings = load_settings()
        match chosen.command:
            case "list":
                return show(settings)
            case "carry-out":
                return carry_out(settings, chosen.shop)
            case "export":
                return export(settings, named(settings, chosen), everywhere=chosen.everywhere)
            case _:
                return redact(settings, named(settings, chosen), everywhere=chosen.everywhere, is_meant=chosen.yes)
    except CountinghouseError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def named(settings: Settings, chosen: argparse.Namespace) -> Asked:
    """Whom a command names; SettingsError where it names nobody, or no connection the books know."""
    if not chosen.connection:
        raise SettingsError("Say of which connection: --connection shop-eu.")
    with open_warehouse(settings) as con:
        row = con.execute("SELECT kind FROM ops.connections WHERE connection = ?", [chosen.connection]).fetchone()
    # One that was taken out of sources.toml still has its rows in the books.
    kind: str = row[0] if row else settings.connection(chosen.connection).kind
    if not list(rules_of(kind)):
        raise SettingsError(f"{chosen.connection} is of kind {kind}, which has no people in it.")
    asked = Asked(
        chosen.connection,
        kind,
        frozenset(row_id(kind, "customers", one) for one in chosen.customer),
        frozenset(normalised(one) for one in chosen.email),
        frozenset(row_id(kind, "orders", one) for one in chosen.order),
    )
    if asked.is_empty:
        raise SettingsError("Say whom: --customer ID, --email ADDRESS or --order ID.")
    return asked


def show(settings: Settings) -> int:
    """What was asked and done, and what waits for somebody's word."""
    from flows.privacy import waiting

    for one in waiting(settings):
        what = f"{one.event.connection:<16} {one.event.topic:<24} came {one.received_at:%Y-%m-%d %H:%M} UTC, waits"
        if one.event.topic == REDACT_SHOP:
            what += f" for your word: make privacy ARGS='carry-out --shop {one.event.connection}'"
        print(what)
    with open_warehouse(settings) as con:
        known = requests(con)
    for request in known:
        print(in_words(request))
    if not known and not waiting(settings):
        print("Nobody has asked about their data.")
    return 0


def in_words(request: Request) -> str:
    """One line of the record."""
    places = ", ".join(f"{place} {count:,}" for place, count in request.places.items() if count)
    done = f"done {request.done_at:%Y-%m-%d %H:%M} UTC" if request.done_at else request.status
    line = f"{request.connection:<16} {request.kind:<12} asked {request.requested_at:%Y-%m-%d %H:%M} UTC, {done}"
    line += f"; {request.row_count or 0:,} rows" + (f"; {places}" if places else "")
    return f"{line}\n  {request.error}" if request.error else line


def wanted(settings: Settings, asked: Asked, *, everywhere: bool) -> Sequence[Asked]:
    """The request, in one connection or in all."""
    from flows.privacy import extended

    return extended(settings, asked) if everywhere else [asked]


def export(settings: Settings, asked: Asked, *, everywhere: bool) -> int:
    """Write what the books have of somebody."""
    from flows.privacy import export as write
    from flows.progress import in_files, on_terminal

    with on_terminal(), in_files(settings.logs_dir):
        path = write(settings, wanted(settings, asked, everywhere=everywhere))
    print(f"Hand on {path} and remove it; it goes by itself after 30 days.")
    return 0


def redact(settings: Settings, asked: Asked, *, everywhere: bool, is_meant: bool) -> int:
    """Show what would be erased, or erase it."""
    asking = wanted(settings, asked, everywhere=everywhere)
    if not is_meant:
        with open_warehouse(settings) as con:
            found = [find(con, one) for one in asking]
        for one in found:
            counts = ", ".join(f"{len(ids):,} {resource}" for resource, ids in sorted(one.rows.items()) if ids)
            print(f"{one.asked.connection:<16} {counts or 'nothing'}")
        print("Nothing was changed. To erase the personal data in these rows, which cannot be undone, add --yes.")
        return 0
    from flows.privacy import redact as begin
    from flows.progress import in_files, on_terminal

    with on_terminal(), in_files(settings.logs_dir):
        begin(settings, asking)
    return carry_out(settings, [])


def carry_out(settings: Settings, shops: Sequence[str]) -> int:
    """Run the flow here."""
    from flows.privacy import privacy
    from flows.progress import on_terminal
    from flows.server import prefect_api

    with on_terminal(), prefect_api(settings.logs_dir):
        carried = privacy(list(shops))
    return 1 if carried.left else 0


if __name__ == "__main__":
    sys.exit(main())
