"""Input: where data enter a model."""

from typing import Any

from ..core.dtype import standardize_dtype
from ..core.graph import Node
from ..core.messages import UserError, UserTypeError
from ..core.tensor import KerasTensor, standardize_shape
from .input_spec import InputSpec
from .layer import Layer


class InputLayer(Layer):
    """The place of one input in a model; made by `Input`.

    Args:
        shape: Shape of one sample, without the batch; None for unknown sizes.
        batch_size: Rows of a batch, where that is fixed.
        dtype: Type of the data.
        sparse, ragged: Must be False: JAX has dense arrays only.
        batch_shape: Shape with the batch, in place of `shape`.
        input_tensor: A KerasTensor to take as the place itself.
        optional: Whether None may be given for it.
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: Any = None,
        ragged: Any = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        if sparse or ragged:
            raise UserTypeError("Input: sparse and ragged inputs do not exist in JAX; use dense.")
        for key in ("input_shape", "batch_input_shape"):
            if key in kwargs:
                given = kwargs.pop(key)
                shape, batch_shape = (given, None) if key == "input_shape" else (None, given)
        super().__init__(name=name, **kwargs)
        if shape is not None and batch_shape is not None:
            raise UserError("Input: give either `shape` or `batch_shape`, not both.")
        if input_tensor is not None:
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        if batch_shape is None:
            if shape is None:
                raise UserError("Input: give `shape`, as Input(shape=(784,)).")
            batch_shape = (batch_size, *standardize_shape(shape, "Input"))
        self.batch_shape = standardize_shape(batch_shape, "Input")
        self._dtype = standardize_dtype(dtype)
        self.optional = optional
        tensor = input_tensor or KerasTensor(self.batch_shape, self._dtype, name=self.name)
        self._nodes.append(Node(self, (), {}, tensor))
        self.input_spec = InputSpec(shape=self.batch_shape, dtype=self._dtype, optional=optional)
        self.built = True

    dtype = property(lambda self: self._dtype, doc="Type of the data.")
    input = property(lambda self: self.output, doc="The symbolic tensor of this place.")
    input_shape = property(lambda self: self.batch_shape, doc="Shape with the batch.")

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """An Input is not called: it is where a graph begins."""
        raise UserError("An Input layer cannot be called on data.")

    def get_config(self) -> dict[str, Any]:
        """Shape, type and name, as Keras writes them."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": self.optional,
        }


def Input(  # noqa: N802 - Keras's name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: Any = None,
    ragged: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor where data will enter a model.

    Args:
        shape: Shape of one sample, without the batch; None for unknown sizes.
        batch_size: Rows of a batch, where that is fixed.
        dtype: Type of the data; None: `config.floatx()`.
        batch_shape: Shape with the batch, in place of `shape`.
        tensor: A KerasTensor to take as the place itself.
        optional: Whether None may be given for it.

    Example:
        >>> Input(shape=(784,)).shape
        (None, 784)
    """
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    return layer.output
