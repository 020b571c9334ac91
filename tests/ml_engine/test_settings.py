"""Settings that are declared once: checked, and told to people."""

from __future__ import annotations

import pytest

from ml_engine.config import FAMILIES, ConfigError, Setting, defaults_of, generator_config


@pytest.mark.parametrize("value", ["\x00", "\ud800", "two\nlines"])
def test_text_that_no_database_holds_is_refused(value: str) -> None:
    assert not Setting("").takes(value)
    assert Setting("").takes("a folder/with-a_name.1")
    assert Setting("").takes("")


def test_a_whole_number_that_no_float_holds_is_refused() -> None:
    with pytest.raises(ConfigError, match="r1_gamma") as refusal:
        generator_config("conditional_gan", {"r1_gamma": 10**400})
    assert refusal.value.setting == "r1_gamma"


def test_an_unknown_setting_is_shown_so_that_any_screen_can_show_it() -> None:
    with pytest.raises(ConfigError) as refusal:
        generator_config("pca", {"\ud800": 1})
    assert str(refusal.value).encode()


@pytest.mark.parametrize("family", FAMILIES)
def test_each_setting_is_about_something(family: str) -> None:
    config = FAMILIES[family]
    parts = {name: config.part_of(name) for name in defaults_of(config)}
    assert parts["mirror"] == parts["threads"] == "Images and cores"
    assert all(parts.values())
    if "steps" in parts:
        assert parts["steps"] == "Training"
