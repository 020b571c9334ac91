"""Which pipelines of this server may be fine-tuned."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from ml_engine.config import ConfigError, DiffusersLoraConfig, GeneratorConfig

NO_PIPELINES = (
    "No folder of this server is open to pipelines; its operator names them by PIPELINE_FOLDERS."
)


def pipeline_check(config: GeneratorConfig) -> None:
    """Raise `ConfigError` where `config` names a pipeline in a folder that is not opened to it.

    Where a symbolic link leads counts, not where it lies.
    """
    if not isinstance(config, DiffusersLoraConfig):
        return
    opened = settings.PIPELINE_FOLDERS
    path = Path(config.pipeline)
    if path.is_absolute() and any(path.resolve().is_relative_to(folder) for folder in opened):
        return
    permitted = ", ".join(str(folder) for folder in opened)
    raise ConfigError(
        f"Pipelines are read below {permitted} only; write the folder as an absolute path."
        if permitted
        else NO_PIPELINES,
        "pipeline",
    )
