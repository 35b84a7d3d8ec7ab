"""The bench: its table is complete for every engine, its figures are put together rightly."""

import dataclasses
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from bench.__main__ import parser
from bench.driver import Plan, Turns, summary
from bench.engines import ENGINES, ENVIRONMENTS, environment
from bench.workloads import MEASURES, WORKLOADS

import denser
from bench import chart, data, keras_models, keras_run, report

BENCH = Path(chart.__file__).parent
ABOUT = {"date": "2030-01-01", "machine": "abacus", "command": "python -m bench run", "scale": 1}


def result(workload: str, measure: str, engine: str, *values: float) -> dict:
    samples = [{"value": v, "cpu": v / 2, "load": 0.5, "others": 0.1} for v in values]
    key = {"workload": workload, "measure": measure, "engine": engine}
    return key | summary(MEASURES[measure].unit, samples) | ABOUT | {"versions": {"jax": "0.10"}}


RESULTS = [
    result("small_mlp", "epoch", "torch", 0.9, 0.8, 5.0),
    result("small_mlp", "epoch", "denser", 0.2, 0.3, 0.1),
    result("small_mlp", "epoch", "keras-jax", 0.5, 0.4, 0.6),
    result("small_mlp", "cold", "denser", 2.0),
    {"workload": "lstm", "engine": "torch", "absent": "not installed"} | ABOUT,
]


@pytest.mark.parametrize("name", WORKLOADS)
def test_workload_is_complete(name):
    workload = WORKLOADS[name]
    assert callable(getattr(keras_models, workload.model))
    assert set(workload.aims) <= set(workload.measures) <= set(MEASURES)
    assert workload.rows >= 10 * workload.batch
    torch_models = (BENCH / "torch_models.py").read_text()  # PyTorch itself need not be here
    assert re.search(rf"^(def {workload.model}\(|{workload.model} = )", torch_models, re.MULTILINE)


@pytest.mark.parametrize("name", [n for n, w in WORKLOADS.items() if not w.needs])
def test_denser_model_fits_its_data(name, tmp_path):
    workload = WORKLOADS[name]
    x, y = data.load(workload, data.prepare(workload, 1e-9, tmp_path))
    assert [a.shape[1:] for a in x] == [a.shape for a in workload.inputs]
    assert len(x[0]) == len(y) == 2 * workload.batch
    model = getattr(keras_models, workload.model)(denser)
    assert len(model.inputs if model.built else x) == len(x)


def test_a_workload_that_denser_cannot_build_yet_says_so():
    missing = dataclasses.replace(WORKLOADS["small_mlp"], needs=("layers.NoSuchLayer",))
    with pytest.raises(NotImplementedError, match="denser has no layers.NoSuchLayer yet"):
        keras_run.Run(ENGINES["denser"], missing, [], np.zeros(1))


def test_engines_have_environments_and_no_foreign_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("XLA_FLAGS", "--xla_something")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for engine in ENGINES.values():
        assert engine.environment in ENVIRONMENTS and set(engine.only) <= set(WORKLOADS)
        variables = environment(engine, tmp_path, keeps_programs=False)
        assert not {"XLA_FLAGS", "OMP_NUM_THREADS", "JAX_COMPILATION_CACHE_DIR"} & set(variables)
        assert variables.get("KERAS_BACKEND", "") == engine.backend


def test_command_line_reads_names_and_refuses_others(capsys):
    words = "run --workloads lstm,vgg --engines denser --scale 0.1".split()
    options = vars(parser().parse_args(words))
    assert options["workloads"] == ("lstm", "vgg") and options["engines"] == ("denser",)
    assert options["measures"] is None and options["scale"] == 0.1
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "--engines", "abacus"])
    assert "there is no 'abacus'" in capsys.readouterr().err


def test_ratio_is_the_best_peers_median_over_densers():
    rows = report.by_row(RESULTS)
    assert rows["epoch", "small_mlp"] == {
        "denser": 0.2, "keras-jax": 0.5, "torch": 0.9,
    }  # fmt: skip
    assert report.best_peer(rows["epoch", "small_mlp"]) == ("keras-jax", pytest.approx(2.5))
    assert report.best_peer(rows["cold", "small_mlp"]) is None
    table = report.table(RESULTS)
    assert "2.50 (Keras (JAX)) |   5 |" in table and len(table.split("\n\n")) == 2


def test_page_and_chart_are_made_from_the_lines_of_a_file(tmp_path):
    file = tmp_path / "lines.jsonl"
    older = result("small_mlp", "epoch", "denser", 7.0)
    file.write_text("".join(json.dumps(r) + "\n" for r in [older, *RESULTS]))
    results = report.read([file])
    assert len(results) == len(RESULTS)
    page = report.page(results)
    for part in ("abacus", "2030-01-01", "jax 0.10", "python -m bench run", "not installed"):
        assert part in page
    chart.draw(results, tmp_path / "chart.svg")
    assert ElementTree.parse(tmp_path / "chart.svg").getroot().tag.endswith("svg")


def test_figures_of_different_scales_do_not_meet(tmp_path):
    file = tmp_path / "lines.jsonl"
    file.write_text("".join(json.dumps(r | {"scale": s}) + "\n" for s, r in enumerate(RESULTS)))
    with pytest.raises(SystemExit, match="different scales"):
        report.read([file])


def test_turns_ask_a_process_of_its_own_and_note_who_falls_out(tmp_path):
    folder = data.prepare(WORKLOADS["small_mlp"], 1e-9, tmp_path)
    plan = Plan(("small_mlp",), ("denser", "sklearn"), repeats=2, epochs=1)
    turns = Turns("small_mlp", plan.engines, folder, plan)
    turns.absent["sklearn"] = "left out"
    turns.ask_residents(["epoch"])
    assert turns.absent == {"sklearn": "left out"}, turns.absent
    samples = turns.samples["epoch", "denser"]
    assert len(samples) == 2 and all(s["value"] > 0 and s["cpu"] > 0 for s in samples)
