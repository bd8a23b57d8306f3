"""The published versions on disk, and the link that says which one readers see."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

KEPT_VERSIONS = 5


@dataclass(frozen=True)
class Shelf:
    """The versions of one environment on disk, and the link that says which one readers see."""

    folder: Path
    environment: str

    @property
    def link(self) -> Path:
        """What readers open: `published/<environment>.duckdb`."""
        return self.folder / f"{self.environment}.duckdb"

    def path(self, version: int) -> Path:
        """Where a version lies, written or not."""
        return self.folder / "versions" / f"{self.environment}-{version:012d}.duckdb"

    def versions(self) -> list[int]:
        """Every whole version on disk, oldest first."""
        name = re.compile(re.escape(self.environment) + r"-(\d{12})\.duckdb")
        found = (name.fullmatch(path.name) for path in (self.folder / "versions").glob("*.duckdb"))
        return sorted(int(match[1]) for match in found if match)

    def current(self) -> int | None:
        """The version the link names; None before the first publication."""
        if not self.link.is_symlink():
            return None
        named = re.search(r"-(\d{12})\.duckdb$", str(self.link.readlink()))
        return int(named[1]) if named else None

    def point_to(self, version: int) -> None:
        """Swap the link: readers see the old version until this instant, the new one after it."""
        fresh = self.link.with_suffix(".duckdb.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.path(version).relative_to(self.folder))
        fresh.replace(self.link)
        sync(self.folder)

    def sweep(self) -> None:
        """Remove what a killed run left: half-written files, and whole ones the link never reached."""
        for rest in (self.folder / "versions").glob(f"{self.environment}-*.duckdb.part*"):
            rest.unlink()
        current = self.current() or 0
        for version in self.versions():
            if version > current:
                self.path(version).unlink()

    def prune(self) -> None:
        """Keep the newest few. A reader that still has an older one open keeps it until it closes it."""
        for version in self.versions()[:-KEPT_VERSIONS]:
            if version != self.current():
                self.path(version).unlink()


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's entries, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
