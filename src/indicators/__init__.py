"""Indicators for a regional plan of risk management and efficiency of care.

Six verbs for the statistician: `load`, `explain`, `trend`, `compare`, `funnel`, `compute`.
Each is imported when first used, so that importing the package stays cheap.
"""

__version__ = "0.1.0"

VERBS = ("load", "explain", "trend", "compare", "funnel", "compute")
__all__ = list(VERBS)


def __getattr__(name: str):
    if name in VERBS:
        from indicators import verbs

        return getattr(verbs, name)
    raise AttributeError(f"module 'indicators' has no attribute {name!r}")
