"""The machine: what it is, its clocks, its memory, and how busy others keep it."""

import os
import platform
import resource
import sys
import time
from pathlib import Path

_STAT, _CPUINFO = Path("/proc/stat"), Path("/proc/cpuinfo")
_STATUS, _STATM = Path("/proc/self/status"), Path("/proc/self/statm")
_GLANCE = 0.25  # seconds in which it shows whether others are at work
_UNIT = 1 if sys.platform == "darwin" else 1024  # of `ru_maxrss`, in bytes


def now() -> tuple[float, float]:
    """Seconds on the wall's clock, and CPU seconds of all threads of this process."""
    return time.perf_counter(), time.process_time()


def describe() -> str:
    """Processor, cores, memory, system and Python, in one line."""
    lines = _CPUINFO.read_text().splitlines() if _CPUINFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def busy_seconds() -> float | None:
    """CPU seconds that the whole machine has worked so far; None where nobody counts them."""
    if not _STAT.exists():
        return None
    ticks = [int(word) for word in _STAT.read_text().split("\n", 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet(seconds: float) -> None:
    """Wait until others take less than a tenth of the machine, so many seconds at the most."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with Watch() as watch:
            time.sleep(_GLANCE)
        if (watch.noted(0.0)["others"] or 0.0) < 0.1:
            return


def peak_mib(usage: resource.struct_rusage) -> float:
    """The most memory that a process held at once, in MiB."""
    return usage.ru_maxrss * _UNIT / 2**20


def own_peak_mib() -> float:
    """The most memory that this process has held at once, in MiB.

    Linux hands the peak of a parent on to its child's `ru_maxrss`, so it is read elsewhere.
    """
    if _STATUS.exists():
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return peak_mib(resource.getrusage(resource.RUSAGE_SELF))


def own_mib() -> float:
    """The memory that this process holds now, in MiB."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
    return own_peak_mib()  # the nearest that can be had


class Watch:
    """How busy others kept the machine while it was entered."""

    def __enter__(self) -> "Watch":
        self._load = os.getloadavg()[0]
        self._start = time.perf_counter(), busy_seconds()
        return self

    def __exit__(self, *error: object) -> None:
        self._end = time.perf_counter(), busy_seconds()

    def noted(self, own_cpu: float) -> dict[str, float | None]:
        """The load average, and the share of the machine that others took, from 0 to 1.

        Args:
            own_cpu: CPU seconds that were our own.
        """
        (start, before), (end, after) = self._start, self._end
        if before is None or after is None:
            return {"load": self._load, "others": None}
        seconds = max(0.0, after - before - own_cpu)
        share = seconds / (end - start) / (os.cpu_count() or 1)
        return {"load": self._load, "others": min(1.0, share)}
