"""The table that `model.summary()` prints."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import rich.box
import rich.console
import rich.markup
import rich.table

from ..core.messages import UserError
from ..core.tensor import KerasTensor, leaves


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
    console = rich.console.Console(
        highlight=False, force_terminal=False if print_fn is not None else None,
        color_system="auto" if print_fn is None else None, width=line_length, record=False,
    )  # fmt: skip
    with console.capture() as captured:
        _write(console, model, positions, expand_nested, show_trainable, layer_range)
    text = captured.get()
    if print_fn is None:
        print(text, end="")
        return
    try:
        print_fn(text, line_break=False)
    except TypeError:
        print_fn(text)


def _write(
    console: Any, model: Any, positions: Any, expand: bool, trainable: bool, layer_range: Any
) -> None:
    connected = _branches(model)
    titles = ["Layer (type)", "Output Shape", "Param #"]
    shares = [0.45, 0.8, 1.0]
    if connected:
        titles.append("Connected to")
        shares = [0.28, 0.54, 0.69, 1.0]
    if trainable:
        titles.append("Trainable")
        shares = [share * 0.86 for share in shares[:-1]] + [0.86, 1.0]
    shares = list(positions or shares)
    if len(shares) != len(titles):
        raise UserError(f"summary: `positions` needs {len(titles)} numbers; got {len(shares)}.")
    width = min(console.width, 100 if connected or trainable else 80)
    table = rich.table.Table(box=rich.box.HEAVY_HEAD, show_lines=True, width=width)
    at = 0.0
    for title, share in zip(titles, shares, strict=True):
        justify = "right" if title == "Param #" else "left"
        column = max(4, math.floor(width * (share - at) if share <= 1 else share - at) - 3)
        table.add_column(title, justify=justify, width=column, overflow="fold")  # type: ignore[arg-type]
        at = share
    for layer, depth in _rows(model, expand, layer_range):
        table.add_row(*_cells(model, layer, depth, connected, trainable))
    escaped = rich.markup.escape
    console.print(f"[bold]Model: {escaped(repr(model.name)[1:-1])}[/bold]")
    console.print(table)
    for line in totals(model):
        console.print(line)


def _rows(model: Any, expand: bool, layer_range: Any) -> list[tuple[Any, int]]:
    """(layer, how deep inside other models) for each line."""
    layers = _shown_layers(model)
    if layer_range is not None:
        names = [layer.name for layer in layers]
        ends = [
            [i for i, name in enumerate(names) if re.match(pattern, name)]
            for pattern in layer_range
        ]
        if len(ends) != 2 or not all(ends):
            raise UserError(f"summary: `layer_range` {layer_range!r} matches no layers: {names}.")
        layers = layers[min(ends[0]) : max(ends[1]) + 1]
    found = []
    for layer in layers:
        found.append((layer, 0))
        if expand and hasattr(layer, "layers"):
            found += [(inner, depth + 1) for inner, depth in _rows(layer, expand, None)]
    return found


def _shown_layers(model: Any) -> list[Any]:
    return list(model.layers)


def _branches(model: Any) -> bool:
    """Whether the graph is more than a line, so that a column of connections says something."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return False
    readers: dict[int, int] = {}
    for node in graph.nodes:
        if len(node.input_tensors) > 1:
            return True
        for tensor in node.input_tensors:
            readers[id(tensor)] = readers.get(id(tensor), 0) + 1
    return any(count > 1 for count in readers.values())


def _cells(model: Any, layer: Any, depth: int, connected: bool, trainable: bool) -> list[str]:
    escape = rich.markup.escape
    kind = type(layer).__name__
    name = f"{'   ' * depth}{layer.name}"
    cells = [
        f"{escape(name)} ([blue]{escape(kind)}[/blue])",
        escape(output_shape_text(layer)),
        f"[green]{_count(layer)}[/green]",
    ]
    if connected:
        cells.append(escape(", ".join(_sources(model, layer))) or "-")
    if trainable:
        mark = "Y" if layer.weights and layer.trainable else "N" if layer.weights else "-"
        cells.append({"Y": "[bold green]Y[/]", "N": "[bold red]N[/]"}.get(mark, mark))
    return cells


def output_shape_text(layer: Any) -> str:
    """The layer's output shape as text; `?` while nobody knows it."""
    try:
        shapes = [t.shape for t in leaves(layer.output) if isinstance(t, KerasTensor)]
    except (UserError, AttributeError):
        units = getattr(layer, "units", None)
        return f"(None, {units})" if units is not None and not layer.built else "?"
    return ", ".join(map(str, shapes))


def _count(layer: Any) -> str:
    if not layer.built:
        return "0 (unbuilt)"
    return f"{layer.count_params():,}"


def _sources(model: Any, layer: Any) -> list[str]:
    """`name[call][output]` of every tensor that the layer reads in this model."""
    in_graph = {id(node) for node in model._graph.nodes}
    found = []
    for node in layer._nodes:
        if id(node) in in_graph:
            for tensor in node.input_tensors:
                maker, index = tensor.history
                operation = maker.operation
                name = getattr(operation, "name", None) or operation.__name__
                calls = getattr(operation, "_nodes", [maker])
                found.append(f"{name}[{calls.index(maker)}][{index}]")
    return found


def memory_text(variables: list[Any]) -> str:
    """The memory that variables take: `2.55 MB`."""
    size = float(sum(v.size * v.raw.dtype.itemsize for v in variables))
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            break
        size /= 1024
    return f"{size:.2f} {unit}"


def totals(model: Any) -> list[str]:
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
