"""`make api-keys`: make, list and revoke the keys of the HTTP API.

scripts/api_keys.py make "Warehouse of Acme" [--personal] [--days 90]
scripts/api_keys.py list
scripts/api_keys.py revoke 1f3a5c7e9b0d
"""

import argparse
import sys
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from countinghouse.api_keys import SCOPES, ApiKey, KeyRing
from countinghouse.errors import CountinghouseError
from countinghouse.settings import load_settings


def standing(key: ApiKey, now: datetime) -> str:
    """In a word, whether a key still opens anything."""
    if key.revoked_at:
        return "revoked"
    return "usable" if key.is_usable(now) else "expired"


def day(instant: datetime | None, otherwise: str) -> str:
    """An instant as people read it in a list."""
    return f"{instant:%Y-%m-%d %H:%M}Z" if instant else otherwise


def show(ring: KeyRing) -> None:
    """Print every key but what it is."""
    keys = ring.keys()
    if not keys:
        print(
            "There is no key yet: the API answers on this machine only, and without one. "
            "Make the first: make api-keys ARGS='make \"what it is for\"'"
        )
        return
    table = Table("id", "label", "scopes", "state", "made", "expires", "last used", box=None)
    for key in keys:
        table.add_row(
            key.id,
            key.label,
            " ".join(sorted(key.scopes)),
            standing(key, datetime.now(UTC)),
            day(key.created_at, ""),
            day(key.expires_at, "never"),
            day(key.last_used_at, "never"),
        )
    Console(highlight=False).print(table)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/api_keys.py", description="Keys of the HTTP API.")
    what = parser.add_subparsers(dest="what")
    what.add_parser("list", help="every key ever made, without the key itself")
    make = what.add_parser("make", help="make a key and show it, once")
    make.add_argument("label", help="what the key is for, so that it can be told from others")
    make.add_argument("--personal", action="store_true", help=SCOPES["personal"])
    make.add_argument("--days", type=int, help="how many days it is good for (default: until it is revoked)")
    revoke = what.add_parser("revoke", help="let a key open nothing from now on")
    revoke.add_argument("id", help="the key's id, as the list shows it")
    return parser.parse_args()


def main() -> int:
    """Do what was asked for; exit code 1 and a sentence where that is not possible."""
    chosen = arguments()
    try:
        ring = KeyRing(load_settings().api_keys_path)
        if chosen.what == "make":
            if chosen.days is not None and not 0 < chosen.days <= 36500:
                raise CountinghouseError(f"A key cannot be good for {chosen.days} days; write a number from 1.")
            expires_at = datetime.now(UTC) + timedelta(days=chosen.days) if chosen.days else None
            scopes = ("read", "personal") if chosen.personal else ("read",)
            print(ring.make(chosen.label, scopes, expires_at=expires_at))
            sys.stderr.write("This is the only time the key is shown. Send it as `Authorization: Bearer <key>`.\n")
        elif chosen.what == "revoke":
            key = ring.revoke(chosen.id)
            print(f"Revoked: {key.id} ({key.label}) opens nothing from now on.")
        else:
            show(ring)
    except CountinghouseError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
