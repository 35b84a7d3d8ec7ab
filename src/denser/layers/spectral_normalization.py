"""SpectralNormalization: a layer whose kernel is held at a largest singular value of 1."""

from typing import Any

import jax.numpy as jnp
from jax import Array, lax

from ..core.budget import allow_steps
from ..core.fields import Positive
from ..core.messages import bad_argument
from ..initializers import TruncatedNormal
from .wrappers import _Wrapper


class SpectralNormalization(_Wrapper):
    """A layer with its kernel divided by the kernel's largest singular value, at each call in
    training.

    The value is estimated by power iteration, a step or a few at each call: `v = normalize(u @
    kernel^T)`, `u = normalize(v @ kernel)`, `sigma = v @ kernel @ u^T`. The kernel is replaced by
    what comes out, so that inference uses the last one.

    Shapes:
        x: as the layer's
        vector_u: (1, last axis of the kernel)

    Args:
        layer: A layer with a `kernel` or with `embeddings`.
        power_iterations: Steps of the estimate at each call.

    Example:
        >>> SpectralNormalization(Dense(4))(ops.ones((2, 3))).shape
        (2, 4)

    Source: Miyato et al. 2018, arXiv:1802.05957.
    """

    power_iterations: Positive = 1

    def build(self, input_shape: Any) -> None:
        """Build the layer, and make the vector of the estimate."""
        super().build(input_shape)
        self.kernel: Any = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if self.kernel is None:
            expected = "a layer with a `kernel` or with `embeddings`"
            raise bad_argument(self, "layer", expected, self.layer)
        self.vector_u = self.add_weight(
            (1, self.kernel.shape[-1]),
            TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
        )

    def call(self, inputs: Array, training: bool | None = False) -> Any:
        """What the layer gives, its kernel first normalized in training."""
        if training:
            kernel, vector = self.normalized()
            self.kernel.assign(kernel)
            self.vector_u.assign(vector)
        return self.layer(inputs)

    def normalized(self) -> tuple[Array, Array]:
        """The kernel over its largest singular value, and the new vector of the estimate."""
        kernel, u = self.kernel.value, self.vector_u.value
        matrix = kernel.reshape(-1, kernel.shape[-1])
        fixed = lax.stop_gradient(matrix)
        allow_steps(self.power_iterations, "power_iterations")
        for _ in range(self.power_iterations):
            v = _unit(u @ fixed.T)
            u = _unit(v @ fixed)
        sigma = v @ matrix @ u.T  # (1, 1)
        return kernel / sigma[0, 0], u


def _unit(x: Array) -> Array:
    """A vector over its length."""
    return x / jnp.maximum(jnp.linalg.norm(x), 1e-6)
