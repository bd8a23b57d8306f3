"""When the deployments run, for `prefect.yaml`."""

from countinghouse.settings import load_settings


def of_settings() -> dict[str, str]:
    """A build step of `prefect deploy`: every night at two (UTC) and every minute, where nothing else is set."""
    settings = load_settings()
    return {"cron": settings.schedule_cron, "drain_cron": settings.drain_cron}
