"""Logs whose accuracy and learning rate answer to both of their names, as 'acc' and 'accuracy'."""

from typing import Any

_RATES = {"lr": "learning_rate", "learning_rate": "lr"}


def other_name(key: Any) -> Any:
    """`val_acc` for `val_accuracy`, `lr` for `learning_rate`, and the other way round; any other
    key as it is."""
    if not isinstance(key, str):
        return key
    if key in _RATES:
        return _RATES[key]
    if "accuracy" in key:
        return key.replace("accuracy", "acc")
    return key.replace("acc", "accuracy") if "acc" in key.split("_") else key


class Logs(dict):
    """Metrics by name; what is not there by one of two names is found by the other."""

    def __missing__(self, key: Any) -> Any:
        found = self._other(key)
        if found is None:
            raise KeyError(key)
        return self[found]

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or self._other(key) is not None

    def _other(self, key: Any) -> str | None:
        """The key that is there for one that is not; for 'acc' also that of the only accuracy."""
        other = other_name(key)
        if dict.__contains__(self, other):
            return other
        if key not in ("acc", "val_acc"):
            return None
        of = [k for k in self if k.endswith("_accuracy") and k.startswith("val_") == ("_" in key)]
        return of[0] if len(of) == 1 else None

    def get(self, key: Any, default: Any = None) -> Any:
        """The value by either name."""
        return self[key] if key in self else default


def with_older_names(history: Any) -> Any:
    """The History, whose accuracy answers to both names."""
    if hasattr(history, "history"):
        history.history = Logs(history.history)
    return history
