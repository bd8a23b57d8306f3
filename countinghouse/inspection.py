"""Tries every connection out: is it reached, does it take the credentials, what may they see.

Nothing is read but a row or two of each resource, and nothing is kept. Missing rights show as missing rows in most
APIs, not as errors: so the rows that are visible are counted where the source tells, for people to compare with what
they know.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from countinghouse.connections import Connection
from countinghouse.errors import CountinghouseError
from countinghouse.sources import SOURCES
from countinghouse.sources.base import Resource, Source
from countinghouse.sources.client import Client
from countinghouse.sources.counted import Beneath, CountedLists
from countinghouse.sources.inspection import Findings
from countinghouse.sources.modified import Modified
from countinghouse.sources.paging import Query
from countinghouse.sources.patience import Patience
from countinghouse.sources.session import Session

DEADLINE_SECONDS = 8.0
# Somebody waits for the answer: a source that is down is not given a second minute.
_HURRIED = Patience(tries=2, total=4, quick_tries=1, quick_total=2, first=0.2, longest=2, answer=6)


@dataclass
class Report:
    """What was found of one connection; `rows` has None where a resource answers but does not tell how many it has."""

    connection: Connection
    findings: Findings = field(default_factory=Findings)
    rows: dict[str, int | None] = field(default_factory=dict[str, "int | None"])
    problems: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether a run could read everything."""
        return not self.problems


def inspect_all(connections: Iterable[Connection], deadline: float = DEADLINE_SECONDS) -> list[Report]:
    """Try all connections side by side; one that does not answer in time is reported as such."""
    reports = {connection.name: Report(connection) for connection in connections}
    pool = ThreadPoolExecutor(max_workers=max(len(reports), 1), thread_name_prefix="inspect")
    futures: dict[Future[None], Report] = {pool.submit(_inspect, report): report for report in reports.values()}
    _, late = wait(futures, timeout=deadline)
    for future in late:
        report = futures[future]
        reports[report.connection.name] = Report(
            report.connection,
            report.findings,
            dict(report.rows),
            problems=[f"it did not answer within {deadline:.2g} seconds; try again, or check its url."],
            seconds=deadline,
        )
    # Threads that still wait for an answer end with the process.
    pool.shutdown(wait=False, cancel_futures=True)
    return list(reports.values())


def _inspect(report: Report) -> None:
    began = time.monotonic()
    connection, source = report.connection, SOURCES[report.connection.kind]
    try:
        if source.inspect is not None:
            report.findings = _findings(connection, source)
            report.rows |= report.findings.rows
            report.problems += report.findings.problems
            report.warnings += report.findings.warnings
        if source.reader is None:
            _probe_all(report, source)
    except CountinghouseError as error:
        report.problems.append(_without_name(str(error), connection.name, "connection"))
    except Exception as error:
        report.problems.append(f"{type(error).__name__}: {error}")
    report.warnings += _compare(connection, report.findings)
    report.seconds = time.monotonic() - began


def _findings(connection: Connection, source: Source) -> Findings:
    assert source.inspect is not None
    if not source.is_web:
        return source.inspect(connection)
    with Session(connection, source, "connection", patience=_HURRIED) as session:
        return source.inspect(session)


def _probe_all(report: Report, source: Source) -> None:
    """Ask for a row of each resource; the same trouble of all of them is told once."""
    troubles: dict[str, list[str]] = {}
    with ThreadPoolExecutor(max_workers=4) as pool:
        probes = [pool.submit(_probe, report.connection, source, resource) for resource in source.resources]
        for resource, probe in zip(source.resources, probes, strict=True):
            answer = probe.result()
            if isinstance(answer, str):
                troubles.setdefault(answer, []).append(resource.name)
            else:
                report.rows[resource.name] = answer
    for trouble, names in troubles.items():
        which = "" if len(names) == len(source.resources) else f"{', '.join(names)}: "
        report.problems.append(f"{which}{trouble}")


def _probe(connection: Connection, source: Source, resource: Resource) -> int | str | None:
    """How many rows a resource has, None where it does not tell, or what went wrong."""
    changes = resource.changes
    narrowed: Query = changes.narrow(None, None) if isinstance(changes, Modified) else {}
    if isinstance(changes, CountedLists):
        narrowed = changes.lists[0]
    try:
        with Client(connection, resource, patience=_HURRIED) as client:
            page = client.page({**source.paging.first(1), **narrowed})
            # What lies beneath other rows is not counted: the list that was asked for is that of the rows above.
            return None if isinstance(changes, Beneath) else source.paging.total(page)
    except CountinghouseError as error:
        return _without_name(str(error), connection.name, resource.name)


def _compare(connection: Connection, findings: Findings) -> Iterator[str]:
    """Where the settings say something else than the source says of itself."""
    if findings.timezone and findings.timezone != connection.timezone:
        yield f"its own time zone is {findings.timezone}, the settings say {connection.timezone}, which counts."
    if findings.currency and findings.currency != connection.currency:
        yield f"its own currency is {findings.currency}, the settings say {connection.currency}: correct the settings."


def _without_name(message: str, *names: str) -> str:
    for name in names:
        message = message.removeprefix(f"{name}: ")
    return message
