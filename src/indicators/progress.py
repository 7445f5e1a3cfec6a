"""A line that says what is being done, how far it is and how long it still takes; silent under two seconds."""

import sys
import time
from typing import TextIO

QUIET = 2.0  # seconds during which nothing is said
EVERY = 0.2
SELDOM = 10.0  # seconds between two lines about a step whose end is not known
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
    """Progress of one step, on a terminal as a moving bar, elsewhere as a line every ten percent.

    A `resumed` step is timed from what was done when it was first heard of. In Mo, a step whose total is not
    known (0) says what has come.
    """

    def __init__(self, what: str, unit: str = "", stream: TextIO | None = None, resumed: bool = False) -> None:
        self.what, self.unit, self.stream = what, unit, stream or sys.stderr
        self.before = None if resumed else 0
        self.moving = self.stream.isatty()
        self.start, self.said, self.tenth = time.monotonic(), 0.0, -1

    def __call__(self, done: int, total: int) -> None:
        passed = time.monotonic() - self.start
        self.before = done if self.before is None else min(self.before, done)
        if passed < QUIET or (total <= 0 and self.unit != "Mo"):
            return
        if total <= 0:
            if passed - self.said > (EVERY if self.moving else SELDOM):
                self.said = passed
                self.stream.write(("\r" if self.moving else "") + self._so_far(done, passed))
                self.stream.write("" if self.moving else "\n")
        elif self.moving and (passed - self.said > EVERY or done >= total):
            self.said = passed
            self.stream.write("\r" + self._line(done, total, passed) + ("\n" if done >= total else ""))
        elif not self.moving and (tenth := 10 * done // total) > self.tenth:
            self.tenth = tenth
            self.stream.write(self._line(done, total, passed) + "\n")
        self.stream.flush()

    def _line(self, done: int, total: int, passed: float) -> str:
        full = WIDTH * done // total
        new = done - self.before
        left = f"reste {duration(passed * (total - done) / new)}" if new > 0 and done < total else duration(passed)
        rate = f"{new / MILLION / passed:.1f} Mo/s, ".replace(".", ",") if self.unit == "Mo" else ""
        return f"{self.what} [{'█' * full}{'·' * (WIDTH - full)}] {100 * done // total:3} %, {rate}{left}   "

    def _so_far(self, done: int, passed: float) -> str:
        rate = (done - self.before) / MILLION / passed
        return f"{self.what} {done / MILLION:.1f} Mo, {rate:.1f} Mo/s, {duration(passed)}   ".replace(".", ",")


class Steps:
    """A `Bar` for each named step, made when the step is first heard of."""

    def __init__(self) -> None:
        self.bars: dict[str, Bar] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        self.bars.setdefault(step, Bar(step))(done, total)
