"""The fictional Open Medic file of a year: boxes and amounts by medicine, patient, prescriber.

Classes and their totals are the public ones; the medicines ("FICTIF 012 CPR"), their codes
(13 digits starting with 999, which no real code does) and all regional differences are invented.
A class with generics has one original (TOP_GEN 4) and three generics (TOP_GEN 1); a class with
biosimilars says so in the label; glargine also has one "300U", out of the biosimilar group.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from indicators.synthetic import parameters, sampling

HEADER = (
    "ATC1;l_ATC1;ATC2;L_ATC2;ATC3;L_ATC3;ATC4;L_ATC4;ATC5;L_ATC5;CIP13;l_cip13;TOP_GEN;GEN_NUM;"
    "age;sexe;BEN_REG;PSP_SPE;BOITES;REM;BSE"
)
ROWS_DRAWN = 60_000  # about a quarter fall away: not one box
TOTALS = {2023: 24440.076, 2024: 26031.858, 2025: 27846.030}  # million EUR, Open Medic (CNAM)
REFERENCE_YEAR = 2025
LEVELS = (1, 3, 4, 5, 7)  # length of the five ATC codes
AGES, SEXES = [0, 20, 60, 99], [1, 2, 9]

# Share of REM where the producer hides the detail (Open Medic 2025, CNAM).
HIDDEN_REGION, HIDDEN_AGE, HIDDEN_SEX = 0.0464, 0.0009, 0.0025
# REM in % by area, the unknown one left out (Open Medic 2025, CNAM).
REGION_SHARES = {
    "11": 15.46,
    "84": 10.95,
    "75": 9.02,
    "76": 8.99,
    "32": 8.54,
    "93": 8.40,
    "44": 7.99,
    "52": 5.19,
    "28": 4.88,
    "53": 4.81,
    "27": 4.32,
    "24": 3.64,
    "5": 3.16,
}
REGION_SPREAD = 0.08  # of one class between regions, 1 sd
LOCAL_HABITS = {  # class prefix: region: level; invented, so that there is something to find
    "J01": {"32": 1.15, "93": 1.06, "53": 0.88, "52": 0.87},
    "J01CR02": {"32": 1.10, "93": 1.12, "52": 0.85},
    "A02BC": {"32": 1.10, "93": 1.08, "5": 0.80},
    "N05BA": {"53": 1.14, "32": 1.12, "28": 1.10, "5": 0.55},
    "N05C": {"53": 1.10, "75": 1.08, "5": 0.60},
    "N02A": {"32": 1.10, "44": 1.06, "5": 0.75},
}
GENERIC_SHARE_OF_GROUP = 0.85
GENERIC_PRICE, BIOSIMILAR_PRICE = 0.75, 0.80  # of the original's
SUBSTITUTION_GROWTH = 0.006  # points of generics a year
BIOSIMILAR_GROWTH = 0.06
UNKNOWN_STATUS = 0.60  # share of the medicines without generics whose TOP_GEN is 9
HOSPITAL_FACTOR = 0.915  # brings hospital doctors to 44.9 % of REM (Open Medic 2025, CNAM)
NEGATIVE_ROWS = 12


def write(folder: Path, year: int) -> Path:
    """Write the file of one year (Latin-1, CRLF, decimal comma) and give back its path."""
    path = folder / f"OPEN_MEDIC_{year}_fictif.CSV"
    lines = [HEADER, *_lines(rows(year))]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("latin-1"))
    return path


def rows(year: int) -> pd.DataFrame:
    """The lines of a year: position of the medicine, codes, boxes, and amounts in cents."""
    medicines, rng = products(year), parameters.generator(6, year)
    amounts = _amounts(medicines, year)
    root = np.sqrt(amounts.sum(axis=1))
    cells, kept = sampling.draw(amounts, ROWS_DRAWN * root / root.sum(), rng)
    product, region, age, sex, prescriber = np.unravel_index(cells, (len(medicines), *_axes()))
    price = medicines["price"].to_numpy()[product] * sampling.spread(rng, 0.04, len(cells))
    boxes = np.floor(kept / price + rng.random(len(cells))).astype(np.int64)
    rate = np.clip(medicines["rate"].to_numpy()[product] + rng.normal(0, 0.02, len(cells)), 0.1, 1)
    found = pd.DataFrame({"product": product, "age": np.array(AGES)[age]})
    found["sexe"], found["BEN_REG"] = np.array(SEXES)[sex], _region_codes()[region]
    found["PSP_SPE"] = parameters.table("prescribers")["prescriber"].astype(int).to_numpy()[prescriber]
    found["BOITES"], found["REM"] = boxes, np.rint(boxes * price * 100).astype(np.int64)
    found["BSE"] = np.rint(found["REM"] / rate).astype(np.int64)
    return _with_corrections(found[found["BOITES"] > 0].reset_index(drop=True), rng)


def _axes() -> tuple[int, ...]:
    return 14, len(AGES), len(SEXES), len(parameters.table("prescribers"))


def _region_codes() -> np.ndarray:
    return np.array([int(code) for code in parameters.REGIONS] + [parameters.UNKNOWN])


def products(year: int) -> pd.DataFrame:
    """The medicines of a year: code, label, status, million EUR and EUR per box."""
    found = [line for row in _classes(year).itertuples() for line in _family(row, year)]
    table = pd.DataFrame(found).reset_index(drop=True)
    number = np.arange(1, len(table) + 1)
    table["CIP13"] = [f"999{value:010d}" for value in number]
    table["l_cip13"] = [f"FICTIF {value:03d} {words}" for value, words in zip(number, table["words"], strict=True)]
    return table


def _classes(year: int) -> pd.DataFrame:
    """The ATC classes with the amount of the year; 2025 gives the published ATC1 totals."""
    classes, letters = parameters.table("medicines"), parameters.table("atc1").set_index("atc")
    letter = classes["atc"].str[0]
    scale = letters["rem"] / classes["rem"].groupby(letter).sum()
    boxes = letters["boxes"] / (classes["rem"] * letter.map(scale) / classes["unit"]).groupby(letter).sum()
    classes["price"] = classes["unit"] / letter.map(boxes)
    classes["rate"] = letter.map(letters["rem"] / letters["bse"])
    moved = classes["rem"] * letter.map(scale) * (1 + classes["growth"]) ** (year - REFERENCE_YEAR)
    classes["rem"] = moved * TOTALS[year] / moved.sum()
    return classes


def _family(row, year: int) -> list[dict]:
    """The products of one class: an original and its generics or biosimilars, or one alone."""
    since = year - REFERENCE_YEAR
    if row.generics > 0:
        share = min(row.generics + SUBSTITUTION_GROWTH * since, 0.97)
        parts = [(1 - share, 1.0, 4, "")] + [(share * p, GENERIC_PRICE, 1, "") for p in (0.5, 0.3, 0.2)]
    elif row.biosimilars > 0:
        share = max(row.biosimilars + BIOSIMILAR_GROWTH * since, 0.02)
        parts = [(1 - share, 1.0, 0, ""), (share, BIOSIMILAR_PRICE, 0, " BIOSIM")]
    else:
        parts = [(0.7, 1.0, 0, ""), (0.3, 1.0, 9 if _is_unknown(row.atc) else 0, " B")]
    if row.atc == "A10AE04":
        parts = [(boxes * 0.65, *rest) for boxes, *rest in parts] + [(0.35, 1.1, 0, " 300U")]
    weight = sum(boxes * price for boxes, price, _, _ in parts)
    common = {"atc": row.atc, "hospital": row.hospital, "rate": row.rate}
    return [
        common
        | {"status": status, "words": row.form + words, "price": row.price / weight * price}
        | {"rem": row.rem * boxes * price / weight}
        for boxes, price, status, words in parts
    ]


def _is_unknown(atc: str) -> bool:
    """A steady choice of classes, from the letters of their code."""
    return sum(map(ord, atc)) % 10 < UNKNOWN_STATUS * 10


def _amounts(medicines: pd.DataFrame, year: int) -> np.ndarray:
    """EUR expected: one line a medicine; region x age x sex x prescriber in the columns."""
    region, prescriber = _by_region(medicines, year), _by_prescriber(medicines)
    age, sex = _by_age_and_sex(medicines)
    who = age[:, :, None] * sex[:, None, :]
    cells = region[:, :, None, None, None] * who[:, None, :, :, None]
    cells = cells * prescriber[:, None, None, None, :]
    return (cells * (medicines["rem"].to_numpy() * 1e6)[:, None, None, None, None]).reshape(len(medicines), -1)


def _by_region(medicines: pd.DataFrame, year: int) -> np.ndarray:
    share = np.array([REGION_SHARES[region] for region in parameters.REGIONS])
    codes = medicines["atc"].unique()
    luck = np.exp(REGION_SPREAD * parameters.generator(7).standard_normal((len(codes), 13)))
    level = share * luck[pd.Index(codes).get_indexer(medicines["atc"])]
    for prefix, levels in LOCAL_HABITS.items():
        habit = np.array([levels.get(region, 1.0) for region in parameters.REGIONS])
        level = np.where(medicines["atc"].str.startswith(prefix).to_numpy()[:, None], level * habit, level)
    level = level * _substitution(medicines, year)
    known = level / level.sum(axis=1, keepdims=True) * (1 - HIDDEN_REGION)
    return np.column_stack([known, np.full(len(level), HIDDEN_REGION)])


def _substitution(medicines: pd.DataFrame, year: int) -> np.ndarray:
    """Regions that substitute more have more generics and fewer originals."""
    regions = parameters.table("regions").set_index("region").loc[parameters.REGIONS]
    points = (regions["generics"] + regions["generics_drift"] * (year - REFERENCE_YEAR)).to_numpy()
    share, status = GENERIC_SHARE_OF_GROUP, medicines["status"].to_numpy()[:, None]
    return np.select([status == 1, status == 4], [1 + points / share, 1 - points / (1 - share)], 1.0)


def _by_prescriber(medicines: pd.DataFrame) -> np.ndarray:
    """Hospital doctors by class; outside, general practitioners and the specialists of the class."""
    who = parameters.table("prescribers")
    letter = medicines["atc"].str[0].to_numpy()
    own = np.array([[first in str(main) for main in who["main"]] for first in letter])
    code = who["prescriber"].to_numpy()
    town = who["share"].to_numpy() * np.where(own, 6.0, 0.25)
    town = np.where(code == "1", 0.55 * (1 - 0.9 * medicines["hospital"].to_numpy()[:, None]), town)
    town = np.where(np.isin(code, ["90", "99"]), 0, town)
    hidden = who.set_index("prescriber")["share"]["99"]
    hospital = medicines["hospital"].to_numpy()[:, None] * (1 - hidden) * HOSPITAL_FACTOR
    town = town / town.sum(axis=1, keepdims=True) * (1 - hidden - hospital)
    return np.select([code == "90", code == "99"], [hospital, hidden], town)


def _by_age_and_sex(medicines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    letters = parameters.table("atc1").set_index("atc").loc[medicines["atc"].str[0]]
    young, old, men = (letters[name].to_numpy() for name in ("young", "old", "men"))
    age = np.column_stack([young, 1 - young - old, old]) * (1 - HIDDEN_AGE)
    sex = np.column_stack([men, 1 - men]) * (1 - HIDDEN_SEX)
    size = len(medicines)
    hidden_age, hidden_sex = np.full(size, HIDDEN_AGE), np.full(size, HIDDEN_SEX)
    return np.column_stack([age, hidden_age]), np.column_stack([sex, hidden_sex])


def _with_corrections(found: pd.DataFrame, rng) -> pd.DataFrame:
    """A few lines become negative: what was taken back exceeds what was dispensed."""
    chosen = rng.choice(np.flatnonzero(found["BOITES"] < 200), NEGATIVE_ROWS, replace=False)
    found.loc[chosen, ["BOITES", "REM", "BSE"]] *= -1
    keys = ["product", "BEN_REG", "age", "sexe", "PSP_SPE"]
    return found.sort_values(keys, kind="stable").reset_index(drop=True)


@cache
def _labels() -> dict[str, str]:
    return parameters.table("atc_labels").set_index("atc")["label"].to_dict()


def _beginnings(medicines: pd.DataFrame) -> list[str]:
    """The 14 first fields of the lines of each medicine."""
    groups = {atc: 9001 + rank for rank, atc in enumerate(sorted(medicines["atc"].unique()))}
    lines = []
    for row in medicines.itertuples():
        levels = [text for size in LEVELS for text in (row.atc[:size], _labels()[row.atc[:size]])]
        group = groups[row.atc] if row.status in (1, 4) else 0
        lines.append(";".join([*levels, row.CIP13, row.l_cip13, str(row.status), str(group)]))
    return lines


def _lines(found: pd.DataFrame, year: int = REFERENCE_YEAR) -> list[str]:
    beginnings = _beginnings(products(year))
    columns = [found[name].tolist() for name in found.columns]
    return [
        f"{beginnings[product]};{age};{sex};{region};{prescriber};{boxes};{_euros(rem)};{_euros(bse)}"
        for product, age, sex, region, prescriber, boxes, rem, bse in zip(*columns, strict=True)
    ]


def _euros(cents: int) -> str:
    """Cents as text with a decimal comma: 13506 gives ``135,06``."""
    sign, size = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{size // 100},{size % 100:02d}"
