"""How the last run ended, in a small file beside the published copy.

Readers see the published copy only, and a run that failed publishes nothing. This file is what tells them: the copy is
the last good one, and why there is no newer. It is replaced in one step and never half written.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from countinghouse.settings import Settings


@dataclass(frozen=True)
class FailedCheck:
    """One rule that did not hold; examples are keys, never personal data."""

    layer: str
    table_name: str
    rule: str
    severity: str
    failing_rows: int
    examples: str


@dataclass(frozen=True)
class RunStatus:
    """The end of one run; instants carry their zone, UTC.

    published_version  None when it published nothing
    error              sentences for people, one a line
    sources_failed     names of the connections that could not be read to their end
    failed_checks      every rule that did not hold, warnings too
    """

    run_id: str
    environment: str
    status: str
    started_at: datetime
    finished_at: datetime
    as_of_at: datetime | None
    published_version: int | None
    error: str | None
    sources_failed: tuple[str, ...]
    failed_checks: tuple[FailedCheck, ...]

    @property
    def has_stopped_publishing(self) -> bool:
        """Whether readers are left with an older copy."""
        return self.status == "failed"


def status_path(settings: Settings) -> Path:
    """`published/<environment>.status.json`."""
    return settings.published_path.with_suffix(".status.json")


def write_status(settings: Settings, status: RunStatus) -> None:
    """Replace the status file in one step."""
    path = status_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(status), default=str, indent=2) + "\n")
    temporary.replace(path)


def read_status(path: Path) -> RunStatus | None:
    """How the last run ended; None before the first run, and for a file no version of this code wrote."""
    try:
        stored = json.loads(path.read_text())
        instants = {
            name: datetime.fromisoformat(stored[name]) if stored[name] else None
            for name in ("started_at", "finished_at", "as_of_at")
        }
        checks = tuple(FailedCheck(**check) for check in stored["failed_checks"])
        return RunStatus(
            **(stored | instants | {"failed_checks": checks, "sources_failed": tuple(stored["sources_failed"])})
        )
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
