"""The processes of the engines, seen from the driver."""

import functools
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .engines import ENGINES, HOME, Job, environment, interpreter


class Absent(Exception):
    """An engine that cannot do a job, and why."""


class Resident:
    """A process that holds a model and answers; stopped whenever it is not asked.

    Args:
        home: A folder that takes the place of the user's.
        limit: Seconds that an answer may take.
    """

    def __init__(self, job: Job, home: Path, limit: float):
        self.log, self.limit = _log(job), limit
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                _command(job), env=environment(ENGINES[job.engine], home, False, job.device),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        try:
            self._read()
        except Absent:
            self.end()
            raise
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and wait for the answer."""
        self.process.send_signal(signal.SIGCONT)
        try:
            print(json.dumps(command), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise Absent(_last_words(self.log)) from None
        answer = self._read()
        self.process.send_signal(signal.SIGSTOP)
        return answer

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()

    def _read(self) -> dict[str, Any]:
        with _killed_after(self.limit, self.process):
            return _answer(self.process.stdout.readline(), self.log)


def run_whole(job: Job, home: Path, keeps_programs: bool, limit: float) -> dict[str, Any]:
    """Run a short script from start to end: seconds, CPU seconds, peak memory, seconds of parts.

    Args:
        home: A folder that takes the place of the user's.
        keeps_programs: Whether compiled programs may stay there for the next process.
        limit: Seconds that it may take.
    """
    log, start = _log(job), time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*_command(job), "--whole"],
            env=environment(ENGINES[job.engine], home, keeps_programs, job.device),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    with _killed_after(limit, process), process.stdout:
        answer = _answer(process.stdout.readline(), log)
        _, status, usage = os.wait4(process.pid, 0)  # it tells what the process has used
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Absent(_last_words(log))
    return {"value": seconds, "cpu": usage.ru_utime + usage.ru_stime} | answer


@functools.cache
def versions(engine: str) -> dict[str, str]:
    """The versions of Python and of the engine's packages, asked of its own interpreter."""
    described = ENGINES[engine]
    program = (
        "import importlib.metadata, json, platform, sys;"
        "there = {d.name: d.version for d in importlib.metadata.distributions()};"
        "found = {name: there[name] for name in sys.argv[1:] if name in there};"
        "print(json.dumps({'python': platform.python_version()} | found))"
    )
    command = [str(interpreter(described)), "-c", program, *described.packages]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@contextmanager
def _killed_after(seconds: float, process: subprocess.Popen) -> Iterator[None]:
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    except Absent:
        if timer.is_alive():
            raise
        raise Absent(f"stopped after {seconds:g} s") from None
    except BaseException:  # the driver was told to end
        process.kill()
        raise
    finally:
        timer.cancel()


def _command(job: Job) -> list[str]:
    python = str(interpreter(ENGINES[job.engine]))
    return [python, "-m", "bench.worker", *map(str, job)]


def _answer(line: str, log: Path) -> dict[str, Any]:
    """What a process said; without a word it has failed."""
    if not line:
        raise Absent(_last_words(log))
    answer = json.loads(line)
    if "absent" in answer:
        raise Absent(answer["absent"])
    return answer


def _log(job: Job) -> Path:
    folder = HOME / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{job.workload}-{job.engine}.txt"


def _last_words(log: Path) -> str:
    """The last error that a process wrote before it ended, or its last line."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.partition(":")[0].endswith(("Error", "Exception"))]
    last = (errors or lines or ["without a word"])[-1][:200]
    return f"failed: {last} (all of it: .bench/logs/{log.name})"
