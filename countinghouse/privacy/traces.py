"""What to look for before a redaction may be called done, kept in a file of its owner's only until it is.

It has to outlive the process: one that is killed after the erasing cannot know any more what was erased, and who goes
on has to prove that it is gone.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path


class Traces:
    """The files below `privacy/work`, one for each request that is in progress."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, request_id: str, texts: Iterable[str]) -> None:
        """Keep texts in addition to those a begun request has."""
        known = self.read([request_id])
        wanted = sorted(known | set(texts))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path(request_id).with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(wanted, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(request_id))

    def read(self, request_ids: Iterable[str]) -> set[str]:
        """What to look for, for these requests."""
        found: set[str] = set()
        for request_id in request_ids:
            path = self._path(request_id)
            if path.exists():
                found |= set(json.loads(path.read_text(encoding="utf-8")))
        return found

    def forget(self, known: Iterable[str]) -> None:
        """Remove the files of all requests but these."""
        kept = {self._path(request_id) for request_id in known}
        for path in self.folder.glob("*"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _path(self, request_id: str) -> Path:
        # A platform's name of a request may hold what no file name may.
        return self.folder / f"{hashlib.sha256(request_id.encode()).hexdigest()[:24]}.json"
