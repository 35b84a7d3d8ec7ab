"""Config: named values that can be frozen."""

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from .messages import UserError, did_you_mean


class Config(MutableMapping):
    """Named values, read and set as attributes or as entries; frozen, they cannot be changed.

    Args:
        kwargs: The values by their names.

    Example:
        >>> config = Config(learning_rate=0.1)
        >>> config.seed = 123
        >>> config["seed"], config.to_json()
        (123, '{"learning_rate": 0.1, "seed": 123}')
    """

    def __init__(self, **kwargs: Any):
        self.__dict__.update(_values=dict(kwargs), _frozen=False)

    frozen = property(lambda self: self._frozen, doc="Whether nothing can be changed.")

    def freeze(self) -> None:
        """Refuse changes from now on."""
        self.__dict__["_frozen"] = True

    def unfreeze(self) -> None:
        """Take changes again."""
        self.__dict__["_frozen"] = False

    def as_dict(self) -> dict[str, Any]:
        """The values as a dict of their own."""
        return dict(self._values)

    def to_json(self) -> str:
        """The values as JSON."""
        return json.dumps(self._values)

    def _must_not_be_frozen(self) -> None:
        if self._frozen:
            raise UserError("Config: is frozen; call `unfreeze()` before you change it.")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._must_not_be_frozen()
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        self._must_not_be_frozen()
        del self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name not in values:
            raise AttributeError(f"Config: no value {name!r}. {did_you_mean(name, values)}")
        return values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self._values:
            raise AttributeError(name)
        del self[name]

    def get(self, keyname: str, value: Any = None) -> Any:
        """The value of that name, or `value` where there is none."""
        return self._values.get(keyname, value)

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
