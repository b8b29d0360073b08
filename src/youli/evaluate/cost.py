"""What a result cost: CPU and wall seconds, and the peak memory of a process of its own.

CPU-seconds are those of all threads of the process (`time.process_time`). Peak memory is the whole
process's high-water mark, interpreter and data included: the honest number for "will it fit". It is
only comparable when every model runs in a fresh process, which `fresh_process` gives: within one
process the mark never falls.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import resource
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from youli.errors import YouliError
from youli.types import Progress, no_progress

__all__ = ["Meter", "fresh_process", "machine", "peak_rss_mb"]

_Result = TypeVar("_Result")
_STATUS = Path("/proc/self/status")


@dataclass
class Meter:
    """Counts CPU and wall seconds between entering and leaving a block."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __enter__(self) -> Meter:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cpu_s += time.process_time() - self._cpu
        self.wall_s += time.perf_counter() - self._wall


def peak_rss_mb() -> float:
    """The most memory this process ever held, in MB of 10⁶ bytes.

    On Linux from ``VmHWM``; ``ru_maxrss`` would also count the process that started this one.
    """
    if _STATUS.exists():
        lines = _STATUS.read_text().splitlines()
        kib = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
        if kib is not None:
            return kib * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def machine() -> dict[str, str | int]:
    """What the numbers were taken on: architecture, system, cores, Python and NumPy."""
    return {
        "cpu": _cpu_name(),
        "n_cores": multiprocessing.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def fresh_process(
    work: Callable[..., _Result], *arguments: Any, progress: Progress = no_progress
) -> _Result:
    """Call ``work(*arguments, progress=…)`` in a new interpreter and return what it returned.

    `work` must be importable. A `YouliError` is raised again here; any other end of the child is a
    `ChildProcessError`, its traceback having gone to stderr.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, work, arguments))
    child.start()
    sender.close()
    try:
        result: _Result = _answer(receiver, progress)
        return result
    except EOFError:
        child.join()
        raise ChildProcessError(
            f"the process for {work.__name__} ended with exit code {child.exitcode}"
        ) from None
    finally:
        receiver.close()
        child.join()


def _answer(receiver: Connection, progress: Progress) -> Any:
    while True:
        kind, content = receiver.recv()
        if kind == "progress":
            progress(*content)
        elif kind == "error":
            error_class, problem, details = content
            raise error_class(problem, **details)
        else:
            return content


def _die_with_parent() -> None:
    """A benchmark that was killed leaves nothing behind that goes on computing."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a child calls this"
    parent.join()
    os._exit(1)


def _child(sender: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def progress(what: str, share: float) -> None:
        sender.send(("progress", (what, share)))

    try:
        sender.send(("result", work(*arguments, progress=progress)))
    except YouliError as error:
        details = {"where": error.where, "value": str(error.value), "hint": error.hint}
        sender.send(("error", (type(error), error.problem, details)))
    finally:
        sender.close()
