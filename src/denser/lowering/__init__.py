"""How a heavy computation becomes XLA: the platform's best way, chosen by shape."""
