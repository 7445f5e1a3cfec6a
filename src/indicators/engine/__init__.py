"""The only package that talks to Ibis: rows become facts, facts become sums by period and place."""

from indicators.engine.backends import SUM, collect, connect, in_memory, periods, read
from indicators.engine.evidence import evidence
from indicators.engine.maker import FactMaker, compact, gather
from indicators.engine.rows import facts
from indicators.engine.windows import arrivals, monthly, windows

__all__ = [
    "SUM", "FactMaker", "arrivals", "collect", "compact", "connect", "evidence", "facts", "gather",
    "in_memory", "monthly", "periods", "read", "windows",
]  # fmt: skip
