"""The table that `model.summary()` prints."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.graph import Node
from ..core.later import Later
from ..core.messages import UserError, bad_argument
from ..core.tensor import KerasTensor, leaves
from ..layers.layer import Layer
from .functional_config import operation_names, operations_in_order

rich_box, rich_console, rich_markup, rich_table = (
    Later(f"rich.{part}") for part in ("box", "console", "markup", "table")
)

_SHARES = {False: [0.45, 0.8, 1.0], True: [0.3, 0.56, 0.74, 1.0]}  # without connections, with
_TRAINABLE_FROM = 0.84  # the share of the line where that column begins


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[..., Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print a model's layers, output shapes and parameters; the arguments are `summary`'s."""
    plain = print_fn is not None
    console = rich_console.Console(
        highlight=False, force_terminal=False if plain else None,
        color_system=None if plain else "auto",
    )  # fmt: skip
    connected = _branches(model)
    width = line_length or min(console.width - 4, (108 if connected else 88) + 12 * show_trainable)
    console.width = max(console.width, width)
    table = _empty_table(width, positions, connected, show_trainable)
    for row in _rows(model, expand_nested, layer_range):
        table.add_row(*row.cells(connected, show_trainable))
    with console.capture() as captured:
        console.print(f'[bold]Model: "{rich_markup.escape(model.name)}"[/bold]')
        console.print(table)
        for line in _totals(model):
            console.print(line)
    text = captured.get()
    if print_fn is None:
        print(text, end="")
        return
    try:
        print_fn(text, line_break=False)
    except TypeError:
        print_fn(text)


def _empty_table(width: int, positions: Any, connected: bool, trainable: bool) -> Any:
    """The columns, as wide as their positions in the line say."""
    titles = ["Layer (type)", "Output Shape", "Param #"]
    ends = _SHARES[connected]
    if connected:
        titles.append("Connected to")
    if trainable:
        titles.append("Trainable")
        ends = [end * _TRAINABLE_FROM for end in ends] + [1.0]
    ends = list(positions or ends)
    if len(ends) != len(titles):
        raise bad_argument("summary", "positions", f"{len(titles)} numbers", positions)
    if ends[-1] <= 1:
        ends = [int(width * end) for end in ends]
    table = rich_table.Table(box=rich_box.HEAVY_HEAD, show_lines=True, width=width)
    ends[-1] += 1
    for title, begin, end in zip(titles, [0, *ends], ends, strict=False):
        justify: Any = {"Param #": "right", "Trainable": "center"}.get(title, "left")
        column = max(2, end - begin - 4)  # what is left of the line goes to all in proportion
        table.add_column(title, justify=justify, width=column, overflow="fold")
    return table


class _Row(NamedTuple):
    """One layer or op of a model, or of a model inside it."""

    operation: Any
    name: str
    calls: list[Node]
    sources: list[str]
    depth: int = 0

    def cells(self, connected: bool, trainable: bool) -> list[str]:
        """The texts of its columns, in rich's markup."""
        inset = f"{'   ' * self.depth}└ " if self.depth else ""
        name, kind = rich_markup.escape(self.name), rich_markup.escape(self.kind())
        cells = [
            f"{inset}{name} ([blue]{kind}[/blue])",
            rich_markup.escape(self.output_shape()),
            f"[green]{self.count()}[/green]",
        ]
        if connected:
            cells.append(rich_markup.escape(", ".join(self.sources)) or "-")
        if trainable:
            cells.append(self.trainable())
        return cells

    def kind(self) -> str:
        """The layer's class; for an op, the name that Keras's class for it has."""
        if isinstance(self.operation, Layer):
            return type(self.operation).__name__
        return "".join(part.capitalize() for part in self.operation.__name__.split("_"))

    def output_shape(self) -> str:
        """The shape of the first call's output; `?` while nobody knows it."""
        layer = self.operation
        calls = self.calls or layer._nodes
        if calls:
            shapes = [t.shape for t in leaves(calls[0].outputs) if isinstance(t, KerasTensor)]
            return str(shapes[0] if len(shapes) == 1 else shapes)
        if not layer.built or len(layer._build_shapes or ()) != 1:
            return "?"
        try:
            return str(layer.compute_output_shape(*layer._build_shapes.values()))
        except Exception:  # a user's layer that is called otherwise than it is built
            return "?"

    def count(self) -> str:
        """The number of parameters."""
        if not isinstance(self.operation, Layer):
            return "0"
        layer = self.operation
        if layer.built:
            return f"{layer.count_params():,}"
        has_weights = type(layer).build is not Layer.build or layer.sublayers
        return "0 (unbuilt)" if has_weights else "0"

    def trainable(self) -> str:
        """Y or N, or - where there is nothing to train."""
        if not getattr(self.operation, "weights", []):
            return "-"
        return "[bold green]Y[/]" if self.operation.trainable else "[bold red]N[/]"


def _rows(model: Any, expand: bool, layer_range: Any) -> list[_Row]:
    """A row for each line, those of models inside others behind their own."""
    rows = _own_rows(model)
    if layer_range is not None:
        rows = _between(rows, layer_range)
    found = []
    for row in rows:
        found.append(row)
        if expand and hasattr(row.operation, "layers"):
            found += [r._replace(depth=r.depth + 1) for r in _rows(row.operation, True, None)]
    return found


def _own_rows(model: Any) -> list[_Row]:
    graph = model._graph
    if graph is None or not hasattr(model, "input_names"):
        return [_Row(layer, layer.name, [], []) for layer in model.layers]
    operations = operations_in_order(graph)
    names = operation_names(operations)
    place = {
        id(node): f"{name}[{number}]"
        for name, calls in zip(names, operations, strict=True)
        for number, node in enumerate(calls)
    }

    def sources(calls: list[Node]) -> list[str]:
        read = [tensor.history for node in calls for tensor in node.input_tensors]
        return [f"{place[id(maker)]}[{index}]" for maker, index in read]

    return [
        _Row(calls[0].operation, name, calls, sources(calls))
        for name, calls in zip(names, operations, strict=True)
    ]


def _between(rows: list[_Row], layer_range: Any) -> list[_Row]:
    """The rows from the first that the one pattern matches to the last that the other does."""
    names = [row.name for row in rows]
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise bad_argument("summary", "layer_range", "two names or patterns", layer_range)
    ends = [[i for i, name in enumerate(names) if re.match(p, name)] for p in layer_range]
    if not all(ends):
        raise UserError(f"summary: `layer_range` {layer_range!r} matches no layers: {names}.")
    return rows[min(ends[0]) : max(ends[1]) + 1]


def _branches(model: Any) -> bool:
    """Whether the graph is more than a line, so that a column of connections says something."""
    if model._graph is None:
        return False
    read = [id(tensor) for node in model._graph.nodes for tensor in node.input_tensors]
    joins = any(len(node.input_tensors) > 1 for node in model._graph.nodes)
    return joins or len(read) > len(set(read))


def memory_text(variables: list[Any]) -> str:
    """The memory that variables take: `2.55 MB`."""
    size = float(sum(v.size * v.raw.dtype.itemsize for v in variables))
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            break
        size /= 1024
    return f"{size:.2f} {unit}"


def _totals(model: Any) -> list[str]:
    """The lines below the table: numbers of parameters, and the memory they take."""
    groups = [
        ("Trainable params", model.trainable_weights),
        ("Non-trainable params", model.non_trainable_weights),
    ]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and getattr(optimizer, "built", False):
        groups.append(("Optimizer params", optimizer.variables))
    everything = [v for _, part in groups for v in part]
    return [
        f"[bold] {title}: [/bold][green]{sum(v.size for v in part):,}[/green] ({memory_text(part)})"
        for title, part in [("Total params", everything), *groups]
    ]
