"""When the deployments run, for `prefect.yaml`."""

from countinghouse.settings import load_settings


def of_settings() -> dict[str, str]:
    """A build step of `prefect deploy`: nights at two and half past three (UTC), and every minute, if none is set."""
    settings = load_settings()
    return {"cron": settings.schedule_cron, "drain_cron": settings.drain_cron, "privacy_cron": settings.privacy_cron}
