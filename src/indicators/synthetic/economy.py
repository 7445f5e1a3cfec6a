"""The money one should expect: by act code, region, month of care, age, sex and profile.

Axes, always in this order: post (line of ``posts.csv``), region (the 13 areas, then the unknown
one), month of care or delay in months, age (9 bands, the last unknown), sex (men, women).
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from indicators.synthetic import parameters, population

AGE_OF_ILLNESS = np.array([0.35, 0.50, 0.60, 0.80, 0.98, 1.06, 1.12, 1.15, 0.80])
REFERENCE_YEAR = 2025.0


class Economy(NamedTuple):
    """What all months share."""

    posts: pd.DataFrame
    care: np.ndarray  # EUR of care expected: post x region x month of care
    delays: np.ndarray  # share paid after k months: post x month of care x delay
    people: np.ndarray  # share of a region: post x region x (age x sex)
    paths: np.ndarray  # the same, x base of payment x prescriber (town, hospital)
    unit: np.ndarray  # EUR of the base of reimbursement per act: post x region x month of care


@cache
def build() -> Economy:
    """Compute the whole economy once; the amounts of 202501 are the published ones."""
    posts = parameters.table("posts")
    people, spending = _people(posts)
    bases, regions = _bases(posts), parameters.table("regions").set_index("region")
    delays = _delays(posts)
    care = _levels(posts, spending, regions) * _calendar(posts)[:, None, :]
    care *= _changes(posts) * _noise(len(posts))
    hospital = np.outer(posts["hosp"], [*regions["hospital_prescribed"], 1.0]).clip(0, 0.99)
    unit = _unit(posts, people, bases)
    wanted = posts["amount"].abs().to_numpy() * 1e6
    care *= (wanted / _reference_flux(care, delays))[:, None, None]
    return Economy(posts, care, delays, people, _paths(people, bases, hospital), unit)


def only(shared: Economy, chosen: np.ndarray) -> Economy:
    """The same economy for some of its posts, given by a mask."""
    return Economy(shared.posts[chosen].reset_index(drop=True), *(values[chosen] for values in shared[1:]))


def years() -> np.ndarray:
    """Years between each month of care and January of the reference year."""
    return np.array([m // 100 + (m % 100 - 1) / 12 for m in parameters.CARE_MONTHS]) - REFERENCE_YEAR


def _people(posts):
    """Shares by age and sex inside each region, and the spending per region they imply."""
    bands = population.by_band(2024).astype(float)
    rate = parameters.profiles("ages", posts["ages"]) / bands.sum(axis=(0, 2))
    weight = bands[None] * rate[:, None, :, None]
    weight *= _sex_factor(weight, posts["women"].to_numpy())[:, None, None, :]
    weight = np.concatenate([weight, weight.sum(axis=1, keepdims=True)], axis=1)
    unknown = weight.sum(axis=2, keepdims=True) * parameters.UNKNOWN_AGE_SHARE
    weight = np.concatenate([weight, unknown], axis=2)
    spending = weight.sum(axis=(2, 3))
    return (weight / spending[:, :, None, None]).reshape(*spending.shape, -1), spending


def _sex_factor(weight: np.ndarray, women: np.ndarray) -> np.ndarray:
    """Per post, what brings the share of women to the wanted one."""
    share = weight.sum(axis=(1, 2))
    share /= share.sum(axis=1, keepdims=True)
    return np.column_stack([1 - women, women]) / share


def _levels(posts, spending, regions) -> np.ndarray:
    """Relative spending by region and month of care, drift included."""
    level = regions[posts["levels"]].to_numpy().T
    drift = np.stack([_drift(regions, name) for name in posts["levels"]])
    moving = level[:, :, None] * np.exp(drift[:, :, None] * years())
    known = spending[:, :13, None] * moving
    hidden = known.sum(axis=1, keepdims=True) * parameters.UNKNOWN_RESIDENCE_SHARE
    hidden[_kind(posts, "residence") == "hidden"] = 0.0
    return np.concatenate([known, hidden], axis=1)


def _drift(regions: pd.DataFrame, name: str) -> np.ndarray:
    column = f"{name}_drift"
    return regions[column].to_numpy() if column in regions else np.zeros(len(regions))


def _kind(posts: pd.DataFrame, column: str) -> np.ndarray:
    """A column of ``kinds.csv`` for each post."""
    return parameters.table("kinds").set_index("kind")[column].loc[posts["kind"]].to_numpy()


def _calendar(posts: pd.DataFrame) -> np.ndarray:
    """Growth, season and working days: post x month of care."""
    season = parameters.profiles("seasons", posts["season"])
    months = np.array(parameters.CARE_MONTHS) % 100
    working = 1 + season[:, :1] * (working_days() / working_days().mean() - 1)
    return (1 + posts["growth"].to_numpy()[:, None]) ** years() * season[:, months] * working


def working_days() -> np.ndarray:
    """Number of working days of each month of care."""
    starts = np.array([f"{m // 100}-{m % 100:02d}" for m in parameters.CARE_MONTHS], "datetime64[M]")
    first, last = starts.astype("datetime64[D]"), (starts + 1).astype("datetime64[D]")
    return np.busday_count(first, last, holidays=parameters.HOLIDAYS)


def _changes(posts: pd.DataFrame, acts: bool = True) -> np.ndarray:
    """Factors of the national and planted changes (without `acts`, of their price alone)."""
    factor = np.ones((len(posts), 14, len(parameters.CARE_MONTHS)))
    after = np.array(parameters.CARE_MONTHS)
    for change in [*parameters.NATIONAL_CHANGES, *parameters.PLANTED]:
        post = posts["code"].isin(change.codes).to_numpy()[:, None, None]
        place = np.array([change.region in ("", r) for r in [*parameters.REGIONS, "99"]])
        where = post & place[None, :, None] & (after >= change.since)
        size = change.price * (change.acts if acts else 1.0)
        factor = np.where(where, factor * size, factor)
    return factor


def _noise(posts: int) -> np.ndarray:
    """The luck of one month in one region, the same in all files that report this month."""
    rng = parameters.generator(2)
    size = (posts, 14, len(parameters.CARE_MONTHS))
    return np.exp(parameters.MONTHLY_SPREAD * rng.standard_normal(size))


def _delays(posts: pd.DataFrame) -> np.ndarray:
    """Shares paid after 0 to 12 months; some months of care are paid a little later."""
    profile = parameters.profiles("delays", posts["delay"])
    profile /= profile.sum(axis=1, keepdims=True)
    late = np.abs(parameters.generator(3).normal(0, 0.03, len(parameters.CARE_MONTHS)))
    moved = profile[:, :1] * late * (profile[:, :1] < 1)
    shares = np.repeat(profile[:, None, :], len(late), axis=1)
    shares[:, :, 0] -= moved
    shares[:, :, 1] += moved
    return shares


def _bases(posts: pd.DataFrame) -> np.ndarray:
    """Shares of the three bases of payment by age; illness is rarer among the young."""
    full = np.outer(posts["ald"], AGE_OF_ILLNESS).clip(0, 0.97)
    other = np.minimum(posts["other"].to_numpy()[:, None], 1 - full)
    return np.stack([1 - full - other, full, other], axis=2)


def _paths(people, bases, hospital) -> np.ndarray:
    """Share of each age, sex, base of payment and prescriber inside a post and a region."""
    size = len(people)
    who = people.reshape(size, 14, 9, 2, 1, 1) * bases.reshape(size, 1, 9, 1, 3, 1)
    prescriber = np.stack([1 - hospital, hospital], axis=2)
    return (who * prescriber.reshape(size, 14, 1, 1, 1, 2)).reshape(size, 14, -1)


def rates(posts: pd.DataFrame) -> np.ndarray:
    """Rate of reimbursement in % of each base; 100 where the post has no rate (cash)."""
    ordinary = posts["rate"].replace(0, 100).to_numpy(dtype=float)
    return np.column_stack([ordinary, np.full((len(posts), 2), 100.0)])


def _unit(posts, people, bases) -> np.ndarray:
    """Unit base such that the reimbursed amount per act is the one of the table."""
    ages = people[:, 13].reshape(len(posts), 9, 2).sum(axis=2)
    national = np.einsum("pa,pab->pb", ages, bases)
    base = posts["unit"].to_numpy() * (national / (rates(posts) / 100)).sum(axis=1)
    spread = parameters.generator(4).normal(0, parameters.UNIT_COST_SPREAD, (len(posts), 14))
    trend = (1 + posts["price"].to_numpy()[:, None]) ** years()
    steps = _changes(posts, acts=False)
    reference = steps[:, :, [parameters.CARE_MONTHS.index(parameters.REFERENCE_MONTH)]]
    return (base[:, None] * np.exp(spread))[:, :, None] * trend[:, None, :] * steps / reference


def flux(care: np.ndarray, delays: np.ndarray, month: int) -> np.ndarray:
    """EUR expected in the processing month: post x region x delay (0 to 12 months)."""
    last = parameters.CARE_MONTHS.index(month)
    index = last - np.arange(13)
    return care[:, :, index] * delays[:, None, index, np.arange(13)]


def _reference_flux(care, delays) -> np.ndarray:
    return flux(care, delays, parameters.REFERENCE_MONTH).sum(axis=(1, 2))
