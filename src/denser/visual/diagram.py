"""A network as boxes and arrows: what a box says, how it looks, and the whole as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..core.messages import bad_argument
from .drawing import Line, Mark, Picture, Rect, Text, text_width
from .layout import Place, Point, layout
from .palette import BODY, HAIR, INK, LINE, MUTED, PAPER, SMALL, WASH, color_of, mix

MARGIN, PADDING, ROW = 16.0, 12.0, 16.0
Edge = tuple[str, str]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Box:
    """One layer in plain words; a model that stands inside another has boxes and edges `inside`.

    Args:
        key: Unique in the diagram; edges are pairs of keys.
        name: The layer's own name; empty for an op, which has none.
        kind: Its class's name.
        input_shape, output_shape: Sizes, None for an unknown one; a list where a layer has several
            inputs or outputs; None where nothing is known yet.
        parameters: How many numbers it learns or keeps; None before it is built.
        activation: Name of the activation that it applies, or empty.
        dtype: The dtype of its output, or empty.
        trainable: Whether training changes it.
        detail: The layer's most telling argument: a dropout's rate, a window's size.
        inside: The boxes of a nested model.
        edges: The edges between the boxes `inside`.
    """

    key: str
    name: str
    kind: str
    input_shape: Shape | list[Shape] | None = None
    output_shape: Shape | list[Shape] | None = None
    parameters: int | None = None
    activation: str = ""
    dtype: str = ""
    trainable: bool = True
    detail: str = ""
    inside: Sequence[Box] = ()
    edges: Sequence[Edge] = ()


@dataclass(frozen=True)
class Show:
    """What a box says besides the layer's class."""

    shapes: bool = False
    dtype: bool = False
    names: bool = False
    activations: bool = False
    trainable: bool = False

    def lines(self, box: Box) -> list[str]:
        """The lines under the class's name.

        Example:
            >>> Show(names=True).lines(Box("a", "stem", "Conv2D"))
            ['stem']
        """
        lines = [box.name] if self.names else []
        if self.activations and box.activation:
            lines.append(f"activation {box.activation}")
        if self.shapes:
            ends = (
                [box.output_shape] if "Input" in box.kind else [box.input_shape, box.output_shape]
            )
            known = any(end is not None for end in ends)
            lines.append(" → ".join(map(shape_text, ends)) if known else "")
        state = [box.dtype] if self.dtype and box.dtype else []
        if self.trainable:
            state.append("trainable" if box.trainable else "frozen")
        return [line for line in (*lines, " · ".join(state)) if line]

    def note(self, box: Box) -> str:
        """What stands to the right of the class's name: the parameters, where shapes are shown."""
        return f"{box.parameters:,}" if self.shapes and box.parameters else ""


def shape_text(shape: Shape | list[Shape] | None) -> str:
    """A shape in words, several equal ones counted.

    Example:
        >>> shape_text((None, 28, 28)), shape_text([(None, 4), (None, 4)])
        ('(None, 28, 28)', '2 × (None, 4)')
    """
    if shape is None:
        return "?"
    if isinstance(shape, tuple):
        return str(shape)
    words = [str(one) for one in shape]
    return f"{len(words)} × {words[0]}" if len(set(words)) == 1 < len(words) else ", ".join(words)


def draw(
    boxes: Sequence[Box],
    edges: Sequence[Edge],
    show: Show | None = None,
    rankdir: str = "TB",
    splines: str = "ortho",
    title: str = "Network",
) -> Picture:
    """The diagram of a network as a picture.

    Args:
        boxes: In the order of computation.
        edges: Pairs (source, target) of keys, both ends among `boxes`.
        show: What the boxes say.
        rankdir: "TB", "BT", "LR" or "RL", the way data flows.
        splines: "ortho" for right angles, "curved" or "spline" for curves.
        title: What a screen reader says.

    Example:
        >>> boxes = [Box("a", "in", "InputLayer"), Box("b", "out", "Dense")]
        >>> "Dense" in draw(boxes, [("a", "b")]).svg()
        True
    """
    if splines not in ("ortho", "curved", "spline"):
        raise bad_argument("draw", "splines", "'ortho', 'curved' or 'spline'", splines)
    drawing = _Drawing(show or Show(), rankdir, 6.0 if splines == "ortho" else 40.0)
    shapes, width, height = drawing.group(boxes, edges)
    shapes = [_moved(shape, MARGIN, MARGIN) for shape in shapes]
    return Picture(width + 2 * MARGIN, height + 2 * MARGIN, title, shapes)


@dataclass(frozen=True)
class _Drawing:
    show: Show
    rankdir: str
    radius: float

    def group(self, boxes: Sequence[Box], edges: Sequence[Edge]):
        """The shapes of one level of the network, its width and its height."""
        inner = {box.key: self.frame(box) for box in boxes if box.inside}
        sizes = {box.key: inner[box.key][1:] if box.inside else self.size(box) for box in boxes}
        # One width for all plain boxes: a column of equal cards is calmer to read.
        widest = max((sizes[box.key][0] for box in boxes if not box.inside), default=0.0)
        for box in boxes:
            if not box.inside:
                sizes[box.key] = (widest, sizes[box.key][1])
        found = layout(sizes, edges, self.rankdir)
        routes = list(found.routes.values())
        loops = [found.places[source] for source, target in edges if source == target]
        routes += [_loop(place, sideways=self.rankdir in ("LR", "RL")) for place in loops]
        shapes = _arrows(routes, self.radius)
        for box in boxes:
            place = found.places[box.key]
            if box.inside:
                shapes += [_moved(shape, place.x, place.y) for shape in inner[box.key][0]]
            else:
                shapes += self.card(box, place)
        return shapes, found.width, found.height

    def size(self, box: Box) -> tuple[float, float]:
        lines, note = self.show.lines(box), self.show.note(box)
        head = text_width(box.kind, BODY, bold=True)
        head += text_width(note, SMALL) + 2 * PADDING if note else 0.0
        widest = max([head, *(text_width(line, SMALL) for line in lines)])
        return max(96.0, widest + 2 * PADDING + 6), 2 * 9.0 + ROW * (1 + len(lines)) - 2

    def card(self, box: Box, place: Place) -> list[Mark]:
        """A layer's card: an edge in its family's colour, its class, and its lines."""
        x, y = place.x + PADDING + 6, place.y + 9 + 11
        color = color_of(box.kind)
        whole = Rect(place.x, place.y, place.width, place.height, color, radius=5.0)
        shapes: list[Mark] = [whole, _right_part(place, 5.0)]
        shapes.append(replace(whole, fill="none", stroke=mix(color, 0.55)))
        shapes.append(Text(x, y, box.kind, BODY, INK, bold=True))
        if note := self.show.note(box):
            right = place.x + place.width - PADDING
            shapes.append(Text(right, y, note, SMALL, MUTED, anchor="end"))
        for index, line in enumerate(self.show.lines(box), start=1):
            shapes.append(Text(x, y + ROW * index, line, SMALL, MUTED))
        return shapes

    def frame(self, box: Box):
        """A nested model: its own diagram in a labelled frame."""
        shapes, width, height = self.group(box.inside, box.edges)
        label = " · ".join([box.kind, *self.show.lines(box)])
        head = 34.0
        wide = max(width + 2 * MARGIN, text_width(label, SMALL, bold=True) + 2 * PADDING)
        left = (wide - width) / 2
        tall = height + head + MARGIN
        frame = Rect(0, 0, wide, tall, fill=WASH, stroke=HAIR, stroke_width=1.2, radius=8.0)
        text = Text(PADDING, 20, label, SMALL, MUTED, bold=True)
        return [frame, text, *(_moved(shape, left, head) for shape in shapes)], wide, tall


def _right_part(place: Place, radius: float) -> Line:
    """The white part of a card, right of the coloured edge, with two rounded corners."""
    left, top = place.x + 5, place.y
    right, bottom = place.x + place.width, place.y + place.height
    steps = (
        ((right - radius, top),),
        ((right, top), (right, top), (right, top + radius)),
        ((right, bottom - radius),),
        ((right, bottom), (right, bottom), (right - radius, bottom)),
        ((left, bottom),),
    )
    return Line((left, top), steps, stroke="none", fill=PAPER)


def _loop(place: Place, sideways: bool) -> list[Point]:
    """A way from a box to itself, beside the data's way: a layer called on its own output."""
    out, wide = 11.0, 7.0
    if sideways:
        x, y = place.x + place.width / 2, place.y + place.height
        return [(x + wide, y), (x + wide, y + out), (x - wide, y + out), (x - wide, y)]
    x, y = place.x + place.width, place.y + place.height / 2
    return [(x, y + wide), (x + out, y + wide), (x + out, y - wide), (x, y - wide)]


def _arrows(routes: Sequence[list[Point]], radius: float) -> list[Mark]:
    shapes: list[Mark] = []
    for route in routes:
        (x, y), (tip_x, tip_y) = route[-2:]
        length = abs(tip_x - x) + abs(tip_y - y) or 1.0
        right, down = (tip_x - x) / length, (tip_y - y) / length
        end = (tip_x - 6 * right, tip_y - 6 * down)
        shapes.append(_rounded([*route[:-1], end], radius))
        wings = tuple(((end[0] + 3.2 * s * down, end[1] - 3.2 * s * right),) for s in (1, -1))
        tip = (tip_x - right, tip_y - down)
        shapes.append(Line(tip, wings, stroke="none", fill=LINE))
    return shapes


def _rounded(route: list[Point], radius: float) -> Line:
    """A line through the corners of `route`, each rounded as far as its sides allow."""
    steps = []
    for (before, corner), (_, after) in pairwise(pairwise(route)):
        near = _toward(corner, before, radius, last=before == route[0])
        far = _toward(corner, after, radius, last=after == route[-1])
        steps += [(near,), (corner, corner, far)]
    return Line(route[0], (*steps, (route[-1],)), stroke=LINE, stroke_width=1.4)


def _toward(corner: Point, other: Point, radius: float, last: bool) -> Point:
    """The point `radius` from `corner` toward `other`; half-way where that has a corner too."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(radius, length if last else length / 2) / (length or 1.0)
    return (
        corner[0] + share * (other[0] - corner[0]),
        corner[1] + share * (other[1] - corner[1]),
    )


def _moved(shape: Mark, right: float, down: float) -> Mark:
    if isinstance(shape, Line):
        start = (shape.start[0] + right, shape.start[1] + down)
        steps = tuple(tuple((x + right, y + down) for x, y in step) for step in shape.steps)
        return replace(shape, start=start, steps=steps)
    return replace(shape, x=shape.x + right, y=shape.y + down)
