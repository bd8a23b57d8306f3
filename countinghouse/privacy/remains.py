"""What is left: every file below the data directory looked through for what was erased.

DuckDB files are asked by SQL, since their texts lie compressed; all others are read byte by byte. What stands in raw
after the erasing is another's, or another shop's, and is not looked for.
"""

import json
import mmap
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb

from countinghouse.settings import Settings
from countinghouse.warehouse.connect import open_warehouse
from countinghouse.warehouse.rewrite import search, search_file, texts_in_raw

_NOT_LOOKED_AT = ("privacy/",)


def remains(settings: Settings, texts: Collection[str]) -> dict[str, int]:
    """Where something is left: for each table or file, how many of the texts. Called as the one writer."""
    wanted = {text for text in texts if text}
    if not wanted:
        return {}
    with open_warehouse(settings) as con:
        others = texts_in_raw(con, wanted)
        wanted = {text for text in wanted if text.lower() not in others}
        found = search(con, wanted) if wanted else {}
    if not wanted:
        return {}
    for path in _files(settings.data_dir):
        place = path.relative_to(settings.data_dir).as_posix()
        if place.startswith(_NOT_LOOKED_AT) or path == settings.warehouse_path:
            continue
        if _is_duckdb(path):
            try:
                found |= {f"{place}: {table}": count for table, count in search_file(path, wanted).items()}
            except duckdb.Error:
                found[f"{place}: cannot be opened"] = 1
        elif count := len(held_by(path, wanted)):
            found[place] = count
    return found


def clean_logs(settings: Settings, texts: Collection[str]) -> int:
    """Blot texts out of the log files and the validation report; how many files that changed.

    A log is text for people, and its lines stay. A running process goes on writing into the file it has open, so the
    bytes are overwritten where they are.
    """
    changed = 0
    for folder in (settings.logs_dir, settings.quality_dir):
        for path in _files(folder):
            held = held_by(path, texts)
            if not held:
                continue
            with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
                for form in held:
                    place = content.find(form)
                    while place >= 0:
                        content[place : place + len(form)] = b"*" * len(form)
                        place = content.find(form, place + 1)
            changed += 1
    return changed


def held_by(path: Path, texts: Collection[str]) -> set[bytes]:
    """Which of some texts a file holds, as they are or as JSON escapes them."""
    forms = {form for text in texts for form in (text.encode(), text.lower().encode(), json.dumps(text)[1:-1].encode())}
    try:
        if path.stat().st_size == 0:
            return set()
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return {form for form in forms if content.find(form) >= 0}
    except FileNotFoundError:
        return set()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _is_duckdb(path: Path) -> bool:
    # https://duckdb.org/docs/internals/storage: four bytes at the eighth.
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"
