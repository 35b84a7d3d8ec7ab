"""A model's diagram as Keras's users ask for it: `plot_model` and `model_to_dot`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path

from ..core.messages import bad_argument
from .describe import describe
from .diagram import Box, Edge, Show, draw
from .drawing import Picture
from .palette import color_of


@dataclass(frozen=True)
class Dot:
    """A diagram with the methods of a pydot graph that programs use; graphviz is not needed."""

    picture: Picture
    text: str
    dpi: int = 200

    def to_string(self) -> str:
        """The diagram in graphviz's DOT language."""
        return self.text

    def create(self, prog: str | None = None, format: str = "svg") -> bytes:
        """The diagram as the bytes of an "svg", "png", "pdf" or "dot" file, in layers as "dot"."""
        if prog not in (None, "dot"):
            raise bad_argument("create", "prog", "'dot': the layout is denser's, in layers", prog)
        if format == "dot":
            return self.text.encode()
        return self.picture.data(format, self.dpi)

    def write(self, path: str | Path, prog: str | None = None, format: str | None = None) -> bool:
        """Write the diagram to `path`, in the format that its ending says unless one is given."""
        ending = Path(path).suffix.lstrip(".").lower()
        Path(path).write_bytes(self.create(prog, format or ending))
        return True

    create_dot = partialmethod(create, format="dot")
    create_pdf = partialmethod(create, format="pdf")
    create_png = partialmethod(create, format="png")
    create_svg = partialmethod(create, format="svg")
    write_dot = partialmethod(write, format="dot")
    write_pdf = partialmethod(write, format="pdf")
    write_png = partialmethod(write, format="png")
    write_svg = partialmethod(write, format="svg")

    def _repr_svg_(self) -> str:
        return self.picture.svg()


def plot_model(
    model,
    to_file: str | Path | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Picture:
    """Draw a model's layers and what flows between them, and save the picture.

    Args:
        model: The model; one that is not built shows what is known of it.
        to_file: Where to save: .svg, .png or .pdf; None saves nothing.
        show_shapes: Shapes of inputs and outputs, and the numbers of parameters.
        show_dtype: The dtypes of the outputs.
        show_layer_names: The layers' names besides their classes.
        rankdir: The way data flows: "TB" (down), "BT", "LR" or "RL".
        expand_nested: Models inside the model as frames with their own layers.
        dpi: Dots per inch of a .png.
        show_layer_activations: The activations.
        show_trainable: Which layers training changes.
        splines: "ortho" for right angles, "curved" or "spline" for curves.

    Returns:
        The picture; a notebook shows it.

    Example:
        >>> plot_model(Sequential([Input((4,)), Dense(2)], name="net"), to_file=None).title
        'Diagram of the model net'
    """
    dot = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
    )
    if to_file is not None:
        dot.picture.save(to_file, dpi)
    return dot.picture


def model_to_dot(
    model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Dot:
    """A model's diagram as an object with `to_string()` (DOT text), `create()` and `write()`.

    Args:
        model: The model; one that is not built shows what is known of it.
        subgraph: Whether the DOT text is a cluster, to stand inside another graph.
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi: See `plot_model`.
        show_layer_activations, show_trainable, splines: See `plot_model`.

    Example:
        >>> model_to_dot(Sequential([Input((4,)), Dense(2)])).to_string().startswith("digraph")
        True
    """
    if not hasattr(model, "count_params"):
        raise bad_argument("plot_model", "model", "a model", model)
    boxes, edges = describe(model, expand_nested)
    show = Show(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    picture = draw(boxes, edges, show, rankdir, splines, f"Diagram of the model {model.name}")
    lines = [f"rankdir={rankdir}; splines={splines}; dpi={dpi};"]
    lines.append('node [shape=box, style=rounded, fontname="Helvetica", fontsize=11];')
    lines += _statements(boxes, edges, show, "n")
    kind = f"subgraph {_quoted('cluster_' + model.name)}" if subgraph else "digraph model"
    text = f"{kind} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"
    return Dot(picture, text, dpi)


def _statements(boxes: Sequence[Box], edges: Sequence[Edge], show: Show, prefix: str) -> list[str]:
    """DOT statements; a nested model is a cluster, whose ends stand for it in the edges."""
    lines: list[str] = []
    first, last = {}, {}
    for box in boxes:
        key = f"{prefix}_{box.key}"
        label = "\n".join([box.kind, *show.lines(box)])
        first[box.key], last[box.key] = key, key
        if box.inside:
            inner = _statements(box.inside, box.edges, show, key)
            lines += [f"subgraph {_quoted('cluster_' + key)} {{", f"  label={_quoted(label)};"]
            lines += [*(f"  {line}" for line in inner), "}"]
            first[box.key] = f"{key}_{box.inside[0].key}"
            last[box.key] = f"{key}_{box.inside[-1].key}"
        else:
            color = color_of(box.kind)
            lines.append(f'{_quoted(key)} [label={_quoted(label)}, color="{color}"];')
    return lines + [f"{_quoted(last[a])} -> {_quoted(first[b])};" for a, b in edges]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
