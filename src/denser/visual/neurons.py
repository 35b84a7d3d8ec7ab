"""A network as its neurons: a column of circles per layer, a line per connection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from ..core.messages import UserError, bad_argument
from .describe import describe
from .diagram import Box, Edge
from .drawing import Circle, Line, Mark, Picture, Rect, Text, text_width
from .palette import BODY, INK, MUTED, ORANGE, PAPER, SMALL, color_of, mix

RADIUS, STEP, APART, MARGIN, HEAD, FOOT = 10.0, 27.0, 104.0, 24.0, 46.0, 16.0


@dataclass(frozen=True)
class Column:
    """A layer of neurons, or of feature maps, which are drawn as squares.

    Args:
        units: How many neurons or maps it has.
        kind: The layer's class's name, which gives the colour.
        lines: What stands below the column, line by line.
        parameters: How many numbers the layer learns or keeps.
        maps: Whether each unit is a map (or a sequence) instead of one number.
    """

    units: int
    kind: str = "Dense"
    lines: Sequence[str] = ()
    parameters: int = 0
    maps: bool = False


def draw_neurons(
    network,
    stage: str | None = None,
    classes: Sequence | None = None,
    most: int = 10,
) -> Picture:
    """Draw a network as columns of neurons, whole or as far as it is built.

    Args:
        network: A model whose layers form one chain, or the sizes of its layers (or Columns).
        stage: None for the whole network; "input", "hidden" or "output" for the moment at which
            that part is the newest. All stages have the same frame and scale.
        classes: Names for the neurons of the last layer.
        most: The most neurons drawn in a layer; of a larger one the first and the last.

    Example:
        >>> draw_neurons([784, 512, 10], stage="input").svg().count("stroke-dasharray")
        20
    """
    columns = columns_of(network)
    count = len(columns)
    stages = {
        "": (count, 0, "The network"),
        "input": (1, 1, "The input layer of the network"),
        "hidden": (count - 1, count - 2, "The network up to its hidden layers"),
        "output": (count, 1, "The network with its output layer"),
    }
    if (stage or "") not in stages:
        raise bad_argument("draw_neurons", "stage", "'input', 'hidden', 'output' or None", stage)
    standing, fresh, title = stages[stage or ""]
    return draw_columns(columns, standing, fresh, most, classes, title)


def columns_of(network) -> list[Column]:
    """Columns for a model's layers, or for plain sizes, counted as dense layers with a bias.

    Example:
        >>> columns_of([784, 10])[1].parameters
        7850
    """
    sizes = network if isinstance(network, Sequence) else _columns_of_boxes(*describe(network))
    columns: list[Column] = []
    for size in sizes:
        if isinstance(size, Column):
            columns.append(size)
        elif not columns:
            columns.append(Column(size, "InputLayer"))
        else:
            columns.append(Column(size, "Dense", (), (columns[-1].units + 1) * size))
    return columns


def draw_columns(
    columns: Sequence[Column],
    standing: int | None = None,
    fresh: int = 0,
    most: int = 10,
    classes: Sequence | None = None,
    title: str = "Neurons of the network",
) -> Picture:
    """Draw layers of neurons; those that do not stand yet are dashed, in the same places.

    Args:
        columns: The whole network, from input to output.
        standing: How many columns stand already; None for all.
        fresh: How many of those that stand are the newest: the others step back a little.
        most: The most neurons drawn in a column; of a larger one the first and the last.
        classes: Names written beside the last column's neurons where all of them are drawn.
        title: What a screen reader says.

    Example:
        >>> "10 neurons" in draw_columns(columns_of([784, 10])).svg()
        True
    """
    if not columns or most < 2:
        raise UserError("draw_neurons: give at least one layer, and `most` of 2 or more.")
    standing = len(columns) if standing is None else standing
    names, below = _roles(len(columns)), [_lines(column) for column in columns]
    labels = _class_names(columns, classes, most)
    frame = _frame(columns, names, below, labels, most)
    picture = Picture(frame.width, frame.height, title)
    old = standing - fresh if fresh else 0
    colors = [color_of(column.kind) for column in columns]
    if len(columns) > 1:
        colors[-1] = ORANGE  # the answer's own, whatever the last layer's class
    for index, ends in enumerate(pairwise(frame.spots), start=1):
        if index < standing:
            color = mix(colors[index], 0.18 if index < old else 0.4)
            picture.shapes += _connections(*ends, color)
    for index, (column, spots) in enumerate(zip(columns, frame.spots, strict=True)):
        strength = 0.0 if index >= standing else 0.4 if index < old else 1.0
        picture.shapes += _neurons(column, spots, colors[index], strength)
        at = spots[0][0], frame.bottom
        picture.shapes += _words(*at, names[index], below[index], strength)
    if standing == len(columns):
        for (x, y), text in zip(frame.spots[-1], labels, strict=False):
            picture.shapes.append(Text(x + RADIUS + 8, y + 4, text, SMALL, MUTED))
    total = sum(column.parameters for column in columns[:standing])
    said = f"{total:,} parameters" if total else "no parameters yet"
    at = frame.width / 2, frame.height - 12
    picture.shapes.append(Text(*at, said, BODY, INK, True, "middle"))
    return picture


class _Frame(NamedTuple):
    spots: list[list[tuple[float, float]]]  # the neurons' middles, column by column
    bottom: float
    width: float
    height: float


def _frame(columns, names, below, labels, most) -> _Frame:
    """Where all neurons stand, whichever of them are drawn yet."""
    widths = [
        max([text_width(name, SMALL, True), *(text_width(line, SMALL) for line in lines)])
        for name, lines in zip(names, below, strict=True)
    ]
    centers = [MARGIN + widths[0] / 2]
    for left, right in pairwise(widths):
        centers.append(centers[-1] + max(APART + 2 * RADIUS, (left + right) / 2 + 18))
    label = max((text_width(text, SMALL) for text in labels), default=0.0)
    right = max(widths[-1] / 2, RADIUS + 10 + label)
    rows = max(min(column.units, most) + (column.units > most) for column in columns)
    spots = [
        [(x, HEAD + rows * STEP / 2 + offset) for offset in _offsets(column.units, most)]
        for x, column in zip(centers, columns, strict=True)
    ]
    bottom = HEAD + rows * STEP
    height = bottom + FOOT * (max(map(len, below)) + 2) + 10
    return _Frame(spots, bottom, centers[-1] + right + MARGIN, height)


def _roles(count: int) -> list[str]:
    hidden = ["Hidden layer"] if count == 3 else [f"Hidden layer {n}" for n in range(1, count - 1)]
    return ["Input layer", *hidden, "Output layer"][:count]


def _lines(column: Column) -> list[str]:
    given = "Input" in column.kind
    many = "map" if "Conv" in column.kind else "channel" if given else "feature"
    noun = many if column.maps else "input" if given else "neuron"
    lines = [f"{column.units:,} {noun}{'s' if column.units != 1 else ''}", *column.lines]
    return lines + ([f"{column.parameters:,} parameters"] if column.parameters else [])


def _class_names(columns, classes, most) -> list[str]:
    if classes is None:
        return []
    if len(classes) != columns[-1].units:
        raise UserError(
            f"draw_neurons: `classes` must name the {columns[-1].units} neurons of the last layer; "
            f"got {len(classes)} names."
        )
    return [str(name) for name in classes] if len(classes) <= most else []


def _offsets(units: int, most: int) -> list[float]:
    """Heights of the neurons that are drawn, around 0; one row is left free for the dots."""
    if units <= most:
        return [STEP * (index - (units - 1) / 2) for index in range(units)]
    rows = [STEP * (index - most / 2) for index in range(most + 1)]
    return rows[: (most + 1) // 2] + rows[(most + 1) // 2 + 1 :]


def _connections(left, right, color: str) -> list[Mark]:
    return [
        Line((x + RADIUS, y), (((far_x - RADIUS, far_y),),), color, 0.7)
        for x, y in left
        for far_x, far_y in right
    ]


def _neurons(column: Column, spots, color: str, strength: float) -> list[Mark]:
    edge = mix(color, max(strength, 0.3))
    paint = {
        "fill": mix(color, 0.25 + 0.6 * (strength == 1.0)) if strength else PAPER,
        "stroke": edge if strength else mix(MUTED, 0.35),
        "stroke_width": 1.2,
        "dashed": not strength,
    }
    shapes: list[Mark] = []
    for x, y in spots:
        if column.maps:
            side = 2 * RADIUS - 2
            shapes.append(Rect(x - side / 2, y - side / 2, side, side, radius=2.5, **paint))
        else:
            shapes.append(Circle(x, y, RADIUS, **paint))
    if column.units > len(spots):
        upper, lower = max(pairwise(spots), key=lambda pair: pair[1][1] - pair[0][1])
        center = (upper[1] + lower[1]) / 2
        shapes += [Circle(upper[0], center + 6 * n, 1.7, fill=edge) for n in (-1, 0, 1)]
    return shapes


def _words(x: float, bottom: float, name: str, lines, strength: float) -> list[Mark]:
    """The column's role above it and what it is below it; of a missing one the role, faintly."""
    if not strength:
        return [Text(x, MARGIN + 4, name, SMALL, mix(MUTED, 0.55), True, "middle")]
    color = INK if strength == 1.0 else mix(MUTED, 0.8)
    shapes: list[Mark] = [Text(x, MARGIN + 4, name, SMALL, color, True, "middle")]
    for index, line in enumerate(lines):
        tone = color if index == 0 else mix(MUTED, max(strength, 0.8))
        y = bottom + FOOT * (index + 1)
        shapes.append(Text(x, y, line, SMALL, tone, index == 0, "middle"))
    return shapes


def _columns_of_boxes(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[Column]:
    """A column for each layer with weights; what has none is a line below the last one."""
    if len(edges) != len(boxes) - 1 or len({end for _, end in edges}) != len(edges):
        raise UserError(
            "draw_neurons: the network must be one chain of layers. Use plot_model(model), which "
            "draws branches and nested models."
        )
    columns: list[Column] = []
    image: list[int] = []  # the sizes of one sample of the input
    for box in boxes:
        shape = box.output_shape if isinstance(box.output_shape, tuple) else ()
        sizes = [size or 0 for size in shape[1:]]
        if not sizes or not sizes[-1]:
            raise UserError(
                f"draw_neurons: the shape of {box.kind} '{box.name}' is not known. Build the model "
                "first: start it with Input(shape), or call model.build((None, features))."
            )
        image = image or sizes
        column = Column(sizes[-1], box.kind, (), box.parameters or 0, maps=len(sizes) > 1)
        extent = [_times(sizes[:-1])] if column.maps else []
        if not columns:
            columns.append(replace(column, kind="InputLayer", lines=extent))
        elif box.kind == "Flatten" and len(columns) == 1 and columns[0].maps:
            seen = [size for size in image if size != 1]
            columns = [replace(column, kind="InputLayer", lines=[_times(seen)])]
        elif box.parameters and not _is_folded(box.kind):
            said = [] if box.kind == "Dense" else [f"{_plain(box.kind)} {box.detail}".strip()]
            said += [box.activation] if box.activation else []
            columns.append(replace(column, lines=[*extent, *said]))
        else:
            line = f"{box.activation or _plain(box.kind)} {box.detail}".strip()
            total = columns[-1].parameters + (box.parameters or 0)
            lines = [*columns[-1].lines, line]
            columns[-1] = replace(columns[-1], lines=lines, parameters=total)
    return columns


def _is_folded(kind: str) -> bool:
    """Whether a layer with weights belongs to the neurons before it, as a normalization does."""
    return "Normalization" in kind or kind == "PReLU"


def _times(sizes: Sequence[int]) -> str:
    return " × ".join(str(size) if size else "?" for size in sizes)


def _plain(kind: str) -> str:
    """A class's name as words: `MaxPooling2D` is `max pooling`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[123]D", "", kind)).lower()
