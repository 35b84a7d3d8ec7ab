"""Registry: names and configs mean registered objects, and nothing else."""

import json
import threading

import keras
import numpy as np
import pytest

import denser
from denser import layers, saving
from denser.core import custom
from denser.core.custom import find_custom
from denser.core.registry import FAMILIES, deserialize, serialize


def test_names_find_members_and_mistakes_list_the_nearest():
    relu = denser.activations.get("relu")
    assert relu is denser.activations.relu and denser.activations.get(relu) is relu
    assert type(denser.losses.get("mse")) is not str and denser.optimizers.get("Adam").name
    for get, wrong, right in [
        (denser.activations.get, "rellu", "relu"),
        (denser.optimizers.get, "adamm", "adam"),
        (denser.initializers.get, "glorot_unifrm", "glorot_uniform"),
        (denser.losses.get, "mean_sqared_error", "mean_squared_error"),
    ]:
        with pytest.raises(ValueError, match=f"'{wrong}'.*'{right}'"):
            get(wrong)


def test_configs_are_what_keras_writes_and_come_back():
    theirs = keras.saving.serialize_keras_object(keras.layers.Dense(3, "relu", name="d"))
    config = serialize(layers.Dense(3, "relu", name="d"))
    ours = json.loads(json.dumps(config))
    ours["config"].pop("activity_regularizer")  # None, which Keras leaves out here
    assert ours == json.loads(json.dumps(theirs))
    assert serialize(deserialize(ours)) == config


@pytest.mark.parametrize(
    "value", [None, 3, 2.5, "x", [1, [2]], {"a": 1}, b"\xff", slice(1, None), ..., np.arange(3)]
)
def test_plain_values_come_back(value):
    back = deserialize(json.loads(json.dumps(serialize(value))))
    assert np.array_equal(back, value) if isinstance(value, np.ndarray) else back == value


def test_registered_and_given_objects_are_found():
    @saving.register_keras_serializable(package="Mine")
    def twice(x):
        return 2 * x

    class Wide(layers.Dense):
        pass

    config = serialize(layers.Dense(1, activation=twice, name="d"))
    assert config["config"]["activation"]["config"] == "Mine>twice"
    assert deserialize(config).activation is twice
    with pytest.raises(ValueError, match="register_keras_serializable"):
        deserialize(serialize(Wide(2)))
    assert type(deserialize(serialize(Wide(2)), custom_objects={"Wide": Wide})) is Wide
    with saving.custom_object_scope({"Wide": Wide}):
        assert type(deserialize(serialize(Wide(2)))) is Wide


def test_a_config_imports_nothing():
    with pytest.raises(ValueError, match="Unknown object 'system'"):
        deserialize({"module": "os", "class_name": "function", "config": "system"})
    with pytest.raises(ValueError, match="Unknown object 'Popen'"):
        deserialize({"module": "subprocess", "class_name": "Popen", "config": {"args": "true"}})


def test_every_member_is_known_under_its_own_name():
    for family in FAMILIES.values():
        for name, member in family.members.items():
            assert member.__name__ == name and family.find(name) is member


def test_a_users_class_does_not_stand_for_one_of_ours():
    class Dense(layers.Layer):
        pass

    saving.register_keras_serializable()(Dense)
    try:
        ours, theirs = layers.Dense(2), Dense()
        assert type(deserialize(serialize(ours))) is layers.Dense
        assert type(deserialize(serialize(theirs))) is Dense
    finally:
        del saving.get_custom_objects()["Custom>Dense"]
    with saving.custom_object_scope({"Dense": Dense}):
        assert type(deserialize(serialize(layers.Dense(2)))) is layers.Dense
        assert type(deserialize({"class_name": "Dense", "config": {}})) is Dense


def test_layers_and_policies_come_back():
    class Own(denser.DTypePolicy):
        pass

    layer = layers.deserialize(layers.serialize(layers.Dense(3, name="head")))
    assert (layer.units, layer.name) == (3, "head")
    config = denser.dtype_policies.serialize(Own("mixed_bfloat16"))
    found = denser.dtype_policies.deserialize(config, {"Own": Own})
    assert type(found) is Own and found.compute_dtype == "bfloat16"


def test_a_registered_function_does_not_take_the_place_of_ours(monkeypatch):
    monkeypatch.setattr(custom, "_custom", {})
    monkeypatch.setattr(custom, "_custom_names", {})

    @saving.register_keras_serializable("mine")
    def linear(x):
        return x + 1

    assert denser.activations.get("linear") is denser.activations.linear
    assert denser.activations.get("mine>linear") is linear
    config = layers.Dense(1).get_config()
    assert layers.Dense.from_config(config).activation is denser.activations.linear
    config = layers.Dense(1, activation=linear).get_config()
    assert layers.Dense.from_config(config).activation is linear


def test_scopes_of_custom_objects_belong_to_their_thread():
    found = []
    with saving.custom_object_scope({"mine": len}):
        thread = threading.Thread(target=lambda: found.append(find_custom("mine")))
        thread.start()
        thread.join()
        assert found == [None] and find_custom("mine") is len
