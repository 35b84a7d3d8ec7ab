"""The processes of the engines, seen from the driver."""

import functools
import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from . import machine
from .engines import ENGINES, HOME, environment, interpreter


class Absent(Exception):
    """An engine that cannot do a workload, and why."""


class Resident:
    """A process that holds a model and answers; stopped whenever it is not asked."""

    def __init__(self, engine: str, workload: str, folder: Path, home: Path):
        self.log = _log(engine, workload)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                _command(engine, workload, folder), env=environment(ENGINES[engine], home, False),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        try:
            answer = self._read()
        except Absent:
            self.end()
            raise
        if "absent" in answer:
            self.end()
            raise Absent(answer["absent"])
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
        line = self.process.stdout.readline()
        if not line:
            raise Absent(_last_words(self.log))
        return json.loads(line)


def run_whole(
    engine: str, workload: str, folder: Path, home: Path, keeps_programs: bool
) -> dict[str, Any]:
    """Run a short script from start to end: seconds, CPU seconds, peak memory, seconds of parts."""
    log = _log(engine, workload)
    start = time.perf_counter()
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*_command(engine, workload, folder), "--whole"],
            env=environment(ENGINES[engine], home, keeps_programs),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
    with process.stdout:
        line = process.stdout.readline()
    _, status, usage = os.wait4(process.pid, 0)  # it tells what the process has used
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not line:
        raise Absent(_last_words(log))
    answer = json.loads(line)
    if "absent" in answer:
        raise Absent(answer["absent"])
    return {
        "value": seconds,
        "cpu": _cpu(usage),
        "peak": machine.peak_mib(usage),
        "stages": answer["stages"],
    }


@functools.cache
def versions(engine: str) -> dict[str, str]:
    """The versions of Python and of the engine's packages, asked of its own interpreter."""
    described = ENGINES[engine]
    program = (
        "import importlib.metadata, json, platform, sys;"
        "found = {name: importlib.metadata.version(name) for name in sys.argv[1:]};"
        "print(json.dumps({'python': platform.python_version()} | found))"
    )
    command = [str(interpreter(described)), "-c", program, *described.packages]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _command(engine: str, workload: str, folder: Path) -> list[str]:
    python = str(interpreter(ENGINES[engine]))
    return [python, "-m", "bench.worker", engine, workload, str(folder)]


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def _log(engine: str, workload: str) -> Path:
    folder = HOME / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{workload}-{engine}.txt"


def _last_words(log: Path) -> str:
    """The last line that a process wrote before it ended."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"failed: {lines[-1][:200] if lines else 'without a word'} (all of it: {log})"
