"""Years that remain to live at each age, from the deaths and populations of age bands."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from indicators.errors import ArgumentError
from indicators.methods.arguments import Floats, at_most, columns, numbers, refuse, same_length, share

SMALLEST = 5000  # inhabitants; no life table for so few
WIDEST = 20.0  # years of the 95 % interval; a value with a wider one is not given
INFANT = 0.1  # share of the first year lived by those who die in it; half of the band at other ages


class LifeExpectancy(NamedTuple):
    """Years; the arrays have the shape of the deaths."""

    value: Floats
    lower: Floats
    upper: Floats
    variant: str


class _Table(NamedTuple):
    """Columns of an abridged life table, each of one row per band and one column per area."""

    width: Floats
    lived: Floats  # share of the band lived by those who die in it
    dying: Floats
    alive: Floats
    expected: Floats


def life_expectancy(
    ages: ArrayLike, deaths: ArrayLike, population: ArrayLike, confidence: float = 0.95
) -> LifeExpectancy:
    """Life expectancy at the start of each age band, by Chiang's abridged table with Silcocks's interval.

    `ages` are the first ages of the bands from 0, the last band being open; deaths and populations have one
    row per band and one column per area, a vector being one area. An area of 5,000 inhabitants or fewer, or
    without a death in its last band, has no value; nor has an age whose 95 % interval is wider than 20
    years, though its bounds are given. At an age that nobody reaches the value is 0 and the bounds missing.

    References
    ----------
    Chiang CL (1968), Introduction to stochastic processes in biostatistics, Wiley, p. 189-214.
    Silcocks PBS, Jenner DA, Reza R (2001), J Epidemiol Community Health 55:38-43.
    Eayres D, Williams ES (2004), J Epidemiol Community Health 58:243-249.

    Examples
    --------
    >>> found = life_expectancy([0, 1, 65], [5, 100, 400], [1000, 60000, 8000])
    >>> found.value.round(1), found.lower.round(1)
    (array([79.3, 78.7, 20. ]), array([77.3, 76.7, 18. ]))
    """
    from scipy.stats import norm

    share("confidence", confidence)
    shape, ages = np.shape(deaths), numbers("ages", ages)
    deaths, population = _sound(ages, deaths, population)
    known = (population.sum(axis=0) > SMALLEST) & (deaths[-1] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        table = _table(ages, deaths, population)
        error = _error(table, deaths, population)
    value = np.where(known, table.expected, np.nan)
    half = norm.ppf((1 + confidence) / 2) * error
    shown = ~(2 * norm.ppf(0.975) * error > WIDEST)
    arrays = (np.where(shown, value, np.nan), value - half, value + half)
    return LifeExpectancy(*(array.reshape(shape) for array in arrays), "chiang_silcocks")


def _sound(ages: Floats, deaths: ArrayLike, population: ArrayLike) -> tuple[Floats, Floats]:
    refuse("ages", np.diff(ages, prepend=-1.0) <= 0, "des âges croissants sont attendus")
    if ages.size < 2 or ages[0] != 0:
        raise ArgumentError("ages : deux classes au moins, la première à 0 an, sont attendues.")
    deaths, population = columns("deaths", deaths, ages.size), columns("population", population, ages.size)
    same_length(deaths=deaths, population=population)
    refuse("deaths", ~(deaths >= 0), "un nombre positif ou nul est attendu")
    refuse("population", ~(population > 0), "un nombre supérieur à zéro est attendu")
    at_most("deaths", deaths, "population", population)
    return deaths, population


def _table(ages: Floats, deaths: Floats, population: Floats) -> _Table:
    mortality = deaths / population
    width = np.append(np.diff(ages), np.nan)[:, np.newaxis]
    lived = np.where(ages == 0, INFANT, 0.5)[:, np.newaxis]
    dying = mortality * width / (1 + mortality * width * (1 - lived))
    # more deaths than the band can hold: nobody leaves it alive
    dying = np.where(mortality * width * lived > 1, 1.0, dying)
    dying[-1] = 1.0
    alive = np.cumprod(np.vstack([np.ones(deaths.shape[1]), 1 - dying[:-1]]), axis=0)
    years = width * alive * (1 - dying * (1 - lived))
    years[-1] = alive[-1] / mortality[-1]
    left = np.cumsum(years[::-1], axis=0)[::-1]
    return _Table(width, lived, dying, alive, np.where(alive > 0, left / alive, 0.0))


def _error(table: _Table, deaths: Floats, population: Floats) -> Floats:
    """Standard error of each expectancy: the risk of every later band, the length of life in the last."""
    variance = np.where(deaths > 0, table.dying**2 * (1 - table.dying) / deaths, 0.0)[:-1]
    next_one = table.expected[1:]
    weighed = variance * (table.alive[:-1] * ((1 - table.lived[:-1]) * table.width[:-1] + next_one)) ** 2
    last = table.alive[-1:] ** 2 * population[-1:] ** 2 / deaths[-1:] ** 3
    ahead = np.cumsum(np.vstack([weighed, last])[::-1], axis=0)[::-1]
    return np.sqrt(ahead) / table.alive
