"""The look of every plot made with matplotlib, and how a plot is made and saved."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .palette import HAIR, INK, LINE, MUTED, PAPER, SERIES

LOOK: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlecolor": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": HAIR,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "text.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    # Pixels of an image stay squares, also in a vector file.
    "image.interpolation": "none",
}


@contextmanager
def figure(width: float, height: float, path: str | Path | None = None):
    """A new Figure of so many inches in the house's look, saved to `path` when the block ends.

    It is not made by pyplot, so no window opens and nothing has to be closed.
    """
    try:
        from cycler import cycler
        from matplotlib import rc_context
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise ImportError("Plots need matplotlib: pip install 'denser[plot]'.") from error
    with rc_context({**LOOK, "axes.prop_cycle": cycler(color=SERIES)}):
        spacing = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12, wspace=0.06, hspace=0.06)
        made = Figure(figsize=(width, height), layout=spacing)
        yield made
        if path is not None:
            made.savefig(path, dpi=200)
