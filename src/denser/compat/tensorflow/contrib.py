"""tf.contrib: what scripts took most from the folder that left TensorFlow in 2.0."""

from typing import Any

import jax.numpy as jnp

from ... import ops
from .lift import lift
from .names import Names


def _of_angles(angles: Any, image_height: Any, image_width: Any) -> Any:
    """The transforms that turn images about their middle."""
    angles = jnp.atleast_1d(angles)
    cos, sin = jnp.cos(angles), jnp.sin(angles)
    right, bottom = image_width - 1, image_height - 1
    x = (right - (cos * right - sin * bottom)) / 2
    y = (bottom - (sin * right + cos * bottom)) / 2
    nothing = jnp.zeros_like(angles)
    return jnp.stack([cos, -sin, x, sin, cos, y, nothing, nothing], axis=1)


def _compose(*transforms: Any) -> Any:
    """One transform for several, the last of which comes first."""
    matrices = [jnp.pad(jnp.atleast_2d(t), ((0, 0), (0, 1)), constant_values=1) for t in transforms]
    product = matrices[0].reshape(-1, 3, 3)
    for matrix in matrices[1:]:
        product = product @ matrix.reshape(-1, 3, 3)
    flat = product.reshape(-1, 9)
    return flat[:, :8] / flat[:, 8:]


def _transform(images: Any, transforms: Any, interpolation: str = "NEAREST") -> Any:
    transforms = jnp.broadcast_to(jnp.atleast_2d(transforms), (*images.shape[:1], 8))
    how = {"interpolation": interpolation.lower(), "data_format": "channels_last"}
    return ops.image.affine_transform(images, transforms, **how)


def _rotate(images: Any, angles: Any, interpolation: str = "NEAREST") -> Any:
    return _transform(images, _of_angles(angles, *images.shape[1:3]), interpolation)


_compose_any = lift(lambda transforms: _compose(*transforms), "transforms", "compose_transforms")
CONTRIB = Names("tf.contrib", {
    "image": Names("tf.contrib.image", {
        "angles_to_projective_transforms": lift(_of_angles, None, "angles_to_transforms"),
        "compose_transforms": lambda *transforms: _compose_any(list(transforms)),
        "transform": lift(_transform, None, "transform"),
        "rotate": lift(_rotate, None, "rotate"),
    }),
})  # fmt: skip
