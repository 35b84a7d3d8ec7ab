"""The same models for PyTorch. They end before the last softmax or sigmoid, as is its custom."""

from typing import Any

import torch
from torch import nn

from .workloads import VOCABULARY, WORKLOADS


def digits_mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(512, 10),
    )  # fmt: skip


def small_mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
    )


class Tabular(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        (numbers, *categories) = WORKLOADS["tabular"].inputs
        self.vectors = nn.ModuleList(nn.Embedding(c.below, 8) for c in categories)
        self.top = nn.Sequential(
            nn.Linear(numbers.shape[0] + 8 * len(categories), 64), nn.ReLU(),
            nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1),
        )  # fmt: skip

    def forward(self, numbers: Any, *categories: Any) -> Any:
        pairs = zip(self.vectors, categories, strict=True)
        vectors = [vector(category).flatten(1) for vector, category in pairs]
        return self.top(torch.cat([numbers, *vectors], 1))


tabular = Tabular


def convnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def vgg() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(2304, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10),
    )  # fmt: skip


class FlipAndMove(nn.Module):
    """Mirrors every second image, moves each by up to a tenth, filling by reflection."""

    def forward(self, x: Any) -> Any:
        if not self.training:
            return x
        places = torch.zeros(len(x), 2, 3, device=x.device)
        places[:, 0, 0] = 1.0 - 2.0 * torch.randint(0, 2, (len(x),), device=x.device)
        places[:, 1, 1] = 1.0
        places[:, :, 2] = 0.4 * torch.rand(len(x), 2, device=x.device) - 0.2  # -1 to 1: the image
        grid = nn.functional.affine_grid(places, list(x.shape), align_corners=False)
        return nn.functional.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def augmented() -> nn.Module:
    return nn.Sequential(
        FlipAndMove(),
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2304, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def _convolved(channels: int, filters: int, size: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(channels, filters, size, stride, size // 2, bias=False)
    return [convolution, nn.BatchNorm2d(filters)]


class Block(nn.Module):
    def __init__(self, channels: int, filters: int, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *_convolved(channels, filters, 3, stride),
            nn.ReLU(),
            *_convolved(filters, filters, 3, 1),
        )
        self.side = nn.Sequential(*_convolved(channels, filters, 1, stride) if stride > 1 else ())

    def forward(self, x: Any) -> Any:
        return torch.relu(self.side(x) + self.main(x))


def resnet() -> nn.Module:
    blocks, channels = [], 16
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        for first in (stride, 1, 1):
            blocks.append(Block(channels, filters, first))
            channels = filters
    start = [*_convolved(3, 16, 3, 1), nn.ReLU()]
    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*start, *blocks, *end)


def pooling() -> nn.Module:
    return nn.Sequential(
        nn.EmbeddingBag(VOCABULARY, 128, mode="mean"),
        nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1),
    )  # fmt: skip


class Recurrent(nn.Module):
    def __init__(self, units: int, bidirectional: bool) -> None:
        super().__init__()
        self.vectors = nn.Embedding(VOCABULARY, 128)
        self.lstm = nn.LSTM(128, units, batch_first=True, bidirectional=bidirectional)
        self.top = nn.Linear(128, 1)

    def forward(self, x: Any) -> Any:
        _, (last, _) = self.lstm(self.vectors(x))  # (directions, batch, units)
        return self.top(torch.cat(list(last), 1))


def lstm() -> nn.Module:
    return Recurrent(128, bidirectional=False)


def bidirectional() -> nn.Module:
    return Recurrent(64, bidirectional=True)


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Embedding(VOCABULARY, 128)
        self.places = nn.Parameter(torch.rand(128, 128) * 0.1 - 0.05)
        self.heads, self.joined = nn.Linear(128, 3 * 128), nn.Linear(128, 128)
        self.norm1, self.norm2 = nn.LayerNorm(128), nn.LayerNorm(128)
        self.wide = nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 128))
        self.dropout, self.top = nn.Dropout(0.1), nn.Linear(128, 1)

    def forward(self, x: Any) -> Any:
        x = self.vectors(x) + self.places
        batch, length, _ = x.shape
        split = self.heads(x).view(batch, length, 3, 4, 32)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (batch, heads, length, 32)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        y = self.joined(y.transpose(1, 2).reshape(batch, length, 128))
        x = self.norm1(x + self.dropout(y))
        x = self.norm2(x + self.dropout(self.wide(x)))
        return self.top(self.dropout(x.mean(1)))


transformer = Transformer


def autoencoder() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 32), nn.ReLU(),
        nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 784),
    )  # fmt: skip


def optimizer(name: str, parameters: Any) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam(parameters, 1e-3, eps=1e-7, fused=True)
    return torch.optim.SGD(parameters, 0.05, momentum=0.9, fused=True)


LOSSES = {
    "sparse_categorical_crossentropy": nn.CrossEntropyLoss,
    "binary_crossentropy": nn.BCEWithLogitsLoss,
}
