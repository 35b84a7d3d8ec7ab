"""Few bits: the forms in which a weight is kept in 8 or 4 bits, and read from them."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from .. import quantizers
from ..core.messages import UserError


@dataclass(frozen=True)
class Bits:
    """How a weight is kept in few bits.

    Args:
        summed: The axes of the weight that its product sums over: all of them share a scale.
        packed: The axis along which two 4-bit numbers share a byte.
        by_column: Whether 4-bit forms keep the axes summed over last, not first.
        scale: The axes of weight and output in letters, where the scale is kept as the output lies.
        indexed: Whether files have the number of each row's block.
    """

    summed: tuple[int, ...] = (0,)
    packed: int = -1
    by_column: bool = False
    scale: tuple[str, str] | None = None
    indexed: bool = True

    def matrix(self, weight: Array) -> Array:
        """The weight as the matrix whose columns 4-bit forms scale.

        Its rows are as many as are summed over. Where those axes are not the first ones, Keras
        does not move them to the front, and files keep to that.
        """
        if self.by_column:
            return weight.T
        return weight.reshape(int(np.prod([weight.shape[axis] for axis in self.summed])), -1)

    def weight(self, matrix: Array, shape: tuple[int, ...]) -> Array:
        """The weight of that shape behind its matrix."""
        return matrix.T if self.by_column else matrix.reshape(shape)


class _Int8:
    """8-bit numbers of the weight's own shape, and a scale for each output."""

    def __init__(self, bits: Bits, shape: tuple[int, ...], config: Any):
        self.bits, self.shape = bits, shape
        self.quantizer = config.weight_quantizer or quantizers.AbsMaxQuantizer()
        self.names = ("", "_scale")

    def store(self, weight: Array) -> list[Array]:
        """What is kept of a weight."""
        values, scale = self.quantizer(weight, axis=self.bits.summed, to_numpy=True)
        scale = jnp.squeeze(scale, self.bits.summed)
        if self.bits.scale is not None:
            kept, output = self._letters()
            shape = [1 if axis not in kept else scale.shape[kept.index(axis)] for axis in output]
            order = [kept.index(axis) for axis in output if axis in kept]
            scale = scale.transpose(order).reshape(shape)
        return [values, scale]

    def read(self, values: Array, scale: Array) -> Array:
        """The weight, in the type of its scale."""
        if self.bits.scale is not None:
            kept, output = self._letters()
            present = [axis for axis in output if axis in kept]
            scale = jnp.squeeze(scale, [n for n, axis in enumerate(output) if axis not in kept])
            scale = scale.transpose([present.index(axis) for axis in kept])
        rank = len(self.shape)
        return values.astype(scale.dtype) / jnp.expand_dims(
            scale, [axis % rank for axis in self.bits.summed]
        )

    def _letters(self) -> tuple[str, str]:
        """The axes of the weight that have scales of their own, and those of the output."""
        weight, output = self.bits.scale or ("", "")
        return "".join(a for n, a in enumerate(weight) if n not in self.bits.summed), output


class _Int4:
    """4-bit numbers, two in a byte, and a scale for each column of the weight's matrix."""

    def __init__(self, bits: Bits, shape: tuple[int, ...], config: Any):
        self.bits, self.shape = bits, shape
        self.quantizer = config.weight_quantizer
        self.names = ("", "_scale")

    def store(self, weight: Array) -> list[Array]:
        """What is kept of a weight."""
        quantizer = self.quantizer or quantizers.AbsMaxQuantizer(value_range=(-8, 7))
        values, scale = quantizer(self.bits.matrix(weight), axis=0, to_numpy=True)
        return [self._pack(values), scale[0]]

    def read(self, values: Array, scale: Array) -> Array:
        """The weight, in the type of its scale."""
        return self.bits.weight(self._unpack(values).astype(scale.dtype) / scale, self.shape)

    def _pack(self, matrix: Array) -> Array:
        lying = matrix.T if self.bits.by_column else matrix
        return quantizers.pack_int4(lying, self.bits.packed)[0]

    def _unpack(self, packed: Array) -> Array:
        rows = int(np.prod([self.shape[axis] for axis in self.bits.summed]))
        sizes = (rows, int(np.prod(self.shape)) // rows)
        sizes = sizes[::-1] if self.bits.by_column else sizes
        lying = quantizers.unpack_int4(packed, sizes[self.bits.packed], self.bits.packed)
        return lying.T if self.bits.by_column else lying


class _Int4InBlocks(_Int4):
    """4-bit numbers, two in a byte; each block of rows of a column has a scale and a zero."""

    def __init__(self, bits: Bits, shape: tuple[int, ...], config: Any):
        super().__init__(bits, shape, config)
        self.block = config.block_size
        self.names = ("", "_scale", "_zero", *["g_idx"] * bits.indexed)
        if self.quantizer is not None:
            raise UserError(
                "Int4QuantizationConfig: `weight_quantizer` goes with `block_size=-1`; blocks are "
                "rounded by abs_max_quantize_grouped_with_zero_point."
            )

    def store(self, weight: Array) -> list[Array]:
        """What is kept of a weight; the last is each row's block, which only files need."""
        matrix = self.bits.matrix(weight)
        grouped = quantizers.abs_max_quantize_grouped_with_zero_point
        values, scale, zero = grouped(matrix, self.block, to_numpy=True)
        if self.bits.by_column:
            scale, zero = scale.T, zero.T
        block_of = (jnp.arange(len(matrix)) // self.block).astype("float32")
        return [self._pack(values), scale, zero, *[block_of] * self.bits.indexed]

    def read(self, values: Array, scale: Array, zero: Array, *_: Array) -> Array:
        """The weight, in the type of its scale."""
        matrix, zero = self._unpack(values).astype(scale.dtype), zero.astype(scale.dtype)
        if self.bits.by_column:
            scale, zero = scale.T, zero.T
        block_of = np.arange(len(matrix)) // self.block
        return self.bits.weight((matrix - zero[block_of]) * scale[block_of], self.shape)


def form_of(bits: Bits, shape: tuple[int, ...], config: Any) -> Any:
    """The form that a quantization config means for a weight of that shape."""
    if config.mode == "int8":
        return _Int8(bits, shape, config)
    in_blocks = config.block_size not in (None, -1)
    return (_Int4InBlocks if in_blocks else _Int4)(bits, shape, config)
