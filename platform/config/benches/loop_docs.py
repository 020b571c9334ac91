"""The tables of docs/results.md, from the figures of `bench loop`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.benches.documents import shown, table_lines

ARMS = {
    "equal_minutes": "the same minutes: real images, at random",
    "equal_minutes_unsure": "the same minutes: real images, the least sure",
    "sure_pool": "sure pool images, with the class seen",
    "nearest_real": "pool images nearest to the unsure ones, with the class seen",
    "augmented": "annotated images, moved and tinted",
    "untargeted": "synthetic, not aimed",
    "aimed": "synthetic, aimed",
    "half_aimed": "synthetic, aimed, half as many",
    "practised": "synthetic, made while the classifier trains",
}
"""What each arm adds to the annotated images."""
EARLIER = 4
"""Which of the numbers of annotations strategies are compared at beside the last."""


def labels_text(figures: Mapping[str, float], sizes: Sequence[int]) -> str:
    """Strategies by what they save, the best first."""
    strategies = [name.partition(".")[2] for name in figures if name.startswith("label_seeds.")]
    if not strategies:
        return "Not measured yet."
    strategies.sort(key=lambda name: -figures.get(f"labels_ratio.{name}", 0))
    shown_sizes = [
        size for size in sizes if size in {sizes[0], sizes[2], sizes[EARLIER], sizes[-1]}
    ]
    head = [
        "",
        "seeds",
        "annotations needed",
        f"times fewer than {sizes[-1]:,}",
        f"than {sizes[EARLIER]:,}",
        *(f"at {n:,}" for n in shown_sizes),
    ]
    rows = [
        [
            name.replace("_", " "),
            f"{figures[f'label_seeds.{name}']:.0f}",
            shown(figures, f"labels_needed.{name}", 1, "{:,.0f}"),
            *(
                "1" if name == "random" else shown(figures, f"labels_ratio.{of}", 1, "{:.2f}")
                for of in (name, f"{name}.{sizes[EARLIER]}")
            ),
            *(shown(figures, f"accuracy.{name}.{n}", 100, "{:.1f}%") for n in shown_sizes),
        ]
        for name in strategies
    ]
    return "\n".join(table_lines(head, rows))


def arms_text(figures: Mapping[str, float]) -> str:
    """Points that each arm adds, by number of annotations."""
    sizes = [name.partition(".")[2] for name in figures if name.startswith("arm_seeds.")]
    if not sizes:
        return "Not measured yet."
    head = ["points added by", *(f"{int(size):,} annotations" for size in sizes)]
    rows = [["seeds", *(f"{figures[f'arm_seeds.{size}']:.0f}" for size in sizes)]]
    accuracies = (shown(figures, f"arm_accuracy.real.{size}", 100, "{:.1f}%") for size in sizes)
    rows.append(["nothing: accuracy of real images alone", *accuracies])
    for arm, told in ARMS.items():
        gains = [shown(figures, f"gain_points.{arm}.{size}", 1, "{:+.1f}") for size in sizes]
        rows.append([told, *gains])
    return "\n".join(table_lines(head, rows))
