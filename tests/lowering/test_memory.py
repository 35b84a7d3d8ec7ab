import jax
import numpy as np
import pytest

from denser.lowering import memory


@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (300, 1000)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "bool"])
def test_arrays_that_a_device_takes_over(shape, dtype):
    array = memory.empty(shape, dtype)
    assert array.shape == shape and array.dtype == dtype
    assert array.ctypes.data % 64 == 0 or array.size == 0


@pytest.mark.parametrize("offset", range(0, 64, 16))
def test_a_copy_on_the_device_does_not_follow_the_array(offset):
    array = memory.empty((2**18 + 64,), np.uint8)[offset:][: 2**18].view(np.float32)
    array[:] = 1
    there = memory.put(array)
    array[:] = 2
    np.testing.assert_array_equal(there, 1)


def test_types_are_those_of_the_device():
    assert memory.put(np.arange(3.0)).dtype == jax.dtypes.canonicalize_dtype("float64")
    assert memory.put(np.arange(3)[::-1]).tolist() == [2, 1, 0]
