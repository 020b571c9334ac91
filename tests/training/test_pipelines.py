"""Pipelines are read below the folders that the operator has opened, and nowhere else."""

from __future__ import annotations

import pytest

from apps.training.pipelines import pipeline_check
from ml_engine.config import ConfigError, generator_config


def check(folder):
    pipeline_check(generator_config("diffusers_lora", {"pipeline": str(folder)}))


def test_a_folder_below_an_opened_one_is_read(settings, tmp_path):
    settings.PIPELINE_FOLDERS = [tmp_path]
    check(tmp_path / "sd")
    pipeline_check(generator_config("pca"))


@pytest.mark.parametrize("folder", ["/etc", "sd", "", "{open}/../other", "{open}/link/sd"])
def test_no_other_folder_is_read_by_whatever_way(settings, tmp_path, folder):
    opened = tmp_path / "open"
    opened.mkdir()
    (opened / "link").symlink_to("/etc")
    settings.PIPELINE_FOLDERS = [opened]
    with pytest.raises(ConfigError, match="only; write the folder as an absolute path"):
        check(folder.format(open=opened))


def test_without_opened_folders_it_says_who_opens_them(settings, tmp_path):
    settings.PIPELINE_FOLDERS = []
    with pytest.raises(ConfigError, match="operator names them by PIPELINE_FOLDERS"):
        check(tmp_path)
