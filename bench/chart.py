"""The chart of the README: how long each engine takes, with denser's time as the unit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .engines import ENGINES
from .report import OURS, Result, by_row
from .workloads import MEASURES, WORKLOADS

SHOWN = ("epoch", "cold")
COLOURS = {
    "denser": "#d1495b", "keras-jax": "#2a6f97", "keras-tensorflow": "#e29e21",
    "keras-torch": "#7b5ea7", "torch": "#3a7d44", "sklearn": "#6b705c",
}  # fmt: skip


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw a dot for each engine and workload, on a scale of factors."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = {key: figures for key, figures in by_row(results).items() if OURS in figures}
    shown = [m for m in SHOWN if any(measure == m for measure, _ in rows)]
    if not shown:
        raise SystemExit("There is nothing to draw: no result of denser for an epoch or a process.")
    workloads = [w for w in WORKLOADS if any((m, w) in rows for m in shown)]
    figure, axes = pyplot.subplots(
        1, len(shown), figsize=(4.6 * len(shown) + 2, 0.36 * len(workloads) + 1.6),
        sharex=True, sharey=True, squeeze=False, layout="constrained",
    )  # fmt: skip
    for axis, measure in zip(axes[0], shown, strict=True):
        for place, workload in enumerate(workloads):
            figures = rows.get((measure, workload), {})
            ratios = {engine: figure / figures[OURS] for engine, figure in figures.items()}
            if ratios:
                axis.hlines(place, min(ratios.values()), max(ratios.values()), "#d8d8d8", zorder=1)
            for engine, ratio in ratios.items():
                axis.scatter(
                    ratio, place, 60, COLOURS[engine], edgecolors="white", linewidths=0.8,
                    zorder=3 if engine == OURS else 2,
                )  # fmt: skip
        axis.set_title(MEASURES[measure].title, fontsize=10, loc="left")
        axis.set_xscale("log")
        axis.axvline(1, color=COLOURS[OURS], linewidth=1, zorder=0)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
    _mark_factors(axes[0, 0])
    axes[0, 0].set_yticks(range(len(workloads)), [WORKLOADS[w].title for w in workloads])
    axes[0, 0].invert_yaxis()
    engines = [e for e in ENGINES if any(e in figures for figures in rows.values())]
    dots = [pyplot.Line2D([], [], color=COLOURS[e], marker="o", linestyle="") for e in engines]
    figure.legend(
        dots, [ENGINES[e].title for e in engines], loc="outside upper left", ncols=6,
        frameon=False, fontsize=9, handletextpad=0.1,
    )  # fmt: skip
    figure.supxlabel("time, in times of denser's (to the right: slower)", fontsize=9)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _mark_factors(axis: Any) -> None:
    """Marks at 0.5, 1, 2, 5, 10, ..., few enough to be read, 0.5 to 2 at the least."""
    low, high = axis.get_xlim()
    low, high = min(low, 0.45), max(high, 2.2)
    steps = (1, 2, 5) if high / low < 200 else (1,)
    powers = [10.0**n for n in range(-4, 5)]
    marks = [s * p for p in powers for s in steps if low <= s * p <= high]
    axis.set_xlim(low, high)
    axis.set_xticks(marks, [f"{mark:g}×" for mark in marks])
    axis.minorticks_off()
