"""tf.random: numbers drawn anew at each call, inside compiled functions and steps too."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...core.random import SeedGenerator, make_default_seed, set_random_seed
from ...core.variable import Variable
from ...layers.operation import present_operation
from ..keras.backend.chance import _GENERATOR, seed_here
from .dtypes import kept
from .lift import as_operand, lift
from .tensor import wrap


class _State:
    """The generator of calls that stand in no layer."""

    generator: SeedGenerator | None = None
    seeded: dict[int, SeedGenerator] = {}
    model: Any = None  # whose step is under way


state = _State()


@contextlib.contextmanager
def step_of(model: Any) -> Iterator[None]:
    """Within the `with`, what is drawn belongs to the step of a model."""
    outer, state.model = state.model, model
    try:
        yield
    finally:
        state.model = outer


def set_seed(seed: Any) -> None:
    """Make all that is drawn from now on repeatable."""
    set_random_seed(int(seed))
    state.generator, state.seeded = SeedGenerator(int(seed)), {}


def draw(seed: Any = None) -> Any:
    """A key for JAX's generators: of the layer, the model or the function at work."""
    if seed is not None:
        seed = int(np.asarray(seed).ravel()[0])
        generator = state.seeded.setdefault(seed, SeedGenerator(seed))
    elif present_operation() is not None:
        generator = seed_here()
    elif state.model is not None:
        if getattr(state.model, _GENERATOR, None) is None:
            setattr(state.model, _GENERATOR, SeedGenerator())
        generator = getattr(state.model, _GENERATOR)
    else:
        if state.generator is None:
            state.generator = SeedGenerator(make_default_seed())
        generator = state.generator
    return generator.next()


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in np.atleast_1d(shape)) if np.size(shape) else ()


def _uniform(key: Any, shape: Any = (), minval: Any = 0, maxval: Any = None,
             dtype: Any = "float32") -> Any:  # fmt: skip
    name = kept(dtype)
    if "int" in name:
        return jax.random.randint(key, _sizes(shape), minval, maxval, name)
    return jax.random.uniform(key, _sizes(shape), name, minval, 1.0 if maxval is None else maxval)


def _normal(key: Any, shape: Any = (), mean: Any = 0.0, stddev: Any = 1.0,
            dtype: Any = "float32") -> Any:  # fmt: skip
    return jax.random.normal(key, _sizes(shape), kept(dtype)) * stddev + mean


def _truncated(key: Any, shape: Any = (), mean: Any = 0.0, stddev: Any = 1.0,
               dtype: Any = "float32") -> Any:  # fmt: skip
    found = jax.random.truncated_normal(key, -2.0, 2.0, _sizes(shape), kept(dtype))
    return found * stddev + mean


def _shuffle(key: Any, value: Any) -> Any:
    return jax.random.permutation(key, jnp.asarray(value))


def _categorical(key: Any, logits: Any, num_samples: int = 1, dtype: Any = "int64") -> Any:
    draws = jax.random.categorical(key, logits, -1, (num_samples, logits.shape[0]))
    return draws.T.astype(kept(dtype))


def _gamma(key: Any, alpha: Any, shape: Any = (), beta: Any = None, dtype: Any = "float32") -> Any:
    alpha = jnp.asarray(alpha, kept(dtype))
    found = jax.random.gamma(key, alpha, _sizes(shape) + alpha.shape, kept(dtype))
    return found if beta is None else found / beta


def _poisson(key: Any, lam: Any, shape: Any = (), dtype: Any = "float32") -> Any:
    lam = jnp.asarray(lam, "float32")
    return jax.random.poisson(key, lam, _sizes(shape) + lam.shape).astype(kept(dtype))


_SHAPED = "shape=(), {}, dtype='float32'"
_MOMENTS, _LIMITS = _SHAPED.format("mean=0.0, stddev=1.0"), _SHAPED.format("minval=0, maxval=None")
_KEYED = {
    "normal": (_normal, _MOMENTS), "uniform": (_uniform, _LIMITS),
    "truncated_normal": (_truncated, _MOMENTS), "shuffle": (_shuffle, "value"),
    "categorical": (_categorical, "logits, num_samples=1, dtype='int64'"),
    "gamma": (_gamma, "alpha, shape=(), beta=None, dtype='float32'"),
    "poisson": (_poisson, "lam, shape=(), dtype='float32'"),
}  # fmt: skip
_LIFTED = {name: lift(f, f"key, {args}", name) for name, (f, args) in _KEYED.items()}


def _drawn(name: str) -> Any:
    lifted, first = _LIFTED[name], _KEYED[name][1].split(", ")[0].split("=")[0]
    last = len(_KEYED[name][1].split(", "))

    def run(*args: Any, seed: Any = None, **kwargs: Any) -> Any:
        if len(args) > last:  # (..., seed, name) by position
            seed, args = args[last], args[:last]
        if name == "poisson" and first not in kwargs and len(args) > 1:  # TensorFlow 2: shape first
            args = (args[1], args[0], *args[2:])
        return lifted(draw(seed), *args, **kwargs)

    run.__name__ = name
    return run


def _stateless(name: str) -> Any:
    """A function whose numbers follow from `seed` alone, two integers."""
    lifted = _LIFTED[name]

    def run(shape: Any, seed: Any = None, *args: Any, alg: Any = None, **kwargs: Any) -> Any:
        return lifted(key_of(seed), shape, *args, **kwargs)

    run.__name__ = f"stateless_{name}"
    return run


_fold = lift(lambda s: jnp.asarray(s).astype("uint32"), "seed", "key")


def key_of(seed: Any) -> Any:
    """The key for a seed of two integers."""
    return _fold(seed)


class Generator:
    """A source of random numbers of its own.

    Args:
        seed: Where it starts.
    """

    def __init__(self, seed: Any = None):
        self._seeds = SeedGenerator(make_default_seed() if seed is None else int(seed))

    @classmethod
    def from_seed(cls, seed: Any, alg: Any = None) -> "Generator":
        """One that starts at an integer."""
        return cls(seed)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> "Generator":
        """One that starts anywhere."""
        return cls()

    @property
    def state(self) -> Variable:
        """Its state."""
        return self._seeds.state

    def normal(self, *args: Any, **kwargs: Any) -> Any:
        """Numbers of the normal distribution."""
        return _LIFTED["normal"](self._seeds.next(), *args, **kwargs)

    def truncated_normal(self, *args: Any, **kwargs: Any) -> Any:
        """The same, none more than two deviations from the mean."""
        return _LIFTED["truncated_normal"](self._seeds.next(), *args, **kwargs)

    def uniform(self, *args: Any, **kwargs: Any) -> Any:
        """Numbers of an interval."""
        return _LIFTED["uniform"](self._seeds.next(), *args, **kwargs)

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for the `stateless_` functions, (2, count)."""
        return _LIFTED["uniform"](self._seeds.next(), (2, count), 0, 2**30, "int32")

    def split(self, count: int = 1) -> list["Generator"]:
        """Several that differ."""
        seeds = np.asarray(self.make_seeds(count))[0]
        return [Generator(int(seed)) for seed in seeds]

    def reset_from_seed(self, seed: Any) -> None:
        """Start again at an integer."""
        self._seeds = SeedGenerator(int(seed))


class _Global:
    generator = Generator()


def get_global_generator() -> Generator:
    """The Generator of the process."""
    return _Global.generator


def _candidates(weight: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Any]:
    """A sampler of classes that are drawn by their weights.

    Returns:
        Of the sampler: the classes, and how often the true ones and those are to be expected.
    """

    def sample(
        true_classes: Any, num_true: int, num_sampled: int, unique: bool, range_max: Any,
        seed: Any = None, name: Any = None,
    ) -> tuple[Any, Any, Any]:  # fmt: skip
        weights = weight(np.arange(int(range_max)))
        shares = jnp.asarray(weights / weights.sum(), "float32")
        count = int(num_sampled)
        drawn = jax.random.choice(draw(seed), len(weights), (count,), replace=not unique, p=shares)
        often = -jnp.expm1(count * jnp.log1p(-shares)) if unique else count * shares
        return wrap(drawn), wrap(often[jnp.asarray(as_operand(true_classes))]), wrap(often[drawn])

    return sample


def _split(seed: Any, num: int = 2, alg: Any = None, name: Any = None) -> Any:
    """Several seeds made of one."""
    return _LIFTED["uniform"](key_of(seed), (num, 2), 0, 2**30, "int32")


def _fold_in(seed: Any, data: Any, alg: Any = None, name: Any = None) -> Any:
    """A seed made of one and a number."""
    return _LIFTED["uniform"](jax.random.fold_in(key_of(seed), as_operand(data)), (2,), 0, 2**30,
                              "int32")  # fmt: skip


RANDOM: dict[str, Any] = {
    "split": _split, "fold_in": _fold_in,
    "log_uniform_candidate_sampler": _candidates(lambda c: np.log((c + 2.0) / (c + 1.0))),
    "uniform_candidate_sampler": _candidates(lambda c: np.ones(len(c))),
    **{name: _drawn(name) for name in _KEYED},
    **{f"stateless_{name}": _stateless(name) for name in ("normal", "uniform", "truncated_normal")},
    "stateless_categorical": lambda logits, num_samples, seed, **k: _LIFTED["categorical"](
        key_of(seed), logits, num_samples, **k),
    "set_seed": set_seed, "Generator": Generator, "get_global_generator": get_global_generator,
    "experimental": None,
}  # fmt: skip
RANDOM["experimental"] = type("experimental", (), {
    "Generator": Generator, "get_global_generator": staticmethod(get_global_generator),
    "stateless_shuffle": staticmethod(
        lambda value, seed, alg=None, name=None: _LIFTED["shuffle"](key_of(seed), value)),
    "stateless_split": staticmethod(_split), "stateless_fold_in": staticmethod(_fold_in),
})  # fmt: skip
