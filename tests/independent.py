"""The raw files read and summed once more, with plain pandas and nothing of the product.

Every quantity is held in whole hundredths (cents for euros), so that sums are exact. A month is the number
12 x year + month - 1. A territory is the Cnam's code of an area, or "FR" for every line, area unknown included.
"""

import gzip
import math
import random
import shutil
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

PLACES = ["11", "24", "27", "28", "32", "44", "5", "52", "53", "75", "76", "84", "93", "FR"]
DELAYS = 12  # after this many months a month of care is held to be complete
ENOUGH = dict.fromkeys(("proportion", "share", "ratio"), 0.95)  # both terms are late together; else 0.995
Z = float(norm.ppf(0.975))

REGIONS = {  # as the population sheet writes them
    "Auvergne-Rhône-Alpes": "84", "Bourgogne-Franche-Comté": "27", "Bretagne": "53", "Centre-Val-de-Loire": "24",
    "Corse": "93", "Grand Est": "44", "Hauts-de-France": "32", "Île-de-France": "11", "Normandie": "28",
    "Nouvelle-Aquitaine": "75", "Occitanie": "76", "Pays de la Loire": "52", "Provence-Alpes-Côte d'Azur": "93",
    "Guadeloupe": "5", "Martinique": "5", "Guyane": "5", "La Réunion": "5", "Mayotte": "5",
}  # fmt: skip
BANDS = {"all": (1, 2, 3, 4, 5), "20+": (2, 3, 4, 5), "20-59": (2, 3), "60+": (4, 5)}  # columns of both sexes
ONE_SEX = {"0-19": (1,), "20-39": (2,), "40-59": (3,), "20-59": (2, 3), "60+": (4, 5)}
BANDS |= {f"{sex} {ages}": tuple(6 * sex + one for one in own) for sex in (1, 2) for ages, own in ONE_SEX.items()}
# France, 1 January 2025, INSEE, by sex: 0-19, 20-39, 40-59, 60-74, 75 and over
FRANCE = {1: (8074834, 8070177, 8562797, 5606579, 2964824), 2: (7659233, 8148119, 8870922, 6305649, 4342482)}
DAMIR_AGES = {"0-19": ("0",), "20-39": ("20", "30"), "40-59": ("40", "50"), "60+": ("60", "70", "80")}
MEDIC_AGES = {"0-19": ("0",), "20-59": ("20",), "60+": ("60",)}
COLUMNS = [
    "period",
    "level",
    "territory",
    "value",
    "lower",
    "upper",
    "numerator",
    "denominator",
    "flag",
    "completeness",
    "corrected",
]

DAMIR_SUMS, MEDIC_SUMS = ["FLT_REM_MNT", "FLT_ACT_QTE", "FLT_ACT_NBR"], ["BOITES", "REM"]
DAMIR_CODES = ["FLX_ANN_MOI", "SOI_ANN", "SOI_MOI", "BEN_RES_REG", "ORG_CLE_REG", "PRS_NAT", "ASU_NAT", "AGE_BEN_SNDS",
               "BEN_SEX_COD", "ETP_CAT_SNDS", "EXO_MTF"]  # fmt: skip
CLOCKS = {"damir": ["flux", "care"], "medic": ["year"]}
MEDIC_CODES = ["ATC2", "ATC4", "ATC5", "TOP_GEN", "AGE", "SEXE", "PSP_SPE", "BEN_REG"]


@dataclass(frozen=True)
class Sum:
    """A column added up over the lines whose codes are in given lists: `where` pairs a column and its codes."""

    file: str  # damir or medic
    column: str
    place: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Recipe:
    """How an indicator is made; `below` is a sum, a population, or None; `counted` is the acts behind an amount."""

    kind: str  # sum, rate, amount_rate, ratio, proportion, share, growth
    above: tuple[Sum, ...]
    below: tuple[Sum, ...] | str | None = None
    counted: tuple[Sum, ...] = ()
    per: int = 1
    clock: str = "flux"  # flux, care, year
    step: int = 1  # months between two periods
    window: int = 1  # months in a period
    ages: tuple[str, ...] = ()  # of a standardised indicator

    def strata(self) -> list[tuple[tuple[Sum, ...], str, int]]:
        """For each sex and age: the sums above the line, the inhabitants, and how many they are in France."""
        column, sex, codes = {
            "damir": ("AGE_BEN_SNDS", "BEN_SEX_COD", DAMIR_AGES),
            "medic": ("AGE", "SEXE", MEDIC_AGES),
        }[self.above[0].file]
        return [
            (
                tuple(
                    replace(one, where=(*one.where, (column, codes[ages]), (sex, (str(man),)))) for one in self.above
                ),
                f"{man} {ages}",
                sum(FRANCE[man][place - 1] for place in ONE_SEX[ages]),
            )
            for man in (1, 2)
            for ages in self.ages
        ]


def hundredths(texts: pd.Series) -> pd.Series:
    """Whole hundredths of numbers written with a dot or a comma, with or without a leading zero; blank is zero.

    >>> hundredths(pd.Series([".66", "-.5", "12,3", "7", None])).tolist()
    [66, -50, 1230, 700, 0]
    """
    numbers = 100 * pd.to_numeric(texts.str.replace(",", ".")).fillna(0).astype("float64")
    assert (numbers - numbers.round()).abs().max() < 1e-4, "more than two decimals"
    return numbers.round().astype("int64")


def month(year, number):
    return 12 * year + number - 1


def wilson(events: float, size: float) -> tuple[float, float]:
    """Bounds of a proportion: the roots p of (x/n - p)² = z² p (1 - p) / n.

    >>> [round(bound, 4) for bound in wilson(65, 100)]
    [0.5525, 0.7364]
    """
    middle, spread = events + Z**2 / 2, Z * math.sqrt(events * (size - events) / size + Z**2 / 4)
    return float((middle - spread) / (size + Z**2)), float((middle + spread) / (size + Z**2))


def poisson(events: float) -> tuple[float, float]:
    """Bounds of a count: exact below 10, Byar's approximation from 10.

    >>> [round(bound, 2) for bound in (*poisson(0), *poisson(5), *poisson(100))]
    [0.0, 3.69, 1.62, 11.67, 81.36, 121.63]
    """
    if events < 10:
        lower = float(chi2.ppf(0.025, 2 * events) / 2) if events else 0.0
        return lower, float(chi2.ppf(0.975, 2 * events + 2) / 2)
    after = events + 1
    lower = events * (1 - 1 / (9 * events) - Z / (3 * math.sqrt(events))) ** 3
    return lower, after * (1 - 1 / (9 * after) + Z / (3 * math.sqrt(after))) ** 3


class Raw:
    """The files of a folder, read once, and the sums taken from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[tuple[Sum, str], pd.DataFrame] = {}

    @cached_property
    def damir(self) -> pd.DataFrame:
        options = {"sep": ";", "usecols": [*DAMIR_CODES, *DAMIR_SUMS], "dtype": str, "index_col": False}
        lines = pd.concat(pd.read_csv(path, **options) for path in sorted(self.folder.glob("A2*.csv*")))
        lines["flux"] = month(lines["FLX_ANN_MOI"].str[:4].astype(int), lines["FLX_ANN_MOI"].str[4:].astype(int))
        lines["care"] = month(lines["SOI_ANN"].astype(int), lines["SOI_MOI"].astype(int))
        lines = _parsed(lines, DAMIR_CODES, DAMIR_SUMS)
        return lines.assign(DAYS=np.where(lines["FLT_ACT_NBR"] == 0, "unknown", "known"))

    @cached_property
    def medic(self) -> pd.DataFrame:
        parts = []
        for path in sorted(self.folder.glob("OPEN_MEDIC_*.CSV")):
            part = pd.read_csv(path, sep=";", dtype=str, encoding="latin-1", quoting=3)
            parts.append(part.rename(columns=str.upper).assign(year=month(int(path.name[11:15]), 12)))
        return _parsed(pd.concat(parts), MEDIC_CODES, MEDIC_SUMS)

    @cached_property
    def people(self) -> dict[int, pd.DataFrame]:
        """Of 1 January of each year: the inhabitants of each territory, by group of ages, in hundredths."""
        sheets = self.folder.glob("population_*_fin_*")
        return {int(path.name.split("_fin_")[1][:4]) + 1: _sheet(path) for path in sheets}

    def inhabitants(self, ages: str, end: int) -> dict[str, int]:
        """Those of the year in which a period ends, else of the latest of the two years before, else none."""
        years = [year for year in range(end // 12, end // 12 - 3, -1) if year in self.people]
        return self.people[years[0]][ages].to_dict() if years else dict.fromkeys(PLACES, 0)

    def span(self, clock: str) -> range:
        """The months that the files cover; a yearly file counts as a December after eleven empty months."""
        if clock == "year":
            return range(self.medic["year"].min() - 11, self.medic["year"].max() + 1)
        return range(self.damir["flux"].min(), self.damir["flux"].max() + 1)

    def _lines(self, wanted: Sum) -> pd.DataFrame:
        lines = getattr(self, wanted.file)
        keep = np.ones(len(lines), dtype=bool)
        for column, codes in wanted.where:
            keep &= lines[column].isin([code.lstrip("!") for code in codes]).to_numpy() ^ codes[0].startswith("!")
        names = {wanted.column: "amount", wanted.place: "territory"}
        return lines.loc[keep, [*CLOCKS[wanted.file], *names]].rename(columns=names).astype({"territory": str})

    def table(self, wanted: Sum, clock: str) -> pd.DataFrame:
        """The sum for each month and territory; the clock `paid` gives it by month of care and delay."""
        if (wanted, clock) not in self._tables:
            self._prepare(wanted)
        return self._tables[wanted, clock]

    def _prepare(self, wanted: Sum) -> None:
        lines = self._lines(wanted)
        for clock in CLOCKS[wanted.file]:
            by_place = lines.groupby([clock, "territory"])["amount"].sum().unstack(fill_value=0)
            by_place["FR"] = by_place.sum(axis=1)
            self._tables[wanted, clock] = by_place.reindex(index=self.span(clock), columns=PLACES, fill_value=0)
        if wanted.file == "damir":
            known = lines[lines["care"] >= self.span("flux")[0]]
            by_delay = known.assign(delay=known["flux"] - known["care"]).groupby(["care", "delay"])["amount"].sum()
            self._tables[wanted, "paid"] = by_delay.unstack(fill_value=0)

    def shares(self, wanted: Sum) -> np.ndarray:
        """What share of a month of care is paid after 0, 1, … 12 months in the whole country, by chain ladder."""
        span, delays = self.span("flux"), range(DELAYS + 1)
        paid = self.table(wanted, "paid").reindex(index=span, columns=delays, fill_value=0).cumsum(axis=1)
        shares = np.ones(DELAYS + 1)
        for delay in reversed(range(DELAYS)):
            both = paid.loc[: span[-1] - delay - 1]  # the months of care seen one month later too
            shares[delay] = shares[delay + 1] * both[delay].sum() / both[delay + 1].sum()
        return shares

    def over(self, sums: tuple[Sum, ...], end: int, clock: str, window: int) -> dict[str, int]:
        """The sums added over the window of months that closes with `end`, for each territory."""
        total = sum(self.table(wanted, clock).loc[end - window + 1 : end].sum() for wanted in sums)
        return {place: int(total[place]) for place in PLACES}


def _parsed(lines: pd.DataFrame, codes: list[str], sums: list[str]) -> pd.DataFrame:
    numbers = {column: hundredths(lines[column]) for column in sums}
    return lines.astype(dict.fromkeys(codes, "category")).assign(**numbers).reset_index(drop=True)


def _sheet(path: Path) -> pd.DataFrame:
    lines = pd.read_csv(path, sep=";", header=None, dtype=str, encoding="utf-8-sig", skiprows=2)
    regions = lines.assign(code=lines[0].str.strip().map(REGIONS)).dropna(subset="code")
    numbers = regions[[*range(1, 6), *range(7, 12), *range(13, 18)]].apply(
        lambda texts: hundredths(texts.str.replace(r"\s", "", regex=True))
    )
    assert len(regions) == len(REGIONS), f"{path.name}: {len(regions)} regions"
    groups = pd.DataFrame({name: numbers[list(columns)].sum(axis=1) for name, columns in BANDS.items()})
    areas = groups.groupby(regions["code"]).sum()
    areas.loc["FR"] = areas.sum()
    return areas


def completeness(raw: Raw, recipe: Recipe, end: int, sums: tuple[Sum, ...]) -> float:
    """The mean, over the months of the window, of the lowest share among some sums."""
    if recipe.clock != "care":
        return 1.0
    lowest = np.min([raw.shares(wanted) for wanted in sums], axis=0)
    delays = [min(raw.span("flux")[-1] - one, DELAYS) for one in range(end - recipe.window + 1, end + 1)]
    return min(1.0, float(np.mean([lowest[delay] for delay in delays])))


def ends(raw: Raw, recipe: Recipe) -> list[int]:
    """The last month of each period whose whole window (two of them for a growth) lies in the files."""
    span, needed = raw.span(recipe.clock), recipe.window * (2 if recipe.kind == "growth" else 1)
    return [end for end in span if (end + 1) % recipe.step == 0 and end - needed + 1 >= span[0]]


def name(end: int, step: int) -> str:
    year, number = end // 12, end % 12 + 1
    return {1: f"{year}-{number:02}", 3: f"{year}-Q{number // 3}", 12: f"{year}"}[step]


def value(recipe: Recipe, above: int, below: int | None) -> tuple[float, ...]:
    """The value and its bounds (nan where the method has none), in the unit of the indicator."""
    if recipe.kind == "sum":
        return above / 100, math.nan, math.nan
    if recipe.kind == "growth":
        return 100 * (above - below) / below, math.nan, math.nan
    factor, bounds = 100 if recipe.kind in ("proportion", "share") else recipe.per, (math.nan, math.nan)
    if recipe.kind == "proportion":
        bounds = wilson(above / 100, below / 100)
    if recipe.kind == "rate":
        bounds = (bound / (below / 100) for bound in poisson(above / 100))
    return factor * above / below, *(factor * bound for bound in bounds)


def adjusted(raw: Raw, recipe: Recipe, end: int, place: str) -> tuple[tuple[float, ...], float]:
    """The standardised value with its bounds, and the events whose age and sex are known."""
    over = partial(raw.over, end=end, clock=recipe.clock, window=recipe.window)
    cells = []
    for sums, people, weight in recipe.strata():
        events, inhabitants = over(sums), raw.inhabitants(people, end)
        cells.append([table[one] / 100 for one in (place, "FR") for table in (events, inhabitants)] + [weight])
    events, people, events_of_france, people_of_france, weights = np.array(cells).T
    unknown = (people == 0).any() or not (events_of_france if recipe.kind == "isr" else events).sum()
    if unknown:
        return (math.nan,) * 3, events.sum()
    if recipe.kind == "isr":
        expected = (people * events_of_france / people_of_france).sum()
        return tuple(100 * one / expected for one in (events.sum(), *poisson(events.sum()))), events.sum()
    shares = weights / weights.sum() / people
    value, scale = (shares * events).sum(), math.sqrt((shares**2 * events).sum() / events.sum())
    bounds = [value + scale * (bound - events.sum()) for bound in poisson(events.sum())]
    bounds = bounds if recipe.kind == "rate" else [math.nan, math.nan]
    return tuple(recipe.per * one for one in (value, *bounds)), events.sum()


def corrected(recipe: Recipe, value: float, above: float, below: float) -> float:
    """What a provisional value should become; nothing while less than half of the payments are in."""
    if above < 0.5:
        return math.nan
    return min(100.0, value * below / above) if recipe.kind == "proportion" else value * below / above


def flag(recipe: Recipe, above: int, below: int | None, counts: list[int], complete: float) -> str:
    """Hidden for a count of 1 to 10, or an amount without a count; provisional when payments are to come."""
    uncounted = any(amount and not count for amount, count in zip((above, below), counts, strict=False))
    if not recipe.counted:
        counts = [above, below, below - above] if recipe.kind == "proportion" else [above]
    if uncounted or any(100 <= abs(count) <= 1000 for count in counts):
        return "hidden"
    if below == 0:
        return "missing"
    return "ok" if complete >= ENOUGH.get(recipe.kind, 0.995) else "provisional"


def rows(raw: Raw, recipe: Recipe) -> pd.DataFrame:
    """What the table must hold for an indicator: a row for each period and territory."""
    made = []
    for end in ends(raw, recipe):
        complete = completeness(raw, recipe, end, recipe.above)
        divided = 1.0
        if recipe.below and not isinstance(recipe.below, str):
            divided = completeness(raw, recipe, end, recipe.below)
        above, below, counted = _parts(raw, recipe, end)
        for place in PLACES:
            up, down, counts = above[place], below and int(below[place]), [count[place] for count in counted]
            mark = flag(recipe, up, down, counts, complete)
            shown = (math.nan,) * 3
            if mark in ("ok", "provisional") and recipe.ages:
                shown, known = adjusted(raw, recipe, end, place)
                mark = "unreliable" if math.isnan(shown[0]) or (up > 0 and known < 0.95 * up / 100) else mark
            elif mark in ("ok", "provisional"):
                shown = value(recipe, up, down)
            later = corrected(recipe, shown[0], complete, divided) if mark == "provisional" else math.nan
            keys = (name(end, recipe.step), "fra" if place == "FR" else "cnam", place)
            made.append((*keys, *shown, up / 100, down and down / 100, mark, complete, later))
    frame = pd.DataFrame(made, columns=COLUMNS).astype({"denominator": "float64"})
    frame.loc[frame["flag"].isin(["hidden", "missing"]), ["numerator", "denominator"]] = math.nan
    return frame.set_index(COLUMNS[:3]).sort_index()


def _parts(raw: Raw, recipe: Recipe, end: int) -> tuple:
    over, before = partial(raw.over, clock=recipe.clock, window=recipe.window), end - recipe.window
    windows = (end, before) if recipe.kind == "growth" else (end,)
    counted = [over(recipe.counted, one) for one in windows if recipe.counted]
    if recipe.kind == "growth":
        return over(recipe.above, end), over(recipe.above, before), counted
    people = isinstance(recipe.below, str)
    below = raw.inhabitants(recipe.below, end) if people else recipe.below and over(recipe.below, end)
    return over(recipe.above, end), below, counted


def thin(folder: Path, target: Path, months: int) -> None:
    """The last months of the files with one line in a hundred, a few acts in each, and no population after 2024."""
    draw = random.Random(1)
    for path in [*sorted(folder.glob("A2*.gz"))[-months:], *sorted(folder.glob("OPEN_MEDIC_*"))]:
        packed = path.suffix == ".gz"
        header, *lines = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).splitlines(keepends=True)
        few = b"".join([header, *(_few(header, line, draw) for line in draw.sample(lines, len(lines) // 100))])
        (target / path.name).write_bytes(gzip.compress(few) if packed else few)
    for path in [path for path in folder.glob("population_*") if "_fin_2024" not in path.name]:
        shutil.copy(path, target)


def _few(header: bytes, line: bytes, draw: random.Random) -> bytes:
    cells = dict(zip(header.decode().split(";"), line.decode("latin-1").split(";"), strict=True))
    count = draw.choice([0, 1, 1, 2, 3])
    amount = f"{12.34 * count:.2f}"
    cells |= {name: str(count) for name in ("FLT_ACT_QTE", "FLT_ACT_NBR", "BOITES") if cells.get(name)}  # or stay blank
    cells |= {name: amount.replace(".", mark) for name, mark in (("FLT_REM_MNT", "."), ("REM", ",")) if name in cells}
    return ";".join(cells.values()).encode("latin-1")
