"""Logs whose accuracy answers to both of its names, 'acc' and 'accuracy'."""

from typing import Any


def other_name(key: Any) -> Any:
    """`val_acc` for `val_accuracy` and the other way round; any other key as it is."""
    if not isinstance(key, str):
        return key
    if "accuracy" in key:
        return key.replace("accuracy", "acc")
    return key.replace("acc", "accuracy") if "acc" in key.split("_") else key


class Logs(dict):
    """Metrics by name; what is not there by one name of the accuracy is found by the other."""

    def __missing__(self, key: Any) -> Any:
        other = other_name(key)
        if dict.__contains__(self, other):
            return self[other]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or dict.__contains__(self, other_name(key))

    def get(self, key: Any, default: Any = None) -> Any:
        """The value by either name."""
        return self[key] if key in self else default


def with_older_names(history: Any) -> Any:
    """The History, whose accuracy answers to both names."""
    if hasattr(history, "history"):
        history.history = Logs(history.history)
    return history
