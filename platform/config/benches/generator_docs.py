"""The parts of docs/generators.md that are made: the families, and the table of their worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.benches.documents import shown, table_lines
from ml_engine.config import FAMILIES

DOCUMENT = Path(__file__).parents[3] / "docs" / "generators.md"
FAMILIES_PART = "families"
TABLE_PART = "table"
HEAD = (
    "", "seeds", "coverage", "KID × 1000", "FID", "near copies", "synthetic only",
    "real + synthetic", "steps", "minutes", "learns from", "draws", "MB",
)  # fmt: skip


def families_text() -> str:
    """A paragraph for each family, from its settings."""
    return "\n\n".join(
        f"**{config.title}** (`{family}`). {config.about}{_presets(list(config.presets))}"
        for family, config in FAMILIES.items()
    )


def _presets(names: list[str]) -> str:
    return f" Presets: {', '.join(f'`{name}`' for name in names)}." if names else ""


def table_text(figures: Mapping[str, float], left_out: Mapping[str, str]) -> str:
    """The figures of `bench generator-quality`, a row for each family and preset."""
    names = [key.removeprefix("coverage.") for key in figures if key.startswith("coverage.")]
    rows = [
        _real_row("500 real images", "real_only_accuracy", figures),
        _real_row("and the sure pool", "real_and_pool_accuracy", figures),
        *(_row(name, figures) for name in names),
    ]
    lines = table_lines(HEAD, rows)
    said = [f"Left out: `{name}`: {reason}" for name, reason in left_out.items()]
    unmeasured = [family for family in FAMILIES if family not in {*names, *left_out}]
    if unmeasured:
        said.append(f"Not measured yet: {', '.join(f'`{name}`' for name in unmeasured)}.")
    return "\n".join([*lines, *(f"\n{line}" for line in said)])


def _real_row(title: str, accuracy: str, figures: Mapping[str, float]) -> tuple[str, ...]:
    # In the column of real images, with or without others.
    before, after = HEAD.index("real + synthetic"), len(HEAD) - HEAD.index("real + synthetic") - 1
    told = shown(figures, f"{accuracy}.real", 100, "{:.1f}%")
    seeds = f"{figures['seeds.real']:.0f}" if "seeds.real" in figures else ""
    return (title, seeds, *[""] * (before - 2), told, *[""] * after)


def _row(name: str, figures: Mapping[str, float]) -> tuple[str, ...]:
    family, _, preset = name.partition(".")
    title = FAMILIES[family].title + (f", {preset}" if preset else "")
    alarmed = " (alarm)" if figures[f"alarms.{name}"] else ""
    plain = {
        key: figures[f"{key}.{name}"]
        for key in ("steps", "train_s", "train_images_per_s", "sample_images_per_s", "size_mb")
    }
    steps = f"{plain['steps']:,.0f}" if plain["steps"] else "—"
    rate = f"{plain['train_images_per_s']:,.0f}/s" if plain["steps"] else "—"
    return (
        title,
        f"{figures[f'seeds.{name}']:.0f}",
        shown(figures, f"coverage.{name}", 1, "{:.2f}") + alarmed,
        shown(figures, f"kid.{name}", 1000, "{:.2f}"),
        shown(figures, f"fid.{name}", 1, "{:.3f}"),
        shown(figures, f"near_copies.{name}", 100, "{:.1f}%"),
        shown(figures, f"synthetic_only_accuracy.{name}", 100, "{:.1f}%"),
        shown(figures, f"real_and_synthetic_accuracy.{name}", 100, "{:.1f}%"),
        steps,
        f"{plain['train_s'] / 60:.1f}",
        rate,
        f"{plain['sample_images_per_s']:,.0f}/s",
        f"{plain['size_mb']:.1f}",
    )
