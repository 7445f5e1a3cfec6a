"""A process that has imported everything and forks one command per line it reads, to kill it at a chosen moment.

A line in: {"arguments": [...], "point": [name, number, when] | null, "delay": seconds | null}.
A line out: {"seconds": duration of the command, or null when it was killed before its end}.
"""

import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

POINTS = {
    "replace": (os, "replace"),
    "fsync": (os, "fsync"),
    "write_text": (Path, "write_text"),
    "write_bytes": (Path, "write_bytes"),
    "mkdir": (Path, "mkdir"),
    "rmtree": (shutil, "rmtree"),
}


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(name: str, number: int, when: str) -> None:
    """Make this process die before, in the middle of, or after the n-th call of a function."""
    owner, attribute = POINTS[name]
    true, calls = getattr(owner, attribute), iter(range(1, 1000))

    def deadly(*arguments, **options):
        here = next(calls) == number
        if here and when == "before":
            _die()
        if here and when == "halfway":  # of what is being written
            content = arguments[1]
            with arguments[0].open("wb") as file:
                file.write((content if isinstance(content, bytes) else content.encode())[: len(content) // 2])
            _die()
        result = true(*arguments, **options)
        if here:
            _die()
        return result

    setattr(owner, attribute, deadly)


def _command(order: dict, finished: int) -> None:
    """What the forked child does; it never comes back."""
    from indicators import cli

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if order["point"]:
        _arm(*order["point"])
    cli.main(order["arguments"])
    os.write(finished, b"x")
    time.sleep(60)  # alive until it is killed


def _run(order: dict) -> float | None:
    reading, writing = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if not child:
        try:
            _command(order, writing)
        finally:
            os._exit(1)
    os.close(writing)
    limit = 60 if order["delay"] is None else order["delay"]
    done = bool(select.select([reading], [], [], limit)[0]) and os.read(reading, 1) == b"x"
    seconds = time.monotonic() - start
    if done and order["delay"] is not None:
        time.sleep(max(0.0, order["delay"] - seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    return seconds if done else None


def main() -> None:
    from injections import Stopped

    from indicators import catalogue, lake

    lake.datetime = Stopped
    catalogue.load()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps({"seconds": _run(json.loads(line))}), flush=True)


if __name__ == "__main__":
    import duckdb  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from indicators import build, computation, engine, ingest, sums  # noqa: F401

    main()
