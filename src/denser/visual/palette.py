"""Colours and type sizes of every picture: one calm set, clear to colour-blind eyes, in print."""

PAPER = "#ffffff"
INK = "#1c2733"
MUTED = "#5f6c7b"
LINE = "#9aa7b4"
HAIR = "#dfe4ea"
WASH = "#f5f7f9"

BLUE = "#2f6db5"
ORANGE = "#d9762b"
# Okabe and Ito's hues, darkened so that each keeps a contrast of 3 to 1 on white.
SERIES = (BLUE, ORANGE, "#1a8f7a", "#a8518a", "#8a6d1f", "#4b9bd0", "#6b5ca5", "#b0413e")

TITLE, BODY, SMALL = 15.0, 12.5, 10.5
FONTS = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

# A family is found by the first word that the layer's class name contains, from top to bottom.
_FAMILIES = (
    ("#6f7d8c", ("Input",)),
    ("#b0413e", ("Pool",)),
    ("#1a8f7a", ("Conv",)),
    ("#6b5ca5", ("LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed")),
    ("#a8518a", ("Attention", "Embedding")),
    ("#4b9bd0", ("Normalization",)),
    ("#9aa7b4", ("Dropout", "Noise", "Masking", "Regularization")),
    (BLUE, ("Dense",)),
    (ORANGE, ("Activation", "ReLU", "ELU", "Softmax", "Sigmoid", "Tanh")),
    ("#8a6d1f", ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concat", "Dot")),
)


def color_of(kind: str) -> str:
    """The colour of a layer's family, found by the layer's class name."""
    for color, words in _FAMILIES:
        if any(word in kind for word in words):
            return color
    return MUTED


def mix(color: str, amount: float, base: str = PAPER) -> str:
    """`amount` of `color` (0 to 1) on top of `base`, as one opaque colour."""
    pairs = zip(_channels(color), _channels(base), strict=True)
    return "#" + "".join(f"{round(amount * top + (1 - amount) * low):02x}" for top, low in pairs)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))
