"""`denser digits` as a user runs it, on the digits that need no network."""

import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from denser.cli import main
from denser.digits import program
from denser.digits.networks import NETWORKS
from denser.digits.result import Settings

STEPS = (
    "Initialize the model", "Input layer", "Hidden layers", "Output layer", "Loss and optimizer",
    "Train", "Test", "Try to improve",
)  # fmt: skip
PICTURES = (
    "sample-digits", "pixel-values", "network-1-input", "network-2-hidden", "network-3-output",
    "network", "layers", "curves", "confusion-matrix", "most-confidently-wrong",
)  # fmt: skip
MLP = ["Activation", "Dense", "Dropout"]


def say(*arguments):
    """Run the command; its exit code, what it printed, and its errors."""
    out, errors = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            code = main(["digits", *map(str, arguments)])
        except SystemExit as stopped:
            code = stopped.code
    return code, out.getvalue(), errors.getvalue()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work") / "report"
    code, said, errors = say("--data", "digits", "--epochs", 3, "--seed", 4, "--out", folder)
    assert (code, errors) == (0, "")
    accuracy = re.search(r"test accuracy +(\d+\.\d\d%)", said).group(1)
    return folder, said, accuracy


def test_it_says_all_steps_in_order(done):
    _, said, _ = done
    places = [said.index(f"\n{number}  {name}\n") for number, name in enumerate(STEPS, start=1)]
    assert places == sorted(places)
    assert 'model.add(Dense(512, input_shape=(784,)))\n       model.add(Activation("relu"))' in said
    assert "asked for by --data digits" in said
    assert "the same answers, to the last bit" in said
    assert len(re.findall(r"^ +\d/3 ", said, re.MULTILINE)) == 3
    assert not re.search(r"[ \t]$", said, re.MULTILINE)


def test_it_leaves_everything(done):
    folder, _, _ = done
    expected = {f"{name}.png" for name in PICTURES} | {"model.keras", "index.html"}
    assert {path.name for path in folder.iterdir()} == expected


def test_the_page_is_whole_and_holds_the_result(done):
    folder, _, accuracy = done
    page = (folder / "index.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert all(source.startswith(("data:image/", "#part-")) for source in sources)
    assert sum(source.startswith("data:") for source in sources) == len(PICTURES)
    assert accuracy in page and f"{669_706:,}" in page
    for number, name in enumerate(STEPS, start=1):
        assert f"<h2>{number}. {name}</h2>" in page


def test_the_programs_on_the_page_do_the_same(done, tmp_path, monkeypatch, capsys):
    folder, _, accuracy = done
    monkeypatch.chdir(tmp_path)
    network = NETWORKS["mlp"]
    exec(program.whole(Settings("mlp", None, 3, 128, 4), network, "digits", MLP), {})
    assert f"test accuracy: {accuracy}" in capsys.readouterr().out
    monkeypatch.chdir(folder)
    exec(program.loading(network, "digits"), {})
    assert capsys.readouterr().out.count("[") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", "0"], "--epochs: must be a positive integer; got '0'"),
        (["--batch-size", "two"], "--batch-size: must be a positive integer; got 'two'"),
        (["--model", "transformer"], "invalid choice: 'transformer'"),
        (["--data", "digits", "--download"], "--data digits wants no MNIST"),
        (["--out", __file__], "cannot be made"),
        (["--rate", "1"], "--rate"),
    ],
)
def test_mistakes_are_one_line(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, errors = say(*arguments)
    assert code == 2
    assert errors.count("\n") == 1 and words in errors


def test_it_needs_matplotlib_before_it_trains(monkeypatch, tmp_path):
    monkeypatch.setattr("denser.digits.report.find_spec", lambda name: None)
    code, said, errors = say("--out", tmp_path / "r")
    assert (code, said) == (2, "")
    assert "pip install 'denser[plot]'" in errors


def test_help_loads_no_jax():
    text = (
        "import sys\nfrom denser.cli import main\n"
        "try:\n    main(['digits', '--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "sys.exit(code or 'jax' in sys.modules or 'numpy' in sys.modules)"
    )
    asked = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert asked.returncode == 0
    for option in ("epochs", "batch-size", "model", "data", "out", "seed", "download"):
        assert f"--{option}" in asked.stdout
