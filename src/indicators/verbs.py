"""The six verbs of the statistician; plain DataFrames and plotly figures, nothing to learn but these."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from indicators import catalogue, lake
from indicators.errors import ArgumentError, not_allowed
from indicators.schema import LANGUAGES

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects


def load(indicator: str | None = None, *, level: str | None = None, data: Path | None = None) -> "pandas.DataFrame":
    """The indicator table in force, or the rows of one indicator or of one level.

    One row per indicator, period, level and territory; `value`, `lower`, `upper` in the unit of the
    entry, NaN where `flag` says `hidden` or `missing`. `attrs` carries the vintage and whether the
    data are fictional. An unknown indicator raises `DefinitionError` with the nearest one.

    Examples
    --------
    >>> import indicators
    >>> table = indicators.load("transport_vsl_share", level="cnam")
    >>> sorted(table["territory"].unique())[:3]
    ['11', '24', '27']
    """
    published = lake.published(data or lake.in_force())
    table = published.table
    if indicator is not None:
        table = table[table["indicator_id"] == catalogue.load().indicator(indicator).id]
    if level is not None:
        if level not in catalogue.LEVELS:
            raise ArgumentError(f"Niveau : {not_allowed(level, catalogue.LEVELS)}")
        table = table[table["level"] == level]
    table = table.reset_index(drop=True)
    table.attrs = {"vintage": published.vintage, "fictional": published.fictional}
    return table


def explain(indicator: str, language: str = "fr") -> str:
    """The sheet of an indicator, in Markdown: meaning, formula, codes, source, biases, worked example.

    Examples
    --------
    >>> import indicators
    >>> print(indicators.explain("transport_vsl_share").splitlines()[0])
    # Part du VSL dans le transport assis professionnalisé
    """
    from indicators import docs

    _spoken(language)
    return docs.document(catalogue.load().indicator(indicator).id, language)


def trend(
    indicator: str, territory: str = "93", level: str = "cnam", language: str = "fr", data: Path | None = None
) -> "plotly.graph_objects.Figure":
    """An indicator over time in one territory, with France and the band of its peers.

    Examples
    --------
    >>> import indicators
    >>> indicators.trend("transport_vsl_share", territory="84").data[0].type
    'scatter'
    """
    import plotly.graph_objects

    from indicators.present import charts

    _known(indicator, level, territory, language)
    published = lake.published(data or lake.in_force())
    return plotly.graph_objects.Figure(charts.trend(published, indicator, level, territory, language))


def compare(
    indicator: str, period: str | None = None, language: str = "fr", data: Path | None = None
) -> "plotly.graph_objects.Figure":
    """An indicator in the thirteen territories at one period (the last complete one by default), with intervals.

    Examples
    --------
    >>> import indicators
    >>> indicators.compare("generics_share").data[0].type
    'scatter'
    """
    import plotly.graph_objects

    from indicators.present import charts

    _spoken(language)
    published = lake.published(data or lake.in_force())
    chosen = _period(published, indicator, period)
    return plotly.graph_objects.Figure(charts.compare(published, indicator, chosen, language))


def funnel(
    indicator: str, period: str | None = None, language: str = "fr", data: Path | None = None
) -> "plotly.graph_objects.Figure":
    """The thirteen territories at one period (the last complete one by default) within limits at 95 % and 99.8 %.

    The limits are those of chance widened by the spread between territories. For a proportion, a rate or
    a standardised ratio; an amount counts no events, and raises `ArgumentError`.

    Examples
    --------
    >>> import indicators
    >>> indicators.funnel("transport_trips_standardised").data[0].type
    'scatter'
    """
    import plotly.graph_objects

    from indicators.present import charts

    _spoken(language)
    published = lake.published(data or lake.in_force())
    chosen = _period(published, indicator, period)
    return plotly.graph_objects.Figure(charts.funnel(published, indicator, chosen, language))


def compute(
    indicator: str, rows: "pandas.DataFrame | Mapping[str, pandas.DataFrame]", periods: list[str] | None = None
) -> "pandas.DataFrame":
    """One indicator on rows of your own, through the same engine, methods and hiding as the published table.

    `rows` has the columns of the source that the measures use (`ondam explain` names them), codes as
    in the producer's file; give a mapping `{source: rows}` when the denominator comes from another
    source. `periods` are the flux months (`2025-01`) or years that the rows cover entirely; by default
    those between the first and the last that they hold. Returns the columns of the indicator table.

    Examples
    --------
    >>> import indicators, pandas as pd
    >>> trips = {"FLX_ANN_MOI": 202501, "SOI_ANN": "2025", "SOI_MOI": "01", "BEN_RES_REG": 93, "ORG_CLE_REG": 93,
    ...          "AGE_BEN_SNDS": 70, "BEN_SEX_COD": 1, "FLT_REM_MNT": 4000, "FLT_ACT_QTE": 80, "PRS_NAT": 4213}
    >>> table = indicators.compute("transport_amount_month", pd.DataFrame([trips]))
    >>> float(table.loc[table["level"] == "cnam", "value"].iloc[0])
    4000.0
    """
    import pandas

    from indicators import computation

    definitions = catalogue.load()
    entry = definitions.indicator(indicator)
    source = definitions.source_of(entry)
    tables = {source: rows} if isinstance(rows, pandas.DataFrame) else dict(rows)
    return computation.own_rows(definitions, entry, tables, {source: periods} if periods else {})


def _period(published: lake.Published, indicator: str, period: str | None) -> str:
    """A period with figures: the one asked for, or the last complete one."""
    rows = published.table[published.table["indicator_id"] == catalogue.load().indicator(indicator).id]
    periods = sorted(rows["period"].unique())
    chosen = period or max(rows.loc[rows["flag"] == "ok", "period"], default=max(periods, default=None))
    if chosen not in periods:
        raise ArgumentError(f"Période de {indicator} : {not_allowed(chosen, periods)}")
    return chosen


def _spoken(language: str) -> None:
    if language not in LANGUAGES:
        raise ArgumentError(f"Langue : {not_allowed(language, LANGUAGES)}")


def _known(indicator: str, level: str, territory: str, language: str) -> None:
    from indicators import territories

    _spoken(language)
    entry = catalogue.load().indicator(indicator)
    if level not in entry.levels:
        raise ArgumentError(f"Niveau de {indicator} : {not_allowed(level, entry.levels)}")
    territories.get(level, territory)
