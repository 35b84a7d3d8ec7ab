"""KerasFileEditor and ExportArchive: files looked into, changed, and read by other programs."""

import numpy as np
import pytest

import denser
from denser import layers


def model(units=2):
    return denser.Sequential([denser.Input((3,)), layers.Dense(units), layers.Dense(1)])


def test_edit_and_load(tmp_path, capsys):
    first = model()
    first.save_weights(tmp_path / "a.weights.h5")
    editor = denser.saving.KerasFileEditor(tmp_path / "a.weights.h5")
    assert editor.compare(first) == {"status": "success", "error_count": 0, "match_count": 4}
    assert editor.compare(model(5))["error_count"] == 3
    editor.delete_object("dense")
    editor.add_object("layers/dense", {"0": np.ones((3, 2)), "1": np.zeros(2)})
    editor.delete_weight("dense_1", "1")
    editor.add_weights("dense_1", {"1": np.full(1, 7.0)})
    editor.rename_object("dense_1", "last")
    editor.rename_object("layers/last", "dense_1")
    editor.save(tmp_path / "b.weights.h5")
    editor.summary()
    assert "layers/dense" in capsys.readouterr().out
    second = model()
    second.load_weights(tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(second.get_weights()[0], np.ones((3, 2)))
    assert second.get_weights()[3] == 7
    with pytest.raises(ValueError, match="Did you mean"):
        editor.delete_object("layers/dens_1")


def test_whole_model_files(tmp_path):
    first = model()
    first.save(tmp_path / "a.keras")
    assert denser.saving.KerasFileEditor(tmp_path / "a.keras").compare(first)["match_count"] == 4


def test_export_runs_without_the_model(tmp_path):
    pytest.importorskip("flatbuffers")
    first, x = model(), np.ones((5, 3), "float32")
    first.export(tmp_path / "a.zip", format="stablehlo")
    serve = denser.export.load_archive(tmp_path / "a.zip")["serve"]
    np.testing.assert_allclose(serve(x), first(x), rtol=1e-5)


def test_exported_programs_compute():
    first = model()
    archive = denser.export.ExportArchive("stablehlo")
    archive.track_and_add_endpoint("serve", first, [denser.InputSpec(shape=(None, 3))])
    for rows in (1, 5):
        x = np.ones((rows, 3), "float32")
        np.testing.assert_allclose(archive.programs["serve"].call(x), first(x), rtol=1e-5)


@pytest.mark.parametrize("format", ["tf_saved_model", "onnx", "litert"])
def test_other_formats_say_what_to_use(format, tmp_path):
    with pytest.raises(ValueError, match="stablehlo"):
        model().export(tmp_path / "b", format=format)
