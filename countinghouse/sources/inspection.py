"""What a source tells of itself when a connection is tried out, without reading its rows."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Findings:
    """Everything is None where the source does not tell."""

    version: str | None = None
    scopes: tuple[str, ...] | None = None
    timezone: str | None = None  # IANA
    currency: str | None = None
    rows: dict[str, int] = field(default_factory=dict[str, int])  # visible now, for each resource that tells
    lacking: tuple[str, ...] = ()  # rights that are needed and not there, or there for a part only
    excess: tuple[str, ...] = ()  # rights that are there and not needed, such as writing
    problems: tuple[str, ...] = ()  # what a run could not read, in sentences
    warnings: tuple[str, ...] = ()
