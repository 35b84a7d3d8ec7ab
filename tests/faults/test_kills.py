"""SIGKILL at any moment: runs on arrays and data sets end as if nothing had been."""

from .kills import try_all


def test_killed_runs_end_like_undisturbed_ones(tmp_path):
    counts = try_all(tmp_path, kills=20, seed=0)
    assert counts["kills"] == 20 and counts["different"] == 0
