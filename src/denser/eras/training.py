"""How an older model was compiled, in today's arguments of `compile`."""

from typing import Any

from .arguments import translate
from .names import function_name
from .networks import modernize

Config = dict[str, Any]


def compile_arguments(config: Config, era: str | None) -> Config:
    """The `training_config` of a file as arguments of `compile`, in JSON's types.

    Example:
        >>> old = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.5}},
        ...        "loss": "mse", "metrics": ["acc"], "sample_weight_mode": None}
        >>> found = compile_arguments(old, "2")
        >>> found["optimizer"], found["loss"], found["metrics"]
        ({'class_name': 'SGD', 'config': {'learning_rate': 0.5}}, 'mse', ['acc'])
    """
    optimizer = config.get("optimizer_config") or config.get("optimizer") or "rmsprop"
    if era == "3":
        rest = {key: value for key, value in config.items() if key != "optimizer_config"}
        return {**rest, "optimizer": optimizer}
    if isinstance(optimizer, dict):
        name, arguments = translate(optimizer["class_name"], optimizer.get("config") or {}, era)
        optimizer = {"class_name": name, "config": modernize(arguments, era)}
    return {
        "optimizer": optimizer,
        "loss": _measure(config.get("loss"), era),
        "loss_weights": config.get("loss_weights"),
        "metrics": _alone(_measure(config.get("metrics"), era)),
        "weighted_metrics": _alone(_measure(config.get("weighted_metrics"), era)),
    }


def _measure(value: Any, era: str | None) -> Any:
    """Losses or metrics, nested as they are."""
    if isinstance(value, str):
        return function_name(value, era)
    if isinstance(value, list):
        return [_measure(part, era) for part in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: _measure(part, era) for key, part in value.items()}
    inner = dict(value.get("config") or {})
    if value["class_name"] in ("MeanMetricWrapper", "LossFunctionWrapper"):
        usual = inner.get("name") in ("acc", "accuracy")
        return inner["name"] if usual else _measure(inner.get("fn"), era)
    inner.pop("fn", None)
    name, arguments = translate(value["class_name"], inner, era)
    return {"class_name": name, "config": modernize(arguments, era)}


def _alone(metrics: Any) -> Any:
    """The metrics of one output, which some versions wrote as a list of lists."""
    if isinstance(metrics, list) and len(metrics) == 1 and isinstance(metrics[0], list):
        return metrics[0]
    return metrics
