"""What a person asks the studio for: one picture, by where in the latent space it lies.

A recipe is plain JSON from a page or a program:

    {"checkpoint": 3, "class": 12, "start": {"seed": 7}, "towards": {"image": 55}, "share": 0.25,
     "layers": [0, 0.33], "truncation": 0.7, "moves": {"4": 1.5}}

Of `start` and `towards`: `seed`, any random latent; `image`, a synthetic image of that very
generator, by its lineage; `inversion`, the job that looked for a real image's latent. Where a
generator has styles, `layers` says which of them the end steers, as shares of its depth: the coarse
ones come first (style mixing; Karras et al. 2019, §3.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

LARGEST_SEED = 2**53 - 1
"""A browser's numbers are whole up to this."""
MOST_DEVIATIONS = 5.0
"""A slider reaches so far either way; beyond, generators make nothing that they have learnt."""
MOST_MOVES = 40
LONGEST_ID = 18
"""Digits that fit the database's numbers."""
KEYS = {"checkpoint", "class", "start", "towards", "share", "layers", "truncation", "moves"}
ALL_LAYERS = (0.0, 1.0)
KINDS = ("seed", "image", "inversion")
FILMS = {"strip": "image/png", "gif": "image/gif", "webp": "image/webp", "webm": "video/webm"}
"""What a way can be shown as in place of one picture, and the type of each file."""


class RecipeError(ValueError):
    """A recipe that cannot be read or followed; the message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Start:
    """A point that a walk begins or ends at."""

    kind: str
    """seed, image or inversion."""
    value: int | str
    """The seed, the image's id, or the job's id as text."""

    def to_json(self) -> dict[str, int | str]:
        """As it came."""
        return {self.kind: self.value}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One picture of a generator."""

    checkpoint: int
    class_id: int
    start: Start
    towards: Start | None = None
    share: float = 0.0
    """How far from `start` to `towards`, 0 to 1."""
    layers: tuple[float, float] = ALL_LAYERS
    """Which layers go there: from the one to the other share of the depth; the rest stay."""
    truncation: float = 1.0
    """How far to go from the class's mean: 1 all the way, 0 stays there."""
    moves: dict[int, float] = field(default_factory=dict)
    """By a direction's id: how many deviations along it."""

    def to_json(self) -> dict[str, Any]:
        """As `recipe_read` takes it."""
        return {
            "checkpoint": self.checkpoint,
            "class": self.class_id,
            "start": self.start.to_json(),
            "towards": self.towards.to_json() if self.towards else None,
            "share": self.share,
            "layers": list(self.layers),
            "truncation": self.truncation,
            "moves": {str(key): amount for key, amount in self.moves.items()},
        }


def recipe_read(data: Any) -> Recipe:
    """A recipe from JSON that anybody may have sent. Raises `RecipeError`."""
    if not isinstance(data, dict):
        raise RecipeError("A recipe is a JSON object.")
    if unknown := sorted(map(str, data.keys() - KEYS)):
        raise RecipeError(f"A recipe has no {unknown[0][:40]!r}; it has {', '.join(sorted(KEYS))}.")
    towards = data.get("towards")
    return Recipe(
        checkpoint=_whole(data, "checkpoint"),
        class_id=_whole(data, "class"),
        start=_start(data.get("start"), "start"),
        towards=None if towards is None else _start(towards, "towards"),
        share=_number(data.get("share", 0), "share", 0, 1),
        layers=_layers(data.get("layers", list(ALL_LAYERS))),
        truncation=_number(data.get("truncation", 1), "truncation", 0, 1),
        moves=_moves(data.get("moves") or {}),
    )


def film_read(data: Any, recipe: Recipe) -> str:
    """Which of `FILMS` is asked for, from JSON that anybody may have sent; empty for a picture.

    Raises `RecipeError` for another one, and where the recipe leads nowhere.
    """
    if data == "":
        return ""
    if not isinstance(data, str) or data not in FILMS:
        raise RecipeError(f"There is no film {_shown(data)}; it is one of {', '.join(FILMS)}.")
    if recipe.towards is None:
        raise RecipeError("A film needs an end: name one under towards.")
    return data


def id_read(text: str) -> int | None:
    """An id as an address may hold it; None for what is none."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if is_id else None


def _whole(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= LARGEST_SEED:
        raise RecipeError(f"{name} is {_shown(value)}; it must be a whole number from 0.")
    return value


def _number(value: Any, name: str, least: float, most: float) -> float:
    if type(value) not in (int, float) or not least <= value <= most:
        raise RecipeError(
            f"{name} is {_shown(value)}; it must be a number from {least:g} to {most:g}."
        )
    return float(value)


def _start(data: Any, name: str) -> Start:
    if not isinstance(data, dict) or len(data) != 1 or (kind := next(iter(data))) not in KINDS:
        raise RecipeError(
            f"{name} is {_shown(data)}; it must name one of {', '.join(KINDS)}, such as"
            ' {"seed": 7}.'
        )
    if kind != "inversion":
        return Start(kind, _whole(data, kind))
    try:
        return Start(kind, str(UUID(str(data[kind]))))
    except ValueError:
        raise RecipeError(
            f"{name} names the inversion {_shown(data[kind])}; that is no job's id."
        ) from None


def _layers(data: Any) -> tuple[float, float]:
    if not isinstance(data, list) or len(data) != len(ALL_LAYERS):
        raise RecipeError(
            f"layers is {_shown(data)}; it must be two shares of the generator's depth, such as"
            " [0, 0.5]."
        )
    first, last = (_number(share, "A share of layers", 0, 1) for share in data)
    if first >= last:
        raise RecipeError(f"layers is {_shown(data)}; its first share must be below its second.")
    return first, last


def _moves(data: Any) -> dict[int, float]:
    if not isinstance(data, dict) or len(data) > MOST_MOVES:
        raise RecipeError(
            f"moves must be an object of at most {MOST_MOVES} directions, such as"
            ' {"4": 1.5}: by the id of each, how many deviations along it.'
        )
    moves = {}
    for key, amount in data.items():
        direction = id_read(key)
        if direction is None:
            raise RecipeError(f"moves names {_shown(key)}; that is no direction's id.")
        moves[direction] = _number(amount, f"The move {key}", -MOST_DEVIATIONS, MOST_DEVIATIONS)
    return moves


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
