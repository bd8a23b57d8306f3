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
    warnings: tuple[str, ...] = ()
