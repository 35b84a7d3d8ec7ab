"""Sessions of TensorFlow 1, which scripts open, hand on, run and close."""

from typing import Any

from ....core.messages import UserError, short
from ....core.tensor import leaves
from .graph import Function
from .variables import is_tensor


class Session:
    """Runs symbolic tensors on data, as a session of TensorFlow 1 did."""

    graph: Any = None

    def run(self, fetches: Any, feed_dict: Any = None, options: None = None) -> Any:
        """The values of symbolic tensors and Variables, as NumPy's, in the structure of `fetches`.

        Args:
            fetches: Tensors, in lists or tuples; None, which is what initializers are here, since
                Variables have their values from the start.
            feed_dict: The data of symbolic inputs, and 0 or 1 for `learning_phase()`.
        """
        if fetches is None:
            return None
        for part in leaves(fetches):
            if part is not None and not is_tensor(part):
                raise UserError(
                    f"Session.run: `fetches` must be tensors; got {short(part)}. There is no graph "
                    "of TensorFlow 1 here: call the model or the function."
                )
        given = dict(feed_dict or {})
        return Function(list(given), fetches)(list(given.values()))

    def close(self) -> None:
        """Nothing: there is nothing to close."""

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing: see `close`."""


_session = Session()


def get_session(op_input_list: Any = ()) -> Session:
    """The session that there is."""
    return _session


def set_session(session: Any) -> None:
    """Nothing: memory and devices are JAX's matter, which takes what is there."""
