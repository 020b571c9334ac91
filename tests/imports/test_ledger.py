"""Files and lines find each other by name, whatever folders either has."""

from __future__ import annotations

import pytest

from apps.imports.layouts.told import Told
from apps.imports.ledger import Ledger


def ledger(came: list[str], *told: Told) -> Ledger:
    made = Ledger()
    for name in came:
        made.came(name)
    for one in told:
        made.tell(one)
    return made


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ("1.png", "1.png"),
        ("set/a/1.png", "a/1.png"),
        ("set/a/1.png", "1.png"),
        ("1.png", "/data/images/1.png"),
        ("a/1.png", "./a//1.png"),
        ("a/1.png", "set\\a\\1.png"),
    ],
)
def test_a_name_may_have_more_folders_or_fewer(came: str, told: str) -> None:
    made = ledger([came], Told(told, "boot"))
    assert made.match().missing == 0
    found = made.told_of(came)
    assert found
    assert found.annotation_class == "boot"


@pytest.mark.parametrize("told", ["b/1.png", "11.png", "1.png/x", ""])
def test_other_names_do_not_match(told: str) -> None:
    made = ledger(["a/1.png"], Told(told, "boot"))
    assert made.match().unnamed == 1
    assert made.told_of("a/1.png") is None


def test_the_longest_name_wins() -> None:
    made = ledger(["x/a/1.png"], Told("1.png", "boot"), Told("a/1.png", "coat"))
    made.match()
    found = made.told_of("x/a/1.png")
    assert found
    assert found.annotation_class == "coat"


def test_lines_that_differ_in_class_are_no_answer_and_equal_ones_are() -> None:
    made = ledger(
        ["1.png", "2.png"],
        Told("a/1.png", "boot"), Told("b/1.png", "coat"),
        Told("a/2.png", "boot"), Told("b/2.png", "boot"),
    )  # fmt: skip
    made.match()
    first, second = made.told_of("1.png"), made.told_of("2.png")
    assert first
    assert first.refusal
    assert second
    assert (second.annotation_class, second.refusal) == ("boot", None)


@pytest.mark.parametrize(
    "metadata", [{"a": "\x00"}, {"a": float("inf")}, {"a": "\ud800"}, {"a": "x" * 20_000}]
)
def test_metadata_that_cannot_be_kept_refuses_its_file(metadata: dict[str, object]) -> None:
    made = ledger(["1.png"], Told("1.png", "boot", metadata=metadata))
    made.match()
    found = made.told_of("1.png")
    assert found
    assert found.refusal


def test_it_counts_what_does_not_fit() -> None:
    made = ledger(
        ["1.png", "3.png"],
        Told("1.png", "boot"),
        Told("2.png"),
        Told("4.png", url="http://x/4.png"),
    )
    fit = made.match()
    assert (fit.named, fit.classes, fit.missing, fit.unnamed) == (3, 1, 1, 1)
    assert fit.missing_names == ["2.png"]
    assert [told.url for told in made.elsewhere()] == ["http://x/4.png"]
