"""A line that says what is being done, how far it is and how long it still takes; silent under two seconds."""

import sys
import time
from typing import TextIO

QUIET = 2.0  # seconds during which nothing is said
EVERY = 0.2
WIDTH = 24
MILLION = 1_000_000


def duration(seconds: float) -> str:
    """A duration as one reads it.

    >>> duration(59.6), duration(3700)
    ('1 min 00 s', '1 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02} s" if whole < 3600 else f"{whole // 3600} h {whole // 60 % 60:02} min"


class Bar:
    """Progress of one step, on a terminal as a moving bar, elsewhere as a line every ten percent."""

    def __init__(self, what: str, unit: str = "", stream: TextIO | None = None) -> None:
        self.what, self.unit, self.stream = what, unit, stream or sys.stderr
        self.moving = self.stream.isatty()
        self.start, self.said, self.tenth = time.monotonic(), 0.0, -1

    def __call__(self, done: int, total: int) -> None:
        passed = time.monotonic() - self.start
        if total <= 0 or passed < QUIET:
            return
        if self.moving and (passed - self.said > EVERY or done >= total):
            self.said = passed
            self.stream.write("\r" + self._line(done, total, passed) + ("\n" if done >= total else ""))
        elif not self.moving and (tenth := 10 * done // total) > self.tenth:
            self.tenth = tenth
            self.stream.write(self._line(done, total, passed) + "\n")
        self.stream.flush()

    def _line(self, done: int, total: int, passed: float) -> str:
        full = WIDTH * done // total
        left = f"reste {duration(passed * (total - done) / done)}" if 0 < done < total else duration(passed)
        rate = f"{done / MILLION / passed:.1f} Mo/s, ".replace(".", ",") if self.unit == "Mo" else ""
        return f"{self.what} [{'█' * full}{'·' * (WIDTH - full)}] {100 * done // total:3} %, {rate}{left}   "


class Steps:
    """A `Bar` for each named step, made when the step is first heard of."""

    def __init__(self) -> None:
        self.bars: dict[str, Bar] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        self.bars.setdefault(step, Bar(step))(done, total)
