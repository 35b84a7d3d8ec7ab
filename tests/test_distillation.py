"""Distillation beside Keras's: the same losses, the same training, the same files."""

import keras
import numpy as np
import pytest

import denser
from denser import distillation, losses

BOTH = (denser, keras)


def model(library, width, seed):
    rng = np.random.default_rng(seed)
    layers = library.layers
    made = library.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(width, "relu", name="hidden"),
            layers.Dense(width, name="features"),
            layers.Dense(3, name="logits"),
        ]
    )
    made.set_weights([rng.normal(size=w.shape) * 0.5 for w in made.get_weights()])
    return made


def distiller(library, *measures, **kwargs):
    made = library.distillation.Distiller(
        model(library, 5, 0), model(library, 5, 1), list(measures), **kwargs
    )
    loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(library.optimizers.SGD(0.1), loss)
    return made


def measure(library, name, loss="mse", **kwargs):
    # By the name 'kl_divergence' Keras takes the KL of the outputs as they are, without softmax.
    loss = library.losses.KLDivergence() if loss == "KLDivergence" else loss
    return getattr(library.distillation, name)(loss=loss, **kwargs)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("LogitsDistillation", {"loss": "KLDivergence"}),
        ("LogitsDistillation", {"temperature": 2.0, "loss": "mse"}),
        ("FeatureDistillation", {}),
        ("FeatureDistillation", {"loss": "mae"}),
    ],
)
def test_losses_are_kerass(name, kwargs):
    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(2, 6, 3)).astype("float32")
    ours, theirs = (
        np.asarray(measure(library, name, **kwargs).compute_loss(teacher, student))
        for library in BOTH
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_the_name_means_the_same():
    pair = np.eye(3), np.ones((3, 3))
    found = [
        float(distillation.LogitsDistillation(3.0, loss).compute_loss(*pair))
        for loss in ("kl_divergence", losses.KLDivergence())
    ]
    assert found[0] == pytest.approx(found[1])


def test_outputs_without_a_loss_do_not_count():
    pair = [np.ones((2, 3)), np.zeros((2, 3))], [np.zeros((2, 3)), np.ones((2, 3))]
    both = distillation.FeatureDistillation(["mse", None]).compute_loss(*pair)
    assert float(both) == 1.0


def test_training_is_kerass():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 4)).astype("float32"), rng.integers(0, 3, 12)
    found = []
    for library in BOTH:
        made = distiller(
            library,
            library.distillation.LogitsDistillation(3.0, library.losses.KLDivergence()),
            library.distillation.FeatureDistillation(
                teacher_layer_name="features", student_layer_name="features"
            ),
            distillation_loss_weights=[1.0, 0.5],
            student_loss_weight=0.3,
        )
        before = made.teacher.get_weights()
        history = made.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        for was, now in zip(before, made.teacher.get_weights(), strict=True):
            np.testing.assert_array_equal(was, now)
        found.append((history, made.student.get_weights(), made.predict(x, verbose=0)))
    (ours, weights, outputs), (theirs, keras_weights, keras_outputs) = found
    for key in ("student_loss", "distillation_loss", "total_loss"):
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-4)
    for mine, keras_own in zip(weights, keras_weights, strict=True):
        np.testing.assert_allclose(mine, keras_own, atol=1e-5)
    np.testing.assert_allclose(outputs, keras_outputs, atol=1e-5)


def test_a_distiller_is_saved_and_loaded(tmp_path):
    x = np.ones((3, 4), "float32")
    made = distiller(denser, distillation.LogitsDistillation(2.0))
    made.fit(x, np.zeros(3, int), verbose=0)
    made.save(tmp_path / "distiller.keras")
    again = denser.models.load_model(tmp_path / "distiller.keras")
    np.testing.assert_array_equal(made.predict(x, verbose=0), again.predict(x, verbose=0))
    assert again.distillation_losses[0].temperature == 2.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"student_loss_weight": 2}, "student_loss_weight"),
        ({"distillation_losses": []}, "distillation_losses"),
        ({"distillation_losses": ["mse"]}, "distillation_losses"),
        ({"distillation_loss_weights": [1.0, 2.0]}, "distillation_loss_weights"),
        ({"student": "small"}, "student"),
        (
            {"student": denser.Sequential([denser.Input((5,)), denser.layers.Dense(3)])},
            "same inputs",
        ),
        (
            {"distillation_losses": [distillation.FeatureDistillation("mse", "featurs")]},
            "features",
        ),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    measures = [distillation.LogitsDistillation()]
    given = {
        "teacher": model(denser, 5, 0),
        "student": model(denser, 4, 1),
        "distillation_losses": measures,
    }
    with pytest.raises(ValueError, match=words):
        distillation.Distiller(**given | change)


def test_losses_have_configs():
    measure = distillation.LogitsDistillation(4.0, losses.KLDivergence())
    again = distillation.LogitsDistillation.from_config(measure.get_config())
    assert again.temperature == 4.0 and isinstance(again.loss, losses.KLDivergence)
