"""The chart of the README: how long each engine takes, with denser's time as the unit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .engines import ENGINES
from .report import OURS, Figures, Result, by_row, by_setting, ratio
from .workloads import WORKLOADS

SHOWN = {"epoch": "An epoch of training", "cold": "The whole process, nothing compiled before"}
COLOURS = {
    "denser": "#d1495b", "keras-jax": "#2a6f97", "keras-tensorflow": "#e29e21",
    "keras-torch": "#7b5ea7", "torch": "#3a7d44", "sklearn": "#8a8d85",
}  # fmt: skip
GREY, PALE = "#5b5f66", "#e3e4e6"


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw a dot for each engine and workload, on a scale of factors.

    Of several settings the first is drawn: whole data sets before parts, a CPU before a GPU.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "denser"  # the same results, the same file
    first = next(iter(by_setting(results).values()))
    rows = {key: figures for key, figures in by_row(first).items() if figures.get(OURS)}
    shown = [m for m in SHOWN if any(measure == m for measure, _ in rows)]
    if not shown:
        raise SystemExit("There is nothing to draw: no result of denser for an epoch or a process.")
    workloads = [w for w in WORKLOADS if any((m, w) in rows for m in shown)]
    figure, axes = pyplot.subplots(
        1, len(shown), figsize=(3.9 * len(shown) + 3, 0.34 * len(workloads) + 1.5),
        sharey=True, squeeze=False, layout="constrained",
    )  # fmt: skip
    for axis, measure in zip(axes[0], shown, strict=True):
        for place, workload in enumerate(workloads):
            _dots(axis, place, rows.get((measure, workload), {}))
        axis.set_title(SHOWN[measure], fontsize=10.5, loc="left", pad=10)
        _mark_factors(axis)
        axis.set_ylim(len(workloads) - 0.4, -0.6)
    titles = [WORKLOADS[w].title for w in workloads]
    axes[0, 0].set_yticks(range(len(workloads)), titles, fontsize=9.5)
    engines = [e for e in COLOURS if any(e in figures for figures in rows.values())]
    dots = [pyplot.Line2D([], [], color=COLOURS[e], marker="o", linestyle="") for e in engines]
    figure.legend(
        dots, [ENGINES[e].title for e in engines], loc="outside upper left", ncols=len(engines),
        frameon=False, fontsize=9.5, handletextpad=0.1, columnspacing=1.4, labelcolor=GREY,
    )  # fmt: skip
    figure.supxlabel(
        "time as a multiple of denser's: further right is slower; the number is the best peer's",
        fontsize=9, color=GREY,
    )  # fmt: skip
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _dots(axis: Any, place: int, figures: Figures) -> None:
    """One line of a panel: the engines' dots, and the best peer's factor at its end."""
    factors = {e: f / figures[OURS] for e, f in figures.items() if e in COLOURS}
    if not factors:
        return
    axis.hlines(place, min(factors.values()), max(factors.values()), PALE, linewidth=2, zorder=1)
    for engine, factor in factors.items():
        axis.scatter(
            factor, place, 58 if engine == OURS else 44, COLOURS[engine],
            edgecolors="white", linewidths=0.8, zorder=3 if engine == OURS else 2,
        )  # fmt: skip
    if best := ratio(figures):
        engine, factor = best
        axis.annotate(
            f"{factor:.1f}×" if factor >= 1 else f"{factor:.2f}×", (1, place), (6, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", fontsize=9, color=COLOURS[engine], weight="bold",
        )  # fmt: skip


def _mark_factors(axis: Any) -> None:
    """A scale of factors with marks at 0.5, 1, 2, 5, 10, ..., few enough to be read."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    low, high = min(low, 0.7), max(high, 2.4)
    steps = (1, 2, 5) if high / low < 60 else (1,)
    powers = [10.0**n for n in range(-4, 5)]
    marks = [s * p for p in powers for s in steps if low <= s * p <= high]
    axis.set_xlim(low, high)
    axis.set_xticks(marks, [f"{mark:g}×" for mark in marks], fontsize=9, color=GREY)
    axis.minorticks_off()
    axis.axvline(1, color=COLOURS[OURS], linewidth=1, zorder=0)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
