"""The README's first program prints what the README says."""

import re
from pathlib import Path

import numpy as np

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_example_prints_what_is_written_below_it(capsys):
    blocks = re.findall(r"```\w*\n(.*?)```", README.read_text(), re.DOTALL)
    program, told = blocks[:2]
    exec(program, {})
    printed = capsys.readouterr().out
    # The machine's rounding may move a few images of 360.
    numbers = [np.array(re.findall(r"\d+\.\d+", text), float) for text in (told, printed)]
    np.testing.assert_allclose(*numbers, atol=0.02)
    assert printed.splitlines()[1] == told.splitlines()[1]
