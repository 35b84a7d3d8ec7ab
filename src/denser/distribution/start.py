"""The start of a program that runs as several processes, on one machine or many."""

import os

import jax

from ..core.messages import bad_argument

_PREFIX = "KERAS_DISTRIBUTION_"


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
) -> None:
    """Join the processes into one cluster, before anything is computed; JAX then sees all devices.

    What is not given comes from `KERAS_DISTRIBUTION_JOB_ADDRESSES`, `..._NUM_PROCESSES` and
    `..._PROCESS_ID`, and what these do not say JAX asks the cluster.

    Args:
        job_addresses: Addresses "host:port", with commas between; the first one counts.
        num_processes: How many processes there are.
        process_id: The number of this one, from 0.
    """
    addresses = job_addresses or os.environ.get(f"{_PREFIX}JOB_ADDRESSES")
    jax.distributed.initialize(
        coordinator_address=addresses.split(",")[0].strip() if addresses else None,
        num_processes=_number("num_processes", num_processes),
        process_id=_number("process_id", process_id),
    )


def _number(argument: str, given: int | None) -> int | None:
    value = os.environ.get(_PREFIX + argument.upper()) if given is None else given
    try:
        return None if value is None else int(value)
    except ValueError:
        raise bad_argument("initialize", argument, "an integer", value) from None
