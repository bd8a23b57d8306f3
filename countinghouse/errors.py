"""What can go wrong, said so that the reader knows what to do next.

Every message is a sentence for the person who runs the books: what was found, in which connection, what to do. None
of them ever holds a secret.
"""


class CountinghouseError(Exception):
    """Base of every error a user can cause or cure; shown without a traceback."""


class SettingsError(CountinghouseError):
    """A setting, or `sources.toml`, is missing or wrong."""


class SourceError(CountinghouseError):
    """A source could not be read, or what it sent cannot be trusted. The other sources are not affected."""

    def __init__(self, connection: str, message: str) -> None:
        # Both go into `args`, so that the error survives being pickled by a task runner.
        super().__init__(connection, message)
        self.connection = connection
        self.message = message

    def __str__(self) -> str:
        return f"{self.connection}: {self.message}"


class WarehouseError(CountinghouseError):
    """The warehouse, a landed batch or the published copy cannot be used as it is."""


class WarehouseInUseError(WarehouseError):
    """Another process is the one writer just now."""


class PublishRefused(CountinghouseError):
    """A critical check failed, so the last good copy stays in place."""


class InboxError(CountinghouseError):
    """The inbox of webhooks cannot be used as it is."""


class DeliveryError(CountinghouseError):
    """A delivery is not what the platform sends, though its sender may be; nothing of it was kept."""
