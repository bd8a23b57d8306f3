"""Try every connection out, in under ten seconds: reached, credentials, rights, version, time zone, currency, rows.

Exit code 0 where a run could read everything, 1 where something is to be mended.
"""

import time

# Ten seconds are from the command to the last line, and reading the modules below takes one or two of them.
_BEGAN = time.monotonic()

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from rich.console import Console  # noqa: E402
from rich.markup import escape  # noqa: E402
from rich.table import Table  # noqa: E402

from countinghouse.errors import CountinghouseError  # noqa: E402
from countinghouse.inspection import DEADLINE_SECONDS, Report, inspect_all  # noqa: E402
from countinghouse.settings import load_settings  # noqa: E402

_LAST_MOMENT = _BEGAN + 9
# From so many columns on, each fact has a column of its own; on a narrower screen they stand below each other.
_WIDE = 120
_WIDTH_OF_A_FILE = 120
# So many lists are shown with their rows, one more where there is room.
_SHOWN, _ROOMY = 2, 140
# What an owner knows the number of comes first.
_KNOWN = ("orders", "customers", "products", "carts", "charges", "users")


def table_of(reports: list[Report], width: int) -> Table:
    """One row for each connection."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    is_wide = width >= _WIDE
    names = (
        ("Connection", "Kind", "Answer", "Version", "Time zone", "Currency", "Rights")
        if is_wide
        else ("Connection", "Answer", "Time zone", "Rights")
    )
    for name in names:
        table.add_column(name, no_wrap=True)
    table.add_column("Rows visible")
    for report in reports:
        found, kind = report.findings, report.connection.kind
        answer = f"ok, {report.seconds:.1f} s" if report.is_good else "[bold red]problem[/]"
        version, zone, currency = (fact or "—" for fact in (found.version, found.timezone, found.currency))
        if is_wide:
            facts = (report.connection.name, kind, answer, version, zone, currency, rights(report))
        else:
            with_version = f"{kind} {found.version}" if found.version else kind
            facts = (f"{report.connection.name}\n[dim]{with_version}[/]", answer, f"{zone}\n{currency}", rights(report))
        table.add_row(*facts, rows(report, _SHOWN + (width >= _ROOMY)))
    return table


def rights(report: Report) -> str:
    """What the rights that were granted come to beside those that are needed."""
    found = report.findings
    if found.lacking:
        return f"[bold red]{len(found.lacking)} lacking[/]"
    if found.excess:
        return "[yellow]too many[/]"
    return "enough" if found.scopes is not None else "—"


def rows(report: Report, most: int) -> str:
    """The rows of the lists whose size an owner knows, and how many more lists there are."""
    counted = {name: count for name, count in report.rows.items() if count is not None}
    if not counted:
        lists = "1 list" if len(report.rows) == 1 else f"{len(report.rows)} lists"
        return f"{lists}, not counted" if report.rows else "—"
    order = [name for name in _KNOWN if name in counted] + [name for name in counted if name not in _KNOWN]
    shown = [f"{name} {counted[name]:,}" for name in order[:most]]
    more = len(report.rows) - len(shown)
    return ", ".join(shown) + (f" +{more}" if more else "")


def all_rows(report: Report) -> str:
    """Every list with its rows, in one line."""
    return ", ".join(f"{name} {'yes' if count is None else f'{count:,}'}" for name, count in report.rows.items())


def main() -> int:
    """Print the table, then what is to be mended."""
    parser = argparse.ArgumentParser(description="Try every connection out.")
    parser.add_argument("--rows", action="store_true", help="tell the rows of every list, and every right by its name")
    arguments = parser.parse_args()
    connections = load_settings().enabled_connections
    reports = inspect_all(connections, min(_LAST_MOMENT - time.monotonic(), DEADLINE_SECONDS))
    is_screen = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(highlight=False, width=None if is_screen else _WIDTH_OF_A_FILE)
    console.print(table_of(reports, console.width))
    for report in reports:
        name = report.connection.name
        if arguments.rows and report.rows:
            console.print(f"{name}: {all_rows(report)}", soft_wrap=True)
        if arguments.rows and report.findings.scopes:
            console.print(f"{name}: rights {', '.join(report.findings.scopes)}", soft_wrap=True)
        for problem in report.problems:
            console.print(f"[bold red]{name}[/]: {escape(problem)}", soft_wrap=True)
        for warning in report.warnings:
            console.print(f"[yellow]{name}[/]: {escape(warning)}", soft_wrap=True)
    return 0 if all(report.is_good for report in reports) else 1


if __name__ == "__main__":
    try:
        code = main()
    except CountinghouseError as error:
        sys.stderr.write(f"{error}\n")
        code = 1
    sys.stdout.flush()
    # A source that never answers must not keep the command from ending.
    os._exit(code)
