"""The tasks of `bench.limits` in PyTorch, channels last."""

from collections.abc import Iterator

import torch

from .limits import CONVOLUTIONS, PRODUCTS, Task


def tasks() -> Iterator[Task]:
    """Each product, then each convolution and its gradients."""
    for name, (batch, rows, inner, columns) in PRODUCTS.items():
        a, b = torch.ones(batch, rows, inner), torch.ones(batch, inner, columns)
        a, b = (a[0], b[0]) if batch == 1 else (a, b)
        yield name, 2.0 * batch * rows * inner * columns, lambda a=a, b=b: a @ b
    for name, (batch, size, channels, filters) in CONVOLUTIONS.items():
        x, dy = _image(batch, channels, size, size), _image(batch, filters, size, size)
        kernel = _image(filters, channels, 3, 3)
        operations = 2.0 * dy.numel() * 9 * channels
        for part, wanted in (
            ("forward", None),
            ("input's gradient", [True, False, False]),
            ("kernel's gradient", [False, True, False]),
        ):
            yield f"{name}: {part}", operations, _convolution(x, kernel, dy, wanted)


def _image(*shape: int) -> torch.Tensor:
    return torch.ones(shape).to(memory_format=torch.channels_last)


def _convolution(x: torch.Tensor, kernel: torch.Tensor, dy: torch.Tensor, wanted: object) -> object:
    if wanted is None:
        return lambda: torch.nn.functional.conv2d(x, kernel, padding=1)
    back, ones = torch.ops.aten.convolution_backward, [1, 1]
    return lambda: back(dy, x, kernel, None, ones, ones, ones, False, [0, 0], 1, wanted)
