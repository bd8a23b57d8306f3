"""Try every connection out, in under ten seconds: reached, credentials, rights, version, time zone, currency, rows.

Exit code 0 where a run could read everything, 1 where something is to be mended.
"""

import os
import sys

from rich.console import Console
from rich.table import Table

from countinghouse.errors import CountinghouseError
from countinghouse.inspection import Report, inspect_all
from countinghouse.settings import load_settings


def table_of(reports: list[Report]) -> Table:
    """One row for each connection."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Connection", "Kind", "Answer", "Version", "Time zone", "Currency"):
        table.add_column(name, no_wrap=True)
    table.add_column("Rights")
    table.add_column("Rows visible")
    for report in reports:
        found = report.findings
        table.add_row(
            report.connection.name,
            report.connection.kind,
            f"ok, {report.seconds:.1f} s" if report.is_good else "[bold red]problem[/]",
            found.version or "—",
            found.timezone or "—",
            found.currency or "—",
            ", ".join(found.scopes) if found.scopes is not None else "—",
            ", ".join(f"{name} {'yes' if rows is None else f'{rows:,}'}" for name, rows in report.rows.items()) or "—",
        )
    return table


def main() -> int:
    """Print the table, then what is to be mended."""
    reports = inspect_all(load_settings().enabled_connections)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table_of(reports))
    for report in reports:
        for problem in report.problems:
            console.print(f"[bold red]{report.connection.name}[/]: {problem}", soft_wrap=True, markup=True)
        for warning in report.warnings:
            console.print(f"[yellow]{report.connection.name}[/]: {warning}", soft_wrap=True)
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
