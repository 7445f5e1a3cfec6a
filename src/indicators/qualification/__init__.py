"""Reference cases run against the library: JSON files of inputs, expected results and tolerances."""

from indicators.qualification.runs import Outcome, qualify, summary

__all__ = ["Outcome", "qualify", "summary"]
