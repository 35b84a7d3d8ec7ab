"""Seeds: one global seed, SeedGenerators that count, and the keys drawn from either."""

import random as python_random
from typing import Any

import jax.numpy as jnp
import numpy as np

from .messages import UserError, bad_argument
from .registry import Family, Registered
from .variable import Variable, current_scope

RANDOM = Family("seed generator", "random")

_global_generator: "SeedGenerator | None" = None
_seed: int | None = None


def make_default_seed() -> int:
    """A seed from Python's `random`, which `set_random_seed` makes repeatable."""
    return python_random.randint(1, int(1e9))


def set_random_seed(seed: int) -> None:
    """Make everything that follows repeatable: seeds Python's `random`, NumPy and denser."""
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
        raise bad_argument("set_random_seed", "seed", "an integer", seed)
    global _global_generator, _seed
    python_random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    _global_generator, _seed = None, int(seed)


def last_seed() -> int | None:
    """What `set_random_seed` was last given; None if it was not called."""
    return _seed


def global_seed_generator() -> "SeedGenerator":
    """The generator behind every random function that is given no seed."""
    global _global_generator
    if _global_generator is None:
        _global_generator = SeedGenerator(make_default_seed(), name="global_seed_generator")
    return _global_generator


class SeedGenerator(Registered):
    """A source of seeds that differ at every call and repeat with the run.

    Its state is a Variable of shape (2,), uint32: the seed and a count. Inside a compiled step it
    is part of the step's state, so the masks differ from step to step.

    Args:
        seed: An integer; None draws one from Python's `random`.
    """

    family = RANDOM

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if seed is None:
            seed = make_default_seed()
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise bad_argument("SeedGenerator", "seed", "an integer or None", seed)
        self.name = name or "seed_generator"
        self._initial_seed = int(seed)
        self.state = Variable(
            np.array([int(seed) % 2**32, 0], np.uint32),
            dtype="uint32",
            trainable=False,
            name="seed_generator_state",
        )

    def next(self, ordered: bool = True) -> Any:
        """The present seed, uint32 of shape (2,); the count goes up by one."""
        seed = self.state.value
        self.state.assign(seed + jnp.array([0, 1], jnp.uint32))
        return seed

    def save_own_variables(self, store: Any) -> None:
        """Write the state into a mapping."""
        store["0"] = np.asarray(self.state.raw)

    def load_own_variables(self, store: Any) -> None:
        """Read the state that `save_own_variables` wrote."""
        self.state.assign(store["0"])

    def get_config(self) -> dict[str, Any]:
        """`{"seed": ..., "name": ...}`."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SeedGenerator":
        """The generator that `get_config` described, at its start."""
        return cls(**config)


def random_state() -> dict[str, Any]:
    """Where all global sources of random numbers are: Python's, NumPy's and denser's own."""
    version, words, spare = python_random.getstate()
    kind, table, place, has_spare, numpy_spare = np.random.get_state()
    own = None if _global_generator is None else np.asarray(_global_generator.state.raw)
    return {
        "python": [version, np.array(words, np.uint32), spare],
        "numpy": [kind, np.array(table), place, has_spare, numpy_spare],
        "denser": own,
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Bring the global sources of random numbers to where `random_state` found them."""
    global _global_generator
    version, words, spare = state["python"]
    python_random.setstate((version, tuple(map(int, words)), spare))
    np.random.set_state(tuple(state["numpy"]))
    _global_generator = None
    if state["denser"] is not None:
        _global_generator = SeedGenerator(0, name="global_seed_generator")
        _global_generator.state.assign(state["denser"])


def as_generator(seed: Any) -> SeedGenerator:
    """The SeedGenerator for an integer or None; one that is given, itself."""
    return seed if isinstance(seed, SeedGenerator) else SeedGenerator(seed)


def draw_seed(seed: Any) -> Any:
    """The uint32 pair for an integer, a SeedGenerator (its next one), None (the global one's)."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        if current_scope() is not None:
            raise UserError(
                "A random function without a seed would give the same numbers at each step of a "
                "compiled model. Make a SeedGenerator in your layer's `__init__` "
                "(self.seed_generator = denser.random.SeedGenerator(1)) and give it: "
                "seed=self.seed_generator."
            )
        return global_seed_generator().next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return np.array([int(seed) % 2**32, 0], np.uint32)
    if getattr(seed, "shape", None) == (2,):
        return seed
    raise bad_argument("random", "seed", "an integer, a SeedGenerator or None", seed)
