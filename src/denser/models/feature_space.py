"""FeatureSpace: the columns of a table, each encoded in its own way, as one vector."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from .. import saving
from ..core.dtype import is_float
from ..core.fields import Described, Positive, one_of
from ..core.messages import UserError, UserTypeError, bad_argument, short, unknown_name, who
from ..core.naming import auto_name
from ..core.registry import Family, Registered, revive, serialize
from ..core.tensor import KerasTensor, any_symbolic
from ..layers.function import Identity
from ..layers.hashing import HashedCrossing, Hashing
from ..layers.image.sizes import Rescaling
from ..layers.input import Input
from ..layers.integer_lookup import IntegerLookup
from ..layers.layer import LAYERS, Layer
from ..layers.lookup import Lookup
from ..layers.merging import Concatenate
from ..layers.reader import on_host, rows_of
from ..layers.string_lookup import StringLookup
from ..layers.tabular import CategoryEncoding, Discretization, Normalization

_PARTS = Family("part of a FeatureSpace", "feature_space")
_MODULE = "keras.src.layers.preprocessing.feature_space"
LAYERS.aliases["TFDIdentity"] = Identity  # as Keras's files call it here
_KINDS = (
    "float", "float_rescaled", "float_normalized", "float_discretized", "integer_categorical",
    "string_categorical", "integer_hashed", "string_hashed",
)  # fmt: skip


class Cross(Registered):
    """Several features that are hashed together.

    Args:
        feature_names: Their names.
        crossing_dim: Number of bins.
        output_mode: 'one_hot' or 'int'.
    """

    family = _PARTS
    keras_module = _MODULE

    feature_names: Any
    crossing_dim: Positive
    output_mode: Annotated[str, one_of("one_hot", "int")] = "one_hot"

    @property
    def name(self) -> str:
        """`a_X_b`."""
        return "_X_".join(self.feature_names)


class Feature(Registered):
    """How one column is encoded.

    Args:
        dtype: The type of its values.
        preprocessor: The layer that reads them.
        output_mode: 'float': what the layer gives; 'int', 'one_hot': integers, or a vector for
            each.
    """

    family = _PARTS
    keras_module = _MODULE

    dtype: str
    preprocessor: Any
    output_mode: Annotated[str, one_of("int", "one_hot", "float")]


class FeatureSpace(Layer):
    """The columns of a table, each encoded in its own way, as one vector or as a dict.

    Args:
        features: How each column is encoded, by its name: the name of a class method, as
            'float_normalized', or what one gives.
        output_mode: 'concat': one vector for each row, the features in the order of their names,
            crosses behind them; 'dict': each on its own.
        crosses: Tuples of names of features to hash together, or what `cross` gives.
        crossing_dim: Bins of a cross that does not say.
        hashing_dim: Bins of a hashed feature that does not say.
        num_discretization_bins: Bins of a discretized feature that does not say.

    Example:
        >>> space = FeatureSpace({"age": "float_normalized", "job": "string_categorical"})
        >>> table = {"age": [20.0, 40.0], "job": ["cook", "nurse"]}
        >>> space.adapt(table)
        >>> space(table).shape
        (2, 4)
    """

    keras_module = "keras.utils"
    takes_text = True

    features: Any
    output_mode: Annotated[str, one_of("concat", "dict")] = "concat"
    crosses: Any = None
    crossing_dim: Positive = 32
    hashing_dim: Positive = 32
    num_discretization_bins: Positive = 32

    def setup(self) -> None:
        """Make the layers."""
        if not isinstance(self.features, dict) or not self.features:
            raise bad_argument(self, "features", "a dict of how columns are encoded", self.features)
        self.features = {name: self._feature(name, kind) for name, kind in self.features.items()}
        self.crosses = [self._cross(cross) for cross in self.crosses or ()]
        self.preprocessors = {name: f.preprocessor for name, f in self.features.items()}
        self.crossers = {
            cross.name: HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.one_hot_encoders: dict[str, Any] = {}
        self._inputs: dict[str, Any] | None = None
        self._encoded: Any = None

    @classmethod
    def cross(cls, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Several features, by their names, hashed together into `crossing_dim` bins."""
        return Cross(tuple(feature_names), crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column of a type that a layer of your own reads."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", Identity(name=_named("float", name)), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """`x * scale + offset`."""
        layer = Rescaling(scale, offset, name=_named("float_rescaled", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers brought to mean 0 and variance 1."""
        return Feature("float32", Normalization(name=_named("float_normalized", name)), "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Numbers put in bins: `num_bins` that are learnt, or those between boundaries."""
        if bin_boundaries is not None and num_bins not in (None, len(bin_boundaries) + 1):
            expected = f"{len(bin_boundaries) + 1} for {len(bin_boundaries)} boundaries"
            raise bad_argument("float_discretized", "num_bins", expected, num_bins)
        bins = num_bins if bin_boundaries is None else None
        layer = Discretization(bin_boundaries, bins, name=_named("float_discretized", name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Integers looked up in a vocabulary."""
        name = _named("integer_categorical", name)
        layer = IntegerLookup(max_tokens, num_oov_indices, name=name)
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Strings looked up in a vocabulary."""
        name = _named("string_categorical", name)
        return Feature("string", StringLookup(max_tokens, num_oov_indices, name=name), output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Strings hashed into bins."""
        return Feature("string", Hashing(num_bins, name=_named("string_hashed", name)), output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Integers hashed into bins."""
        return Feature("int32", Hashing(num_bins, name=_named("integer_hashed", name)), output_mode)

    def _feature(self, name: str, kind: Any) -> Feature:
        if isinstance(kind, Feature):
            return kind
        if kind not in _KINDS:
            raise unknown_name(f"kind of feature '{name}':", kind, _KINDS)
        given: dict[str, Any] = {"name": name}
        if kind.endswith("_hashed"):
            given["num_bins"] = self.hashing_dim
        if kind == "float_discretized":
            given["num_bins"] = self.num_discretization_bins
        return getattr(self, kind)(**given)

    def _cross(self, cross: Any) -> Cross:
        if not isinstance(cross, Cross):
            cross = Cross(tuple(cross), self.crossing_dim)
        unknown = [name for name in cross.feature_names if name not in self.features]
        if unknown:
            raise unknown_name("feature in `crosses`:", unknown[0], self.features)
        return cross

    def adapt(self, dataset: Any) -> None:
        """Learn what the layers must know of the columns.

        Args:
            dataset: A dict of columns, or a data set of dicts, of rows or of batches.
        """
        columns: dict[str, list[Any]] = {
            name: [] for name, layer in self.preprocessors.items() if _learns(layer)
        }
        for row in [dataset] if isinstance(dataset, dict) else rows_of(dataset):
            if not isinstance(row, dict):
                raise UserTypeError(
                    f"{who(self)}: adapt() reads dicts of columns; got {short(row)}."
                )
            for name, parts in columns.items():
                parts.append(np.atleast_1d(on_host(self._column(row, name))))
        for name, parts in columns.items():
            column = np.concatenate(parts)
            self.preprocessors[name].adapt(column[:, None] if column.ndim == 1 else column)
        self._encoded = None

    def get_inputs(self) -> dict[str, KerasTensor]:
        """An Input for each feature, by name."""
        self._must_be_adapted()
        if self._inputs is None:
            self._inputs = {
                name: Input((1,), dtype=f.dtype, name=name) for name, f in self.features.items()
            }
        return self._inputs

    def get_encoded_features(self) -> Any:
        """The encoded features as symbolic tensors, for a model that begins with `get_inputs`."""
        if self._encoded is None:
            self._encoded = self._encode(self.get_inputs())
        return self._encoded

    def __call__(self, data: Any, **kwargs: Any) -> Any:
        """The encoded features of a dict of columns, of a single row, or of symbolic tensors."""
        if not isinstance(data, dict):
            raise UserTypeError(f"{who(self)}: reads a dict of columns; got {short(data)}.")
        self._must_be_adapted()
        if any_symbolic(data):
            return self._encode(data)
        columns = {name: on_host(self._column(data, name)) for name in self.features}
        single = {name for name, column in columns.items() if column.ndim == 0}
        encoded = self._encode({name: _as_column(column) for name, column in columns.items()})
        self.built = True
        if not single:
            return encoded
        if self.output_mode == "concat":
            return encoded[0]
        return {name: value[0] for name, value in encoded.items()}

    def _encode(self, data: dict[str, Any]) -> Any:
        read = {name: self.preprocessors[name](self._column(data, name)) for name in self.features}
        encoded = {name: self._out(name, read[name]) for name in sorted(self.features)}
        for cross in sorted(self.crosses, key=lambda cross: cross.name):
            crossed = self.crossers[cross.name]([read[name] for name in cross.feature_names])
            is_vector = cross.output_mode == "one_hot"
            size = cross.crossing_dim
            encoded[cross.name] = self._one_hot(cross.name, size)(crossed) if is_vector else crossed
        if self.output_mode == "dict":
            return encoded
        for name, value in encoded.items():
            if not is_float(value.dtype):
                raise UserError(
                    f"{who(self)}: feature {name!r} is not encoded (it is {value.dtype}), so that "
                    "it cannot be joined with others. Give it output_mode='one_hot', or the space "
                    "output_mode='dict'."
                )
        return self._joined(list(encoded.values()))

    def _joined(self, values: list[Any]) -> Any:
        if len(values) == 1:
            return values[0]
        return Concatenate()(values) if any_symbolic(values) else jnp.concatenate(values, axis=-1)

    def _out(self, name: str, value: Any) -> Any:
        feature = self.features[name]
        if feature.output_mode != "one_hot" or (is_float(value.dtype)):
            return value
        layer = feature.preprocessor
        if isinstance(layer, Lookup):
            size = layer.depth()
        elif isinstance(layer, Hashing):
            size = layer.num_bins
        elif isinstance(layer, Discretization):
            size = len(layer.bin_boundaries) + 1
        else:
            raise UserError(
                f"{who(self)}: feature {name!r}: how many integers {who(layer)} gives is not "
                "known. Let it encode them itself, and say output_mode='float'."
            )
        return self._one_hot(name, size)(value)

    def _one_hot(self, name: str, size: int) -> CategoryEncoding:
        known = self.one_hot_encoders.get(name)
        if known is None or known.num_tokens != size:
            self.one_hot_encoders[name] = CategoryEncoding(size, "one_hot", name=f"{name}_one_hot")
        return self.one_hot_encoders[name]

    def _column(self, data: dict[str, Any], name: str) -> Any:
        if name not in data:
            raise UserError(
                f"{who(self)}: the column {name!r} is missing; got {', '.join(map(repr, data))}."
            )
        return data[name]

    def _must_be_adapted(self) -> None:
        for name, layer in self.preprocessors.items():
            if _learns(layer) and not _has_learnt(layer):
                raise UserError(
                    f"{who(self)}: call `adapt(dataset)` first: feature {name!r} is learnt from "
                    "data."
                )

    def get_config(self) -> dict[str, Any]:
        """The arguments, as Keras writes them."""
        return serialize(Described.arguments(self))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "FeatureSpace":
        """The space that `get_config` described; without what was learnt."""
        return cls(**{name: revive(value) for name, value in config.items()})

    def get_build_config(self) -> dict[str, Any]:
        """What each feature's layer was built for."""
        return {name: f.get_build_config() or {} for name, f in self.preprocessors.items()}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build each feature's layer for what `get_build_config` gave."""
        for name, part in config.items():
            if part and not self.preprocessors[name].built:
                self.preprocessors[name].build_from_config(part)
        self.built = True

    def save(self, filepath: Any) -> None:
        """Save to a `.keras` file, which `load_model` reads."""
        saving.save_model(self, filepath)


def _named(kind: str, name: str | None) -> str:
    return f"{name or auto_name(kind)}_preprocessor"


def _learns(layer: Any) -> bool:
    """Whether a layer has something to learn from data before it can be used."""
    if isinstance(layer, Normalization):
        return layer.mean is None
    if isinstance(layer, Discretization):
        return layer.num_bins is not None
    return hasattr(layer, "adapt") and getattr(layer, "vocabulary", None) is None


def _has_learnt(layer: Any) -> bool:
    if isinstance(layer, Normalization):
        return layer.built
    if isinstance(layer, Discretization):
        return layer.bin_boundaries is not None
    return not hasattr(layer, "vocabulary_size") or bool(layer.get_vocabulary(False))


def _as_column(column: np.ndarray) -> np.ndarray:
    """Values (rows,), or a single one, as (rows, 1)."""
    column = np.atleast_1d(column)
    return column[:, None] if column.ndim == 1 else column
