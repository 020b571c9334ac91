"""Folders of classes, whatever people call these."""

from __future__ import annotations

import pytest

from apps.datasets.formats.names import folder_name, folder_names

NAMES = [
    "a/b", "a%2Fb", "a\\b", "a b", "a b ", ".", "..", "...", "con", "CON.txt", "con:", "x\n", "%",
    "Boot", "boot", "BOOT", "boot~1", "é", "e\u0301", "straße", "STRASSE", "🥾", "=cmd()",
    "🥾" * 80, "🥾" * 79 + "👢", " ", "~", "../../x", "\u202egnp",
]  # fmt: skip


def test_no_two_classes_share_a_folder_on_any_system() -> None:
    folders = folder_names(NAMES)
    assert list(folders) == NAMES
    assert len({folder.casefold() for folder in folders.values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_one_that_every_system_takes(name: str) -> None:
    folder = folder_name(name)
    assert not set(folder) & set('/\\:<>"|?*\n\u202e')
    assert folder not in ("", ".", "..")
    assert folder[0] != "."
    assert folder[-1] not in ". "
    assert folder.partition(".")[0].lower() != "con"
    assert len(folder.encode()) < 255


def test_what_needs_no_change_has_none() -> None:
    for name in ("boot", "Gummistiefel groß", "🥾", "=cmd()", "v1.2"):
        assert folder_name(name) == name


def test_a_class_that_comes_later_moves_no_other() -> None:
    assert folder_names(["Boot", "boot"]) == {"Boot": "Boot", "boot": "boot~1"}
    assert folder_names(["Boot", "boot", "BOOT"])["boot"] == "boot~1"
