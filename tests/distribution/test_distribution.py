import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from denser import distribution as d

FOUR = Path(__file__).with_name("four_devices.py")
EXPECTED = """\
data True 4
batch True
earlier 4
assigned 4
model True (6, 4) (6, 4) (8, 3)
loaded (6, 4)
stream True
uneven True
"""


def test_training_on_four_devices_gives_the_numbers_of_one(tmp_path):
    environment = dict(os.environ, JAX_PLATFORMS="cpu")
    environment["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
    run = subprocess.run(
        [sys.executable, "-W", "error", str(FOUR), str(tmp_path / "model.keras")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout == EXPECTED, run.stderr[-2000:]


@pytest.fixture
def mesh():
    return d.DeviceMesh((1, 1), ["batch", "model"], d.list_devices("cpu")[:1])


def test_a_path_has_the_layout_of_the_key_that_matches_all_of_it(mesh):
    layouts = d.LayoutMap(mesh)
    layouts[".*dense.*kernel"] = (None, "model")
    layouts["dense.*bias"] = d.TensorLayout(("model",))
    assert layouts["net/dense/kernel"].axes == (None, "model")
    assert layouts["dense_1/bias"].device_mesh is mesh
    assert layouts["net/dense/bias"] is layouts["net/dense/kernel/x"] is None
    assert layouts.get("other", 3) == 3 and list(layouts) == [".*dense.*kernel", "dense.*bias"]
    layouts[".*/kernel"] = ("model",)
    with pytest.raises(ValueError, match="several keys"):
        layouts["net/dense/kernel"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda mesh: d.DeviceMesh((1, 1), ["a"]), "axis_names"),
        (lambda mesh: d.DeviceMesh((3,), ["a"], ["cpu:0"]), "3 devices"),
        (lambda mesh: d.DeviceMesh((1,), ["a"], ["cpu:77"]), "cpu:77"),
        (lambda mesh: d.list_devices("abacus"), "abacus"),
        (lambda mesh: d.TensorLayout(("x",), mesh), "'batch', 'model'"),
        (lambda mesh: d.TensorLayout(("x",)).backend_layout, "no mesh"),
        (lambda mesh: d.LayoutMap(mesh).update({"a": 3}), "TensorLayout"),
        (lambda mesh: d.LayoutMap(mesh).update({"a": ("b",)}), "axes"),
        (lambda mesh: d.ModelParallel(), "layout_map"),
        (lambda mesh: d.ModelParallel(layout_map=d.LayoutMap(mesh), batch_dim_name="x"), "axis"),
        (lambda mesh: d.DataParallel(3), "device_mesh"),
        (lambda mesh: d.DataParallel(mesh, ["cpu:0"]), "devices"),
        (lambda mesh: d.set_distribution(3), "Distribution"),
        (lambda mesh: d.initialize("localhost:1", "two", 0), "num_processes"),
    ],
)
def test_what_cannot_be_is_said(make, said, mesh):
    with pytest.raises(ValueError, match=said):
        make(mesh)


def test_distribution_is_in_force_within_its_scope(mesh):
    plan = d.ModelParallel(layout_map=d.LayoutMap(mesh))
    with plan.scope():
        assert d.distribution() is plan
    assert d.distribution() is None
    assert plan.get_data_layout((4, 2)).axes == ("batch", None)
    assert (plan.num_model_replicas, plan.num_processes, plan.data_shard_id) == (1, 1, 0)
    assert plan.distribute_dataset([1]) == [1]


def test_distribute_tensor_works_in_a_program_too(mesh):
    layout = d.TensorLayout(("batch", None), mesh)
    array = np.ones((4, 2), "float32")
    for made in (d.distribute_tensor(array, layout),
                 jax.jit(lambda x: d.distribute_tensor(x, layout))(array)):  # fmt: skip
        assert made.sharding.is_equivalent_to(layout.backend_layout, 2)


def test_initialize_takes_what_is_not_given_from_the_environment(monkeypatch):
    told = {}
    monkeypatch.setattr(jax.distributed, "initialize", lambda **how: told.update(how))
    monkeypatch.setenv("KERAS_DISTRIBUTION_JOB_ADDRESSES", "10.0.0.1:1234,10.0.0.2:2345")
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    d.initialize(process_id=0)
    assert told == {
        "coordinator_address": "10.0.0.1:1234", "num_processes": 2, "process_id": 0,
    }  # fmt: skip
