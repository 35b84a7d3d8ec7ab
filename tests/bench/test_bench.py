"""The bench: its table is complete for every engine, its figures are put together rightly."""

import dataclasses
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from bench.__main__ import _measured, main, parser
from bench.driver import Plan, Turns, summary
from bench.engines import ENGINES, ENVIRONMENTS, GPU_ENVIRONMENTS, Job, environment
from bench.process import Absent, _answer, _killed_after
from bench.workloads import FEEDS, MEASURES, WORKLOADS, Bar

import denser
from bench import chart, data, jax_limits, keras_models, keras_run, limits, report

BENCH = Path(chart.__file__).parent
ABOUT = {"date": "2030-01-01", "machine": "abacus", "command": "python -m bench run"}
ABOUT |= Plan((), ()).setting


def result(workload: str, measure: str, engine: str, *values: float) -> dict:
    samples = [{"value": v, "cpu": v / 2, "load": 0.5, "others": 0.1} for v in values]
    key = {"workload": workload, "measure": measure, "engine": engine}
    return key | summary(MEASURES[measure].unit, samples) | ABOUT | {"versions": {"jax": "0.10"}}


RESULTS = [
    result("small_mlp", "epoch", "torch", 0.9, 0.8, 5.0),
    result("small_mlp", "epoch", "denser", 0.2, 0.3, 0.1),
    result("small_mlp", "epoch", "keras-jax", 0.5, 0.4, 0.6),
    result("small_mlp", "predict_one", "denser", 0.2),
    result("small_mlp", "predict_one", "keras-jax", 1.2),
    result("small_mlp", "predict_one", "bare", 0.05),
    result("small_mlp", "cold", "denser", 2.0),
    {"workload": "lstm", "measure": "epoch", "engine": "torch", "absent": "not installed"} | ABOUT,
]


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "lines.jsonl"
    older = result("small_mlp", "epoch", "denser", 7.0)
    file.write_text("".join(json.dumps(r) + "\n" for r in [older, *RESULTS]))
    return file


@pytest.mark.parametrize("name", WORKLOADS)
def test_workload_is_complete(name):
    workload = WORKLOADS[name]
    assert callable(getattr(keras_models, workload.model))
    assert set(workload.measures) <= set(MEASURES) and workload.feed in FEEDS
    assert {bar.measure for bar in workload.bars} <= {*workload.measures, "growth", "kept"}
    assert {bar.than for bar in workload.bars} <= {None, *ENGINES}
    assert workload.rows >= 10 * workload.batch
    torch_models = (BENCH / "torch_models.py").read_text()  # PyTorch itself need not be here
    assert re.search(rf"^(def {workload.model}\(|{workload.model} = )", torch_models, re.MULTILINE)


@pytest.mark.parametrize("name", WORKLOADS)
def test_denser_model_fits_its_data(name, tmp_path):
    workload = WORKLOADS[name]
    try:
        keras_run.check_needs(denser, workload)
    except NotImplementedError as why:
        pytest.skip(str(why))
    x, y = data.load(workload, data.prepare(workload, 1e-9, tmp_path))
    assert [a.shape[1:] for a in x] == [a.shape for a in workload.inputs]
    assert len(x[0]) == len(y) == 2 * workload.batch
    model = getattr(keras_models, workload.model)(denser)
    assert len(model.inputs if model.built else x) == len(x)


def test_a_workload_that_a_library_cannot_build_yet_says_so():
    missing = dataclasses.replace(WORKLOADS["small_mlp"], needs=("layers.NoSuchLayer",))
    with pytest.raises(NotImplementedError, match="denser has no layers.NoSuchLayer yet"):
        keras_run.check_needs(denser, missing)


@pytest.mark.parametrize("name", ["streamed", "generator", "dataset"])
def test_every_feed_brings_all_rows(name, tmp_path, monkeypatch):
    monkeypatch.setenv("DENSER_DATA_BUDGET", "1e9")  # put back when the test ends
    job = Job("denser", name, data.prepare(WORKLOADS[name], 1e-9, tmp_path))
    x, y = data.load(WORKLOADS[name], job.folder)
    run = keras_run.Run(job, x, y)
    times = run.fit(epochs=2)
    assert len(times) == 3 and int(run.model.optimizer.iterations) == 4


def test_batches_hold_every_row_once_an_epoch():
    x, y = [np.arange(10), np.arange(10) * 2], np.arange(10) * 3
    epoch = list(islice(data.batches(x, y, 4), 3))
    assert [len(target) for _, target in epoch] == [4, 4, 2]
    assert sorted(np.concatenate([some[0] for some, _ in epoch])) == list(range(10))
    assert all((some[1] * 3 == 2 * target).all() for some, target in epoch)


def test_memory_of_the_data_counts_a_target_that_is_an_input_once():
    x = np.zeros(2**18, np.float32)
    assert data.mib([x], x) == 1 and data.mib([x], x.copy()) == 2


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_engines_have_environments_and_no_foreign_variables(monkeypatch, tmp_path, device):
    monkeypatch.setenv("XLA_FLAGS", "--xla_something")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for engine in ENGINES.values():
        assert engine.environment in ENVIRONMENTS and engine.environment in GPU_ENVIRONMENTS
        assert set(engine.workloads) <= set(WORKLOADS) and set(engine.measures) <= set(MEASURES)
        variables = environment(engine, tmp_path, keeps_programs=False, device=device)
        assert not {"XLA_FLAGS", "OMP_NUM_THREADS", "JAX_COMPILATION_CACHE_DIR"} & set(variables)
        assert variables.get("KERAS_BACKEND", "") == engine.backend
        assert variables.get("CUDA_VISIBLE_DEVICES") == ("" if device == "cpu" else None)


def test_an_engine_is_asked_only_for_what_it_can_do():
    assert ENGINES["torch"].does("lstm", "epoch")
    assert ENGINES["bare"].does("digits_mlp", "predict_one")
    assert not ENGINES["bare"].does("digits_mlp", "epoch")
    assert not ENGINES["sklearn"].does("lstm", "epoch")


def test_command_line_reads_names_and_refuses_others(capsys):
    words = "run --workloads lstm,vgg --engines denser --scale 0.1".split()
    options = vars(parser().parse_args(words))
    assert options["workloads"] == ("lstm", "vgg") and options["engines"] == ("denser",)
    assert options["measures"] is None and options["scale"] == 0.1
    growth = vars(parser().parse_args(["growth"]))
    assert growth["measures"] == ("growth",) and growth["engines"] == ("denser",)
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "--engines", "abacus"])
    assert "there is no 'abacus'" in capsys.readouterr().err


def test_a_run_that_is_resumed_leaves_out_what_stands_in_the_file(file):
    plan = Plan((), ())
    assert ("small_mlp", "cold", "denser") in _measured(file, plan)
    assert not [key for key in _measured(file, plan) if key[0] == "lstm"]  # absent: tried again
    assert not _measured(file, plan._replace(scale=0.5))
    assert not _measured(file.with_name("none"), plan)


def test_ratio_is_the_best_peers_median_over_densers():
    rows = report.by_row(RESULTS)
    figures = rows["epoch", "small_mlp"]
    assert figures == {"denser": 0.2, "keras-jax": 0.5, "torch": 0.9}
    assert report.ratio(figures) == ("keras-jax", pytest.approx(2.5))
    assert report.ratio(figures, "torch") == ("torch", pytest.approx(4.5))
    assert report.ratio(rows["cold", "small_mlp"]) is None


@pytest.mark.parametrize(
    ("bar", "reached"),
    [
        (Bar("epoch", 2.5), True),
        (Bar("epoch", 2.6), False),
        (Bar("epoch", 4.4, "torch"), True),
        (Bar("epoch", 1, "keras-torch"), None),
        (Bar("epoch", most=2), True),
        (Bar("epoch", most=1), False),
    ],
)
def test_a_bar_is_met_missed_or_not_measured(bar, reached):
    assert report.met(bar, {"denser": 2.0, "keras-jax": 5.0, "torch": 9.0, "bare": 1.0}) is reached


def test_table_says_which_bars_are_met(file, capsys):
    main(["table", str(file)])
    said = capsys.readouterr().out
    assert "2.50 (Keras (JAX)) | 5 ✗ |" in said
    assert "1 ✓; 5 × Keras (JAX): 6 ✓; 0.5 × bare `jax.jit`: 0.25 ✗" in said  # no TensorFlow
    assert "Bars met: 2 of 4 that were measured." in said


def test_page_and_chart_are_made_from_the_lines_of_a_file(file, tmp_path):
    results = report.read([file])
    assert len(results) == len(RESULTS)
    page = report.page(results)
    for part in ("abacus", "2030-01-01", "jax 0.10", "python -m bench run", "not installed"):
        assert part in page
    chart.draw(results, tmp_path / "chart.svg")
    assert ElementTree.parse(tmp_path / "chart.svg").getroot().tag.endswith("svg")


def test_figures_of_different_settings_do_not_meet():
    other = result("small_mlp", "epoch", "torch", 0.01) | {"scale": 0.5}
    page = report.page([other, *RESULTS])
    whole, part = page.split("## CPU, float32, 0.5 of the rows")
    assert "2.50 (Keras (JAX))" in whole and "0.01" in part and "0.01" not in whole


def test_a_stuck_process_is_ended_and_a_failed_one_says_why(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("first\nthe reason\n\n")
    with pytest.raises(Absent, match="failed: the reason"):
        _answer("", log)
    command = [sys.executable, "-c", "input()"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process, pytest.raises(Absent, match="stopped after 0.1 s"):
        with _killed_after(0.1, process):
            _answer(process.stdout.readline(), log)


def test_turns_ask_a_process_of_its_own_and_note_who_falls_out():
    plan = Plan(("small_mlp",), ("denser", "sklearn"), repeats=2, epochs=1, scale=1e-9)
    turns = Turns("small_mlp", ["epoch"], plan)
    turns.absent["sklearn"] = "left out"
    turns.ask_residents()
    assert turns.absent == {"sklearn": "left out"}, turns.absent
    samples = turns.samples["epoch", "denser"]
    assert len(samples) == 2 and all(s["value"] > 0 and s["cpu"] > 0 for s in samples)
    ours, other = turns.results()
    assert ours["median"] > 0 and other["absent"] == "left out"


def test_limits_know_every_part_of_a_convolution(monkeypatch):
    monkeypatch.setattr(jax_limits, "PRODUCTS", {"p": (1, 2, 3, 4), "q": (5, 2, 3, 4)})
    monkeypatch.setattr(jax_limits, "CONVOLUTIONS", {"c": (2, 5, 9, 4)})
    tasks = {name: (operations / 4, task()) for name, operations, task in jax_limits.tasks()}
    assert {name: operations for name, (operations, _) in tasks.items()} == {
        "p": 48, "q": 240, **dict.fromkeys(
            ("c: forward", "c: input's gradient", "c: kernel's gradient"), 2 * 2 * 25 * 4 * 81
        ),
    }  # fmt: skip
    sums = {name: float(first) / 4 for name, (_, first) in tasks.items()}  # of arrays of ones
    assert sums["p"] == 3 and sums["c: forward"] == 36 and sums["c: kernel's gradient"] == 32


def test_limits_print_the_best_of_all_rounds(monkeypatch, capsys):
    rounds = iter([{"p": 100.0}, {"p": 300.0}, {"p": 120.0}, {"p": 250.0}])
    monkeypatch.setattr(limits, "_ask", lambda kind: next(rounds))
    limits.compare(repeats=2)
    assert re.search(r"\| p +\| +120 \| +300 \|", capsys.readouterr().out)
