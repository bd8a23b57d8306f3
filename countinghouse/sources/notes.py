"""What a reading must remember until its batch is closed: the name of an export that is under way, and no more.

The cursor belongs to the warehouse and moves with the rows. A note is for a reading that takes hours at the source:
when it is killed, the next one goes on with the same export instead of asking for another.
"""

import os
from pathlib import Path


class Notes:
    """One small text beside the landing of one resource."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def folder(self) -> Path:
        """Where the reading may lay down what it needs until then; removing it is its own business."""
        return self._path.parent

    def read(self) -> str | None:
        """The note; None where there is none."""
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, text: str) -> None:
        """Keep a note, on disk when this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def clear(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)
