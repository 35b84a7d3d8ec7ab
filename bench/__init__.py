"""Speed and memory of denser beside its peers: `python -m bench --help`.

What is compared stands in `workloads.py`, with whom in `engines.py`. A model is written once for
denser and the three Keras engines (`keras_models.py`) and once for PyTorch (`torch_models.py`).
"""
