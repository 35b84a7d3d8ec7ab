"""Sound to pictures: a tone stands where its pitch is."""

import keras
import numpy as np
import pytest

from denser import layers
from denser.core.messages import UserError

SOUND = np.random.default_rng(1).normal(size=(2, 400)).astype("float32")


def test_a_tone_stands_in_the_band_of_its_pitch():
    rate = 8000
    tones = np.sin(2 * np.pi * np.outer([500, 2000], np.arange(rate)) / rate).astype("float32")
    mel = layers.MelSpectrogram(512, 256, sampling_rate=rate, num_mel_bins=20, min_freq=0.0)
    loudest = np.argmax(np.mean(mel(tones), -1), -1)
    pitch = 1127 * np.log1p(np.array([500, 2000]) / 700) / (1127 * np.log1p(4000 / 700))
    assert np.all(np.abs(loudest - (pitch * 21 - 1)) <= 1)
    waves = layers.STFTSpectrogram("magnitude", frame_length=256)(tones[..., None])
    np.testing.assert_array_equal(np.argmax(np.mean(waves, 1), -1), [16, 64])


def test_mel_shares_are_kerass():
    theirs = keras.layers.MelSpectrogram().linear_to_mel_weight_matrix(12, 65, 4000, 50.0, 1900.0)
    ours = layers.MelSpectrogram().linear_to_mel_weight_matrix(12, 65, 4000, 50.0, 1900.0)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_signal_without_batch_and_silence():
    layer = layers.MelSpectrogram(64, 32)
    np.testing.assert_allclose(
        layer(SOUND[0]), keras.layers.MelSpectrogram(64, 32)(SOUND[0]), atol=1e-2
    )
    np.testing.assert_allclose(layer(np.zeros(100, "float32")), -100, rtol=1e-6)


def test_angles_are_kerass():
    theirs = keras.layers.STFTSpectrogram("angle", frame_length=16)
    ours = layers.STFTSpectrogram("angle", frame_length=16)
    x = SOUND[..., None]
    theirs(x), ours(x)
    ours.set_weights(theirs.get_weights())
    # The first and the last frequency have no imaginary part but for rounding.
    mine, other = (np.exp(1j * np.asarray(layer(x))[..., 1:-1]) for layer in (ours, theirs))
    assert np.abs(mine - other).max() < 1e-3  # pi and -pi are one


@pytest.mark.parametrize(
    ("name", "arguments", "word"),
    [
        ("MelSpectrogram", {"fft_length": 8, "sequence_length": 9}, "sequence_length"),
        ("MelSpectrogram", {"min_freq": 9000.0}, "min_freq"),
        ("STFTSpectrogram", {"frame_length": 8, "frame_step": 9}, "frame_step"),
        ("STFTSpectrogram", {"frame_length": 8, "fft_length": 7}, "fft_length"),
    ],
)
def test_arguments_that_do_not_fit_together_are_refused(name, arguments, word):
    with pytest.raises(UserError, match=f"`{word}`"):
        getattr(layers, name)(**arguments)


def test_inputs_that_have_no_spectrum_are_refused():
    layer = layers.STFTSpectrogram(frame_length=16)
    with pytest.raises(UserError, match="floats"):
        layer(np.ones((1, 20, 1), "int16"))
    with pytest.raises(UserError, match="16 samples or more"):
        layer(np.ones((1, 10, 1), "float32"))
