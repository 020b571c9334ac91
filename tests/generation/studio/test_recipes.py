"""What the studio may be asked for, and how it says no."""

from __future__ import annotations

from typing import Any

import pytest

from apps.generation.studio.recipes import Recipe, RecipeError, Start, recipe_read

GOOD: dict[str, Any] = {
    "checkpoint": 3, "class": 12, "start": {"seed": 7}, "towards": {"image": 55}, "share": 0.25,
    "layers": [0, 0.5], "truncation": 0.7, "moves": {"4": -1.5},
}  # fmt: skip


def test_a_recipe_says_the_same_when_it_is_written_and_read_again() -> None:
    read = recipe_read(GOOD)
    assert read == Recipe(
        3, 12, Start("seed", 7), Start("image", 55), 0.25, (0, 0.5), 0.7, {4: -1.5}
    )
    assert read.to_json() == GOOD
    assert recipe_read(read.to_json()) == read


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"checkpoint": "3"}, "checkpoint is '3'; it must be a whole number from 0."),
        ({"class": None}, "class is missing; it must be a whole number from 0."),
        ({"start": {"seed": True}}, "seed is True; it must be a whole number from 0."),
        ({"start": {"seed": 2**53}}, "seed is 9007199254740992; it must be a whole number from 0."),
        ({"start": {"inversion": "x"}}, "start names the inversion 'x'; that is no job's id."),
        ({"start": {"seed": 1, "image": 2}}, "start is {'seed': 1, 'image': 2}; it must name one"),
        ({"share": float("nan")}, "share is nan; it must be a number from 0 to 1."),
        ({"layers": "fine"}, "layers is 'fine'; it must be two shares of the generator's depth"),
        ({"layers": [0, 2]}, "A share of layers is 2; it must be a number from 0 to 1."),
        ({"layers": [0.5, 0.5]}, "layers is [0.5, 0.5]; its first share must be below its second."),
        ({"truncation": 2}, "truncation is 2; it must be a number from 0 to 1."),
        ({"moves": {"4": 9}}, "The move 4 is 9; it must be a number from -5 to 5."),
        ({"moves": {"four": 1}}, "moves names 'four'; that is no direction's id."),
        ({"moves": {str(n): 0 for n in range(41)}}, "moves must be an object of at most 40"),
        ({"zoom": 2}, "A recipe has no 'zoom'; it has checkpoint, class, layers, moves,"),
    ],
)
def test_what_is_wrong_is_said_with_its_value(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(RecipeError) as refusal:
        recipe_read({**GOOD, **changes})
    assert str(refusal.value).startswith(told)


def test_it_is_an_object() -> None:
    with pytest.raises(RecipeError, match=r"A recipe is a JSON object\."):
        recipe_read([GOOD])
