"""Adapters: a weight that is read from few bits, or with a small trained product added to it.

A layer reads `self.kernel.value` and never asks what stands there. `quantize` puts a `Reading`
there that keeps the weight in 8 or 4 bits; `enable_lora` one that adds `scale * a @ b`.
"""

import re
from typing import Annotated, Any, ClassVar

import numpy as np
from jax import Array
from jax.lax import stop_gradient

from .. import quantizers
from ..core.dtype import get_policy
from ..core.fields import Rule, when
from ..core.messages import UserError, bad_argument, who
from ..core.variable import Variable
from ..dtype_policies import DTypePolicyMap
from .few_bits import form_of
from .operation import Operation

LoraRank = Annotated[
    int | None, when("a positive integer", lambda v: isinstance(v, int) and v > 0, bad=(0, 2.5))
]
LoraAlpha = Annotated[float | None, when("a number", lambda v: not isinstance(v, str), bad=("a",))]
AConfig = Annotated[
    Any,
    Rule(
        "an Int8QuantizationConfig or an Int4QuantizationConfig",
        lambda value: isinstance(value, quantizers.QuantizationConfig),
        lambda value: quantizers.deserialize(value) if isinstance(value, dict) else value,
        bad=("int8", 17),
    ),
]


class Reading:
    """Stands where a layer reads a weight: the weight from what is kept of it, and LoRA's product
    added.

    Args:
        name: Attribute of the layer that this stands at.
        kept: The weight's Variable, or those of its few-bits form.
        form: That form; None: the weight is kept as it is.
    """

    def __init__(self, name: str, shape: tuple[int, ...], kept: list[Variable], form: Any = None):
        self.name, self.shape, self.kept, self.form = name, shape, kept, form
        self.lora: tuple[Variable, Variable, float] | None = None

    @property
    def value(self) -> Array:
        """The weight, in the type the layer computes in."""
        kept = [variable.value for variable in self.kept]
        weight = kept[0] if self.form is None else self.form.read(*kept)
        if self.lora is None:
            return weight
        a, b, scale = self.lora
        return weight + scale * (a.value @ b.value)

    def parts(self) -> list[Any]:
        """What a file has of the weight, LoRA's product merged into it."""
        return self.kept if self.lora is None else [_Merged(self, n) for n in range(len(self.kept))]

    def merged(self) -> list[Array]:
        """What is kept of the weight with LoRA's product in it."""
        return [self.value] if self.form is None else self.form.store(self.value)

    dtype = property(lambda self: self.value.dtype.name, doc="The type of `value`.")
    ndim = property(lambda self: len(self.shape), doc="The number of axes.")

    def numpy(self) -> np.ndarray:
        """The weight as NumPy's array."""
        return np.asarray(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype)

    def __jax_array__(self) -> Array:
        return self.value

    def __repr__(self) -> str:
        kept = ", ".join(f"{v.name} {v.shape} {v.dtype}" for v in self.kept)
        return f"<{self.name}, shape={self.shape}, read from {kept}>"


class _Merged:
    """One array that a file has of a weight with LoRA."""

    def __init__(self, reading: Reading, number: int):
        self.reading, self.number = reading, number
        self.name, self.shape = reading.kept[number].name, reading.kept[number].shape

    @property
    def raw(self) -> Array:
        """The array."""
        return self.reading.merged()[self.number]

    def assign(self, value: Any) -> None:
        """Take a file's array, to which LoRA's product adds nothing yet."""
        self.reading.kept[self.number].assign(value)
        if self.reading.lora is not None:
            b = self.reading.lora[1]
            b.assign(np.zeros(b.shape))


class Adaptable(Operation):
    """Operation whose weights can be kept in few bits or trained by small products (LoRA).

    A layer says which ones: `few_bits`, by name with how each is kept, and `with_lora`.
    """

    few_bits: ClassVar[Any] = {}
    with_lora: ClassVar[str] = ""

    @property
    def quantization_mode(self) -> str | None:
        """'int8' or 'int4' where the weights are kept in few bits, else None."""
        return self.dtype_policy.quantization_mode

    @property
    def lora_enabled(self) -> bool:
        """Whether a small product is trained in place of a weight."""
        return any(reading.lora is not None for reading in self._readings)

    @property
    def _readings(self) -> list[Reading]:
        names = dict.fromkeys([*self.few_bits, self.with_lora])
        return [held for n in names if isinstance(held := self.__dict__.get(n), Reading)]

    def _adapt(self) -> None:
        """After `build`: bring the weights to the form that policy and arguments say."""
        if isinstance(self.dtype_policy, DTypePolicyMap):
            self.dtype_policy = self.dtype_policy[self.path]
        mode = self.dtype_policy.quantization_mode
        if mode is not None and self.few_bits and not self._readings:
            self._check_mode(mode)
            config = getattr(self, "quantization_config", None)
            self._quantize(config or _config_of(self.dtype_policy))
        if getattr(self, "lora_rank", None) is not None and not self.lora_enabled:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the weight `w` and train `a` and `b` of `w + lora_alpha / rank * a @ b`.

        Files have the sum: a model saved with LoRA loads without it.

        Args:
            rank: Columns of `a` and rows of `b`.
            lora_alpha: Factor of the product, over `rank`; None: `rank`, so that it is 1.
            a_initializer, b_initializer: How the two start; with zeros for `b` nothing changes yet.

        Source: Hu et al. 2021, "LoRA", arXiv:2106.09685.
        """
        name = self.with_lora
        if not name:
            raise UserError(f"{who(self)}: has no weight that LoRA is made for.")
        if getattr(self, f"{name}_constraint") is not None:
            raise UserError(f"{who(self)}: LoRA does not keep `{name}_constraint`; leave it out.")
        if not self.built:
            raise UserError(f"{who(self)}: is not built. Call it on data or `build` it first.")
        if self.lora_enabled:
            raise UserError(f"{who(self)}: LoRA is enabled already.")
        if not isinstance(rank, (int, np.integer)) or rank < 1:
            raise bad_argument(self, "rank", "a positive integer", rank)
        self.lora_rank, self.lora_alpha = rank, rank if lora_alpha is None else lora_alpha
        weight = getattr(self, name)
        reading = weight if isinstance(weight, Reading) else Reading(name, weight.shape, [weight])
        shapes = (*weight.shape[:-1], rank), (rank, weight.shape[-1])
        starts, penalty = (a_initializer, b_initializer), getattr(self, f"{name}_regularizer")
        a, b = (
            self.add_weight(shape, start, None, True, True, penalty, name=f"lora_{name}_{letter}")
            for letter, shape, start in zip("ab", shapes, starts, strict=True)
        )
        reading.lora = (a, b, self.lora_alpha / rank)
        setattr(self, name, reading)
        self._keep_frozen()

    def quantize(
        self, mode: str | None = None, type_check: bool = True, config: Any = None
    ) -> None:
        """Keep the weights in few bits; they are not trained any more.

        Args:
            mode: 'int8', which rounds the inputs too, or 'int4'.
            type_check: Whether a subclass of a layer of ours is refused, since its own `call` may
                not read its weights as that layer does.
            config: An Int8QuantizationConfig or Int4QuantizationConfig, in place of `mode`.

        Raises:
            UserError: for a layer without such weights, or one that is not built.
        """
        config = config_for(mode, config)
        if type_check and not type(self).__module__.startswith("denser."):
            raise UserError(
                f"{who(self)}: is a class of yours; `quantize(..., type_check=False)` takes it if "
                "its `call` reads the weights as its base does."
            )
        self._check_mode(config.mode)
        if not self.built:
            raise UserError(f"{who(self)}: is not built. Call it on data or `build` it first.")
        if self.quantization_mode is not None:
            raise UserError(f"{who(self)}: has been quantized to {self.quantization_mode!r}.")
        self._quantize(config)
        self.dtype_policy = get_policy(f"{config.policy}_from_{self.dtype_policy.name}")

    def _check_mode(self, mode: str) -> None:
        if mode not in _CONFIGS:
            raise UserError(f"{who(self)}: {_OTHER_MODE.format(mode)}")
        if not self.few_bits:
            raise UserError(f"{who(self)}: has no weights that can be kept in few bits.")

    def _quantize(self, config: Any) -> None:
        """Put in place of each weight its form of few bits."""
        for name, bits in self.few_bits.items():
            held = self.__dict__.get(name)
            if held is None:
                continue
            lora = held.lora if isinstance(held, Reading) else None
            weight = held.kept[0] if isinstance(held, Reading) else held
            form = form_of(bits, weight.shape, config)
            kept = [
                self._add(ending if ending == "g_idx" else name + ending, array)
                for ending, array in zip(form.names, form.store(weight.raw), strict=True)
            ]
            reading = Reading(name, weight.shape, kept, form)
            reading.lora = lora
            self._own_weights = [v for v in self._own_weights if v is not weight]
            setattr(self, name, reading)
        self.quantization_config = config

    def _add(self, name: str, array: Array) -> Variable:
        """A Variable of the few-bits form of a weight."""
        return self.add_weight(array.shape, lambda *_, **__: array, array.dtype, False, name=name)

    def _keep_frozen(self) -> None:
        for reading in self._readings:
            for variable in reading.kept:
                variable.trainable = False

    @Operation.trainable.setter  # type: ignore[attr-defined]
    def trainable(self, value: bool) -> None:
        """Whether the weights take part in training, but for those that adapters have frozen."""
        Operation.trainable.fset(self, value)  # type: ignore[attr-defined]
        self._keep_frozen()

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """`call`, on inputs rounded as the weights are, where the config says so."""
        # LoRA's product sees the rounded inputs too; Keras gives it the exact ones.
        config = self.__dict__.get("quantization_config")
        if config is not None and self._readings and config.activation_quantizer is not None:
            axes = self.summed_of_inputs(*args, **kwargs)
            if axes is not None:
                args = (_rounded(args[0], config.activation_quantizer, axes), *args[1:])
        return self.call(*args, **kwargs)

    def summed_of_inputs(self, inputs: Array, *args: Any, **kwargs: Any) -> tuple[int, ...] | None:
        """The axes of the inputs that the product sums over; None: there is no product."""
        return (-1,)

    def _saved(self) -> list[Any]:
        """What files have of the own weights, as Keras orders it: the first weight, those that are
        not adapted, scales and zeros of the first, then other weights with theirs."""
        readings = self._readings
        if not readings:
            return super()._saved()
        adapted = {id(v) for r in readings for v in [*r.kept, *(r.lora or ())]}
        first, *others = [reading.parts() for reading in readings]
        plain = [v for v in self._own() if id(v) not in adapted]
        return [first[0], *plain, *first[1:], *(part for parts in others for part in parts)]


def _rounded(x: Array, quantizer: Any, axes: tuple[int, ...]) -> Array:
    """`x` rounded to few bits and back; the gradient passes as if it had not been."""
    values, scale = quantizer(x, axis=axes)
    return x + stop_gradient(values.astype(x.dtype) / scale - x)


_CONFIGS = {
    "int8": quantizers.Int8QuantizationConfig,
    "int4": quantizers.Int4QuantizationConfig,
}
_OTHER_MODE = (
    "mode {!r} is not computed here. Use 'int8' or 'int4' to make a trained model small; to train "
    "with less memory, dtype='mixed_bfloat16'."
)


def config_for(mode: str | None, config: Any) -> Any:
    """The config that `quantize(mode, config=config)` means."""
    if isinstance(mode, quantizers.QuantizationConfig):
        mode, config = None, mode
    if config is not None:
        if not isinstance(config, quantizers.QuantizationConfig):
            raise bad_argument("quantize", "config", "a QuantizationConfig", config)
        if mode not in (None, config.mode):
            raise bad_argument("quantize", "mode", f"{config.mode!r}, as `config` says", mode)
        return config
    if mode in ("float8", "gptq", "awq"):
        raise UserError(f"quantize: {_OTHER_MODE.format(mode)}")
    if mode not in _CONFIGS:
        raise bad_argument("quantize", "mode", "'int8' or 'int4'", mode)
    return _CONFIGS[mode]()


def quantize_all(
    model: Any, mode: str | None, config: Any, filters: Any, type_check: bool = True
) -> None:
    """Quantize the layers of a model that have weights for it and that `filters` lets through."""
    config = config_for(mode, config)
    if not model.built:
        raise UserError(f"{who(model)}: is not built. Call it on data or `build` it first.")
    ours = [layer for layer in model._flatten_layers() if layer.few_bits and layer.built]
    chosen = [layer for layer in ours if _passes(layer, filters)]
    if not chosen:
        raise UserError(f"{who(model)}: no layer {'passes `filters`' if ours else 'can be'}.")
    for layer in chosen:
        layer.quantize(type_check=type_check, config=config)


def _passes(layer: Any, filters: Any) -> bool:
    if filters is None:
        return True
    if callable(filters):
        return bool(filters(layer))
    patterns = [filters] if isinstance(filters, str) else filters
    return any(re.search(pattern, layer.name) for pattern in patterns)


def _config_of(policy: Any) -> Any:
    """The config that a policy's name says enough about."""
    if policy.quantization_mode == "int8":
        return quantizers.Int8QuantizationConfig()
    return quantizers.Int4QuantizationConfig(block_size=getattr(policy, "block_size", -1))
