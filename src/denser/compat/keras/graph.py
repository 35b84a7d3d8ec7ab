"""Graph: the network of named inputs, nodes and outputs that Keras had before 1.0."""

from typing import Any

from ...core.messages import UserError, did_you_mean
from ...layers import Activation, Input
from ...models import Functional
from ..notes import note
from .layers import merge


class Graph:
    """A network made of named parts; its data and its outputs are dicts by those names.

    Example:
        >>> graph = Graph()
        >>> graph.add_input(name="x", input_shape=(4,))
        >>> graph.add_node(Dense(3), name="hidden", input="x")
        >>> graph.add_output(name="y", input="hidden")
        >>> graph.model.output_shape
        [(None, 3)]
    """

    def __init__(self) -> None:
        note("Graph()", "Model(inputs, outputs)")
        self.tensors: dict[str, Any] = {}
        self.input_order: list[str] = []
        self.output_order: list[str] = []
        self._model: Any = None

    def add_input(
        self,
        name: str,
        input_shape: Any = None,
        batch_input_shape: Any = None,
        dtype: str = "float",
    ) -> None:
        """An input by its shape without, or with, the batch."""
        kind = {"float": "float32", "int": "int32"}.get(dtype, dtype)
        shape = {"batch_shape": batch_input_shape} if batch_input_shape else {"shape": input_shape}
        self.tensors[name] = Input(**shape, dtype=kind, name=name)
        self.input_order.append(name)

    def add_node(
        self,
        layer: Any,
        name: str,
        input: str | None = None,
        inputs: Any = (),
        merge_mode: str = "concat",
        concat_axis: int = -1,
        dot_axes: Any = -1,
        create_output: bool = False,
    ) -> None:
        """A layer called on one part, or on several that are merged."""
        self.tensors[name] = layer(self._merged(input, inputs, merge_mode, concat_axis, dot_axes))
        if create_output:
            self.add_output(name, name)

    def add_output(
        self,
        name: str,
        input: str | None = None,
        inputs: Any = (),
        merge_mode: str = "concat",
        concat_axis: int = -1,
        dot_axes: Any = -1,
    ) -> None:
        """A part, or several that are merged, as an output."""
        found = self._merged(input, inputs, merge_mode, concat_axis, dot_axes)
        self.tensors[name] = Activation("linear")(found)
        self.output_order.append(name)
        self._model = None

    def _merged(self, one: Any, several: Any, mode: str, axis: int, axes: Any) -> Any:
        names = [one] if one else list(several)
        for name in names:
            if name not in self.tensors:
                hint = did_you_mean(str(name), self.tensors)
                raise UserError(f"Graph: there is no part named {name!r}. {hint}")
        parts = [self.tensors[name] for name in names]
        return parts[0] if len(parts) == 1 else merge(parts, mode, axis, axes)

    @property
    def model(self) -> Functional:
        """The network as a Functional model, of lists in the order in which parts were added."""
        if self._model is None:
            inputs = [self.tensors[name] for name in self.input_order]
            outputs = [self.tensors[name] for name in self.output_order]
            self._model = Functional(inputs, outputs)
        return self._model

    def compile(self, optimizer: Any, loss: dict[str, Any], **kwargs: Any) -> None:
        """Say how the network learns: a loss for each output."""
        kwargs = {k: v for k, v in kwargs.items() if k in ("metrics", "loss_weights")}
        self.model.compile(optimizer, [loss[name] for name in self.output_order], **kwargs)

    def _split(self, data: dict[str, Any], targets: bool = True) -> tuple[Any, Any]:
        x = [data[name] for name in self.input_order]
        return x, [data[name] for name in self.output_order] if targets else None

    def fit(
        self,
        data: dict[str, Any],
        batch_size: int = 128,
        nb_epoch: int = 100,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        **kwargs: Any,
    ) -> Any:
        """Train on a dict of inputs and targets."""
        held = None if validation_data is None else self._split(validation_data)
        return self.model.fit(
            *self._split(data), batch_size=batch_size, epochs=nb_epoch, verbose=verbose,
            callbacks=callbacks, validation_split=validation_split, validation_data=held,
            shuffle=shuffle,
        )  # fmt: skip

    def evaluate(
        self, data: dict[str, Any], batch_size: int = 128, verbose: int = 0, **kwargs: Any
    ) -> Any:
        """The loss on a dict of inputs and targets."""
        return self.model.evaluate(*self._split(data), batch_size=batch_size, verbose=verbose)

    def predict(self, data: dict[str, Any], batch_size: int = 128, verbose: int = 0) -> dict:
        """The outputs by their names."""
        x, _ = self._split(data, targets=False)
        found = self.model.predict(x, batch_size=batch_size, verbose=verbose)
        each = found if isinstance(found, list) else [found]
        return dict(zip(self.output_order, each, strict=True))

    def train_on_batch(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """One step on a dict of inputs and targets."""
        return self.model.train_on_batch(*self._split(data))

    def test_on_batch(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """The loss of one batch."""
        return self.model.test_on_batch(*self._split(data))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.model, name)  # summary, save_weights, get_weights, ...
