"""When the deployment runs, for `prefect.yaml`."""

from countinghouse.settings import load_settings


def of_settings() -> dict[str, str]:
    """A build step of `prefect deploy`: SCHEDULE_CRON, every night at two (UTC) where it is not set."""
    return {"cron": load_settings().schedule_cron}
