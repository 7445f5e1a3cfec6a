"""Several jobs at once, one process each; what they do is told to the process that started them.

A gzip stream is read by one core: more than one month at a time is what uses the others.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from indicators.errors import WorkbenchError

Tell = Callable[[int, int], None]
Job = Callable[[Tell], Any]  # must be picklable: a functools.partial of a public function


class WorkerError(WorkbenchError):
    """A process ended without saying what it did: out of memory, or ended by someone."""


@dataclass
class _Running:
    number: int
    process: BaseProcess
    pipe: Connection = field(compare=False)


def cores() -> int:
    """How many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(jobs: Sequence[Job], at_once: int, hear: Callable[[int, int, int], None]) -> Iterator[tuple[int, Any]]:
    """The outcome of each job, with its number, as soon as it is there; an error is given, not raised.

    `hear` is called with a job's number and its progress. Jobs still running are ended when the
    caller stops listening, on Ctrl-C too.
    """
    waiting, running = list(enumerate(jobs)), []
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(_started(*waiting.pop(0)))
            ready = wait([worker.pipe for worker in running])
            for worker in [worker for worker in running if worker.pipe in ready]:
                said = _heard(worker)
                if said[0] == "progress":
                    hear(worker.number, *said[1])
                else:
                    running.remove(worker)
                    worker.process.join()
                    yield worker.number, said[1]
    finally:
        for worker in running:
            worker.process.terminate()
            worker.process.join()


def _started(number: int, job: Job) -> _Running:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Running(number, process, ours)


def _heard(worker: _Running) -> tuple[str, Any]:
    try:
        return worker.pipe.recv()
    except EOFError:
        worker.process.join()
        what = (
            f"Un processus de lecture s’est arrêté (code {worker.process.exitcode}) : mémoire pleine, ou arrêt voulu."
        )
        return "outcome", WorkerError(what + " Rien n’a été écrit pour ce fichier ; recommencer.")


def _work(job: Job, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    try:
        outcome = job(lambda done, total: pipe.send(("progress", (done, total))))
    except WorkbenchError as error:
        outcome = error
    pipe.send(("outcome", outcome))
