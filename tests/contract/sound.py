"""Rows of the table for the layers that turn sound into pictures."""

from .table import Row

SOUND = [
    Row("MelSpectrogram", {"fft_length": 8, "sequence_stride": 3, "num_mel_bins": 4,
        "min_freq": 0.0, "power_to_db": False}, (3, 20), unknown=(1,)),
    Row("MelSpectrogram", {"fft_length": 16, "sequence_stride": 5, "sequence_length": 12,
        "window": "hamming", "num_mel_bins": 3, "sampling_rate": 8000, "max_freq": 3000.0,
        "top_db": 20.0, "mag_exp": 1.0, "ref_power": 2.0}, (3, 40), mixes_rows=True, atol=1e-3),
    *(
        Row("STFTSpectrogram", {"mode": mode, "frame_length": 6, "frame_step": 2}, (3, 12, 2),
            unknown=(1,), atol=1e-4)
        for mode in ("log", "magnitude", "psd", "real", "imag", "stft")
    ),
    Row("STFTSpectrogram", {"frame_length": 6, "fft_length": 8, "window": "blackman",
        "periodic": True, "scaling": "spectrum", "padding": "same", "expand_dims": True},
        (3, 12, 2), atol=1e-4),
    Row("STFTSpectrogram", {"mode": "psd", "frame_length": 4, "scaling": None, "window": None,
        "data_format": "channels_first"}, (3, 2, 12), atol=1e-4),
    Row("STFTSpectrogram", {"mode": "stft", "frame_length": 4, "padding": "same",
        "expand_dims": True, "data_format": "channels_first"}, (3, 2, 12), atol=1e-4),
]  # fmt: skip
