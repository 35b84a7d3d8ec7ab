"""No test here sees MNIST unless it provides it, and none reaches a network."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def empty_homes(tmp_path_factory):
    """Empty folders where data sets are looked for; downloads fail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DENSER_DATASETS", raising=False)
        patch.setenv("DENSER_HOME", str(tmp_path_factory.mktemp("denser")))
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        patch.setattr("denser.datasets.download.urlopen", _refuse)
        yield


def _refuse(request, timeout):
    raise OSError("no network")
