from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Carries the commands that concern the whole: `up`, `demo`."""

    name = "config"

    def ready(self) -> None:
        # Makes it Celery's current app in every process, so that jobs can be rung for by name.
        from config import celery  # noqa: F401
