"""A picture as a list of shapes, written as SVG by hand or as PNG and PDF by matplotlib."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from pathlib import Path

from ..core.messages import bad_argument
from .palette import FONTS, INK, PAPER

# Advance widths of DejaVu Sans in ems, by group. It is the widest of the fonts a viewer may have,
# so what fits here fits everywhere.
_NARROW, _WIDE, _CAPITALS = set("ijlIf.,:;'|!()[] t/"), set("mwMW@%→×"), 0.69


@dataclass(frozen=True)
class Rect:
    """A rectangle with its corner at `x, y` and rounded by `radius`."""

    x: float
    y: float
    width: float
    height: float
    fill: str = "none"
    stroke: str = "none"
    stroke_width: float = 1.0
    radius: float = 0.0
    dashed: bool = False


@dataclass(frozen=True)
class Circle:
    """A circle around `x, y`."""

    x: float
    y: float
    radius: float
    fill: str = "none"
    stroke: str = "none"
    stroke_width: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Line:
    """Straight steps and, where a step has three points, Bezier curves; closed if it has a fill."""

    start: tuple[float, float]
    steps: tuple[tuple[tuple[float, float], ...], ...]
    stroke: str = INK
    stroke_width: float = 1.0
    fill: str = "none"
    dashed: bool = False


@dataclass(frozen=True)
class Text:
    """One line of text whose baseline starts, ends or has its middle (`anchor`) at `x, y`."""

    x: float
    y: float
    text: str
    size: float
    color: str = INK
    bold: bool = False
    anchor: str = "start"


Mark = Rect | Circle | Line | Text


@dataclass
class Picture:
    """Shapes on white paper, `width` by `height` points; `title` is what a screen reader says.

    Example:
        >>> picture = Picture(20, 10, "A dot", [Circle(5, 5, 2, fill="#000000")])
        >>> picture.svg().startswith("<svg")
        True
    """

    width: float
    height: float
    title: str
    shapes: list[Mark] = field(default_factory=list, repr=False)

    def svg(self) -> str:
        """The picture as SVG text, complete in itself."""
        width, height = _number(self.width), _number(self.height)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" role="img" font-family="{FONTS}">',
                f"<title>{escape(self.title)}</title>",
                f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
                *(_svg(shape) for shape in self.shapes),
                "</svg>",
            ]
        )

    def figure(self):
        """The picture as a matplotlib Figure of the same size and look."""
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError(
                "A PNG or PDF needs matplotlib: pip install 'denser[plot]'. SVG works without it."
            ) from error
        figure = Figure(figsize=(self.width / 72, self.height / 72), facecolor=PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        for order, shape in enumerate(self.shapes):
            _add(axes, shape, order)
        return figure

    def data(self, format: str, dpi: float = 200) -> bytes:
        """The bytes of an "svg", "png" or "pdf" file."""
        if format == "svg":
            return self.svg().encode() + b"\n"
        if format not in ("png", "pdf"):
            raise bad_argument("Picture", "format", "'svg', 'png' or 'pdf'", format)
        file = BytesIO()
        self.figure().savefig(file, format=format, dpi=dpi)
        return file.getvalue()

    def save(self, path: str | Path, dpi: float = 200) -> Path:
        """Write an .svg, .png or .pdf file, as the ending of `path` says, and return its path."""
        path = Path(path)
        path.write_bytes(self.data(path.suffix.lstrip(".").lower(), dpi))
        return path

    def _repr_svg_(self) -> str:
        return self.svg()


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The room a line of text needs in points, rounded up to the widest usual font."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.38
        elif letter in _WIDE:
            ems += 0.93
        else:
            ems += _CAPITALS if letter.isupper() else 0.63
    return ems * size * (1.1 if bold else 1.0)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(shape: Mark) -> str:
    if isinstance(shape, Text):
        weight = ' font-weight="600"' if shape.bold else ""
        return (
            f'<text x="{_number(shape.x)}" y="{_number(shape.y)}" font-size="{shape.size:g}" '
            f'fill="{shape.color}" text-anchor="{shape.anchor}"{weight}>{escape(shape.text)}</text>'
        )
    paint = f'fill="{shape.fill}"'
    if shape.stroke != "none":
        paint += f' stroke="{shape.stroke}" stroke-width="{_number(shape.stroke_width)}"'
    if shape.dashed:
        paint += ' stroke-dasharray="3 3"'
    if isinstance(shape, Rect):
        corner = f' rx="{_number(shape.radius)}"' if shape.radius else ""
        return (
            f'<rect x="{_number(shape.x)}" y="{_number(shape.y)}" width="{_number(shape.width)}" '
            f'height="{_number(shape.height)}"{corner} {paint}/>'
        )
    if isinstance(shape, Circle):
        x, y, radius = _number(shape.x), _number(shape.y), _number(shape.radius)
        return f'<circle cx="{x}" cy="{y}" r="{radius}" {paint}/>'
    return f'<path d="{_path(shape)}" {paint}/>'


def _path(line: Line) -> str:
    words = ["M" + _point(line.start)]
    for step in line.steps:
        words.append(("L" if len(step) == 1 else "C") + " ".join(_point(point) for point in step))
    return " ".join(words) + ("Z" if line.fill != "none" else "")


def _point(point: tuple[float, float]) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _add(axes, shape: Mark, order: int) -> None:
    """Draw one shape on matplotlib's axes, above all earlier ones."""
    from matplotlib.patches import Circle as Disc
    from matplotlib.patches import FancyBboxPatch, PathPatch
    from matplotlib.path import Path as Curve

    if isinstance(shape, Text):
        # 0.93: DejaVu Sans looks larger than the fonts of a browser at the same size.
        axes.text(
            *(shape.x, shape.y, shape.text.replace("$", r"\$")),
            **{"fontsize": 0.93 * shape.size, "color": shape.color, "zorder": order},
            **{"fontfamily": "DejaVu Sans", "weight": "bold" if shape.bold else "normal"},
            **{"ha": {"start": "left", "middle": "center", "end": "right"}[shape.anchor]},
            **{"va": "baseline", "clip_on": False},
        )
        return
    paint = {
        "facecolor": shape.fill,
        "edgecolor": shape.stroke,
        "linewidth": shape.stroke_width if shape.stroke != "none" else 0,
        "linestyle": (0, (3, 3)) if shape.dashed else "solid",
        "zorder": order,
    }
    if isinstance(shape, Rect):
        style = f"round,pad=0,rounding_size={shape.radius}" if shape.radius else "square,pad=0"
        corner, size = (shape.x, shape.y), (shape.width, shape.height)
        axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=style, **paint))
    elif isinstance(shape, Circle):
        axes.add_patch(Disc((shape.x, shape.y), shape.radius, **paint))
    else:
        points, codes = [shape.start], [Curve.MOVETO]
        for step in shape.steps:
            points += step
            codes += [Curve.LINETO if len(step) == 1 else Curve.CURVE4] * len(step)
        axes.add_patch(PathPatch(Curve(points, codes), **paint))
