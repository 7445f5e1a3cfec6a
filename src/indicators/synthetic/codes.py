"""The dimension columns of the lines: who, where, prescribed and carried out by whom."""

import numpy as np
import pandas as pd

from indicators.synthetic import parameters

REGION_CODES = np.array([int(code) for code in parameters.REGIONS] + [parameters.UNKNOWN])
UNKNOWN_FUND, OTHER_FUND, OTHER_REGION = 0.11, 0.03, 0.06
UNFED_SCHEMES = 0.10  # lines of schemes that do not count acts: NBR empty

# EXO_MTF for the three bases of payment (ordinary, long-term illness, other): code, chance.
EXEMPTIONS = {
    "care": [{0: 0.85, 41: 0.15}, {42: 0.86, 44: 0.09, 46: 0.05}, {62: 0.5, 30: 0.3, 10: 0.2}],
    "carrier": [{0: 0.95, 41: 0.05}, {42: 0.87, 44: 0.08, 46: 0.05}, {63: 0.3, 62: 0.5, 10: 0.2}],
    "sick": [{30: 0.6, 0: 0.4}, {42: 0.95, 44: 0.05}, {10: 1.0}],
    "maternity": [{30: 1.0}, {42: 1.0}, {62: 1.0}],
    "rent": [{30: 1.0}, {42: 1.0}, {10: 1.0}],
    "vaccine": [{0: 1.0}, {42: 1.0}, {81: 1.0}],
}
SPECIALISTS = {3: 0.15, 4: 0.12, 5: 0.08, 6: 0.18, 7: 0.1, 8: 0.07, 13: 0.06, 15: 0.14, 33: 0.1}
PATHWAYS = {1: 0.52, 13: 0.1, 7: 0.03, 11: 0.02, 3: 0.16, 5: 0.05, 24: 0.04, 23: 0.03, 31: 0.05}
HOSPITALS = {1101: 0.34, 1102: 0.40, 1103: 0.03, 1107: 0.06, 1110: 0.15, 1203: 0.02}
TOWN_PRESCRIBERS = {1: 0.74, 3: 0.04, 4: 0.04, 7: 0.03, 8: 0.02, 12: 0.03, 13: 0.02, 15: 0.04}
HOSPITAL_PRESCRIBERS = {1: 0.5, 2: 0.08, 3: 0.08, 4: 0.12, 9: 0.12, 32: 0.04, 35: 0.06}
DISCIPLINES = {11: 0.3, 22: 0.2, 30: 0.08, 43: 0.12, 60: 0.15, 14: 0.05, 16: 0.1}


def described(cells: dict, posts: pd.DataFrame, month: int, rng) -> dict:
    """Add the columns of the lines whose situation is known."""
    kinds = parameters.table("kinds").set_index("kind").loc[posts["kind"]]
    kind = kinds.iloc[cells["post"]].reset_index()
    lines = {name: cells[name] for name in ["PRS_ACT_QTE", "PRS_REM_TAU", "PRS_REM_MNT"]}
    lines |= _when(cells, posts, month)
    lines |= _beneficiary(cells, kind, rng)
    lines |= _amounts(cells, kind, posts, rng)
    lines |= _cover(cells, kind, rng)
    lines |= _executant(lines, kind, rng)
    lines |= _prescriber(cells, lines, kind, rng)
    return _schemes(lines, rng)


def masked(lines: dict) -> dict:
    """Hide the situation: five columns become unknown together."""
    size = len(lines["PRS_NAT"])
    hidden = {"PRS_REM_TYP": 99, "CPT_ENV_TYP": 9, "EXO_MTF": 99, "BEN_CMU_TOP": 9, "MTM_NAT": 9}
    hidden |= {"TOP_PS5_TRG": 9, "DDP_SPE_COD": 0, "DRG_AFF_NAT": 99}
    return lines | {name: np.full(size, code) for name, code in hidden.items()}


def without_unfed_counts(lines: dict) -> dict:
    """Empty the NBR columns of the schemes that do not feed them."""
    unfed = lines["unfed"]
    for name in ("PRS_ACT_NBR", "FLT_ACT_NBR"):
        lines[name] = np.where(unfed, np.nan, lines[name])
    return lines


def _pick(rng, chances: dict[int, float], size: int) -> np.ndarray:
    """Codes at random; what is missing to 1 goes to the first code."""
    limits = np.cumsum(list(chances.values()))
    found = np.searchsorted(limits, rng.random(size), side="right")
    return np.array(list(chances))[np.where(found < len(limits), found, 0)]


def _evenly(rng, size: int) -> np.ndarray:
    """Numbers between 0 and 1 that fill the lines evenly, so that shares hold in small groups."""
    golden_ratio = (5**0.5 - 1) / 2
    return (rng.random() + golden_ratio * np.arange(size)) % 1


def _when(cells, posts, month) -> dict:
    care = np.array(parameters.CARE_MONTHS)[cells["care"]]
    dated = posts["delay"].to_numpy()[cells["post"]] != "undated"
    return {
        "FLX_ANN_MOI": np.full(len(care), month),
        "SOI_ANN": np.where(dated, care // 100, 0),
        "SOI_MOI": np.where(dated, care % 100, 0),
        "PRS_NAT": posts["code"].astype(int).to_numpy()[cells["post"]],
    }


def _beneficiary(cells, kind, rng) -> dict:
    size = len(kind)
    region, age = REGION_CODES[cells["region"]], np.array(parameters.AGES)[cells["age"]]
    residence = np.where(kind["residence"] == "hidden", parameters.UNKNOWN, region)
    draw = rng.random(size)
    fund = np.where(draw < UNKNOWN_FUND, parameters.UNKNOWN, region)
    fund = np.where(draw > 1 - OTHER_FUND, rng.choice(REGION_CODES[:13], size), fund)
    fund = np.where(kind["fund"] == "known", region, fund)
    return {
        "ORG_CLE_REG": fund,
        "AGE_BEN_SNDS": age,
        "BEN_RES_REG": residence,
        "BEN_QLT_COD": np.where(age == 0, 3, np.where(rng.random(size) < 0.02, 2, 1)),
        "BEN_SEX_COD": cells["sex"] + 1,
    }


def _amounts(cells, kind, posts, rng) -> dict:
    """Acts, coefficient, expense and fees above the tariff; nothing but REM for cash."""
    acts, rem = cells["PRS_ACT_QTE"], cells["PRS_REM_MNT"]
    cash = (kind["coefficient"] == 0).to_numpy()
    owed = (kind["kind"] == "franchise").to_numpy()
    size, nothing = len(kind), np.zeros(len(kind), dtype=np.int64)
    base = np.where(cash | owed, nothing, cells["PRS_REM_BSE"])
    above = posts["dep"].to_numpy()[cells["post"]] * rng.uniform(0.6, 1.4, size)
    above = np.rint(base * above).astype(np.int64)
    doctor = np.isin(kind["kind"], ["gp", "specialist"])
    coefficient = kind["coefficient"].to_numpy() * rng.choice([0.9, 1.0, 1.0, 1.1], size)
    coefficient = np.where(kind["coefficient"] == 1, 1.0, coefficient)
    paid_days = acts + (cash * rng.binomial(np.maximum(acts, 0), 0.04))
    return {
        "PRS_ACT_COG": np.rint(acts * coefficient * 100).astype(np.int64),
        "PRS_ACT_NBR": acts,
        "PRS_ACT_QTE": paid_days,
        "PRS_DEP_MNT": np.where(doctor, above, 0),
        "PRS_PAI_MNT": base + above,
        "PRS_REM_BSE": base,
        "PRS_REM_MNT": np.where(owed, -rem, rem),
        "PRS_REM_TAU": np.where(cash, 0, cells["PRS_REM_TAU"]),
    }


def _cover(cells, kind, rng) -> dict:
    """Insurance, exemption, envelope and the beneficiary's special situations."""
    size, region = len(kind), REGION_CODES[cells["region"]]
    exemption = np.zeros(size, dtype=np.int64)
    family = np.where(np.isin(kind["kind"], list(EXEMPTIONS)), kind["kind"], "care")
    for name, bases in EXEMPTIONS.items():
        for base, chances in enumerate(bases):
            here = (family == name) & (cells["base"] == base)
            exemption[here] = _pick(rng, chances, here.sum())
    work = (exemption == 10) & (kind["kind"] != "maternity")
    birth = (kind["kind"] == "maternity") | ((exemption == 30) & (family == "care"))
    insurance = np.where(work, 40, np.where(birth, 30, 10))
    minimum = np.where((region == 44) & (rng.random(size) < 0.55), 2, rng.random(size) < 0.02)
    return {
        "EXO_MTF": exemption,
        "ASU_NAT": np.where(kind["kind"] == "rent", 40, insurance),
        "MTM_NAT": minimum.astype(np.int64),
        "BEN_CMU_TOP": (rng.random(size) < 0.11).astype(np.int64),
        **{name: np.zeros(size, np.int64) for name in ("ATT_NAT", "CPL_COD", "PRS_REM_TYP")},
        "CPT_ENV_TYP": kind["CPT_ENV_TYP"].to_numpy(),
        "DRG_AFF_NAT": kind["DRG_AFF_NAT"].to_numpy(),
        "TOP_PS5_TRG": np.ones(size, np.int64),
        "legal": np.ones(size, bool),
    }


def _place(lines, rng) -> np.ndarray:
    """Where care is given: most often the region of residence or of the fund."""
    home = np.where(lines["BEN_RES_REG"] == 99, lines["ORG_CLE_REG"], lines["BEN_RES_REG"])
    away = rng.random(len(home)) < OTHER_REGION
    return np.where(away, rng.choice(REGION_CODES[:13], len(home)), home)


def _executant(lines, kind, rng) -> dict:
    size, place = len(kind), _place(lines, rng)
    inside, public = (kind["care_place"] != "town"), (kind["care_place"] == "public")
    public = public | (inside & (rng.random(size) < 0.7))
    nobody = kind["PSE_ACT_CAT"].to_numpy() == 99
    specialty = kind["PSE_SPE_SNDS"].replace("specialist", "0").astype(int).to_numpy()
    doctor = (kind["PSE_SPE_SNDS"] == "specialist").to_numpy()
    pathway = (kind["PRS_PDS_QCP"] == "pathway").to_numpy()
    fixed = kind["PRS_PDS_QCP"].replace("pathway", "0").astype(int).to_numpy()
    hospital = np.where(public, _pick(rng, {1101: 0.45, 1102: 0.55}, size), 1110)
    found = {
        "ETE_CAT_SNDS": np.where(inside, hospital, 9999),
        "ETE_REG_COD": np.where(inside, place, 99),
        "ETE_TYP_SNDS": np.where(inside, np.where(public, 1, 4), 99),
        "ETE_IND_TAA": np.where(inside, np.where(public, 1, 2), 9),
        "MFT_COD": np.where(inside, np.where(public, 3, 7), 99),
        "MDT_TYP_COD": np.where(inside, _pick(rng, {1: 0.6, 2: 0.4}, size), 9),
        "DDP_SPE_COD": np.where(inside, _pick(rng, DISCIPLINES, size), 121),
        "ETB_DCS_MCO": np.where(inside, rng.choice(["M", "C", "O", "S"], size), "Z"),
        "EXE_INS_REG": np.where(inside | nobody, 99, place),
        "PRS_PPU_SEC": np.where(inside & public, 1, kind["PRS_PPU_SEC"]),
        "PRS_PDS_QCP": np.where(pathway, _pick(rng, PATHWAYS, size), fixed),
        "PSE_SPE_SNDS": np.where(doctor, _pick(rng, SPECIALISTS, size), specialty),
    }
    same = ["PSE_ACT_SNDS", "PSE_ACT_CAT", "PSE_STJ_SNDS"]
    return found | {name: kind[name].to_numpy() for name in same} | {"place": place}


def _prescriber(cells, lines, kind, rng) -> dict:
    size, place = len(kind), lines.pop("place")
    inside = cells["hospital"] == 1
    nobody = np.isin(kind["kind"], ["pension", "rent", "abroad"])
    here = inside & ~nobody
    town = ~inside & ~nobody
    specialty = np.where(inside, _pick(rng, HOSPITAL_PRESCRIBERS, size), _pick(rng, TOWN_PRESCRIBERS, size))
    return {
        "ETP_CAT_SNDS": np.where(here, _pick(rng, HOSPITALS, size), 9999),
        "ETP_REG_COD": np.where(here, place, 99),
        "PRE_INS_REG": np.where(town, place, 99),
        "PSP_ACT_SNDS": np.zeros(size, np.int64),
        "PSP_ACT_CAT": np.where(town, 1, 0),
        "PSP_SPE_SNDS": np.where(nobody, 0, specialty),
        "PSP_STJ_SNDS": np.where(here, 2, np.where(town, 1, 9)),
    }


def _schemes(lines, rng) -> dict:
    """Funds that do not count acts: no NBR, no beneficiary's statute, unknown executant's."""
    size = len(lines["PRS_NAT"])
    unfed = _evenly(rng, size) < UNFED_SCHEMES
    lines["unfed"] = unfed
    lines["PRS_FJH_TYP"] = np.where(unfed, 8, 0)
    lines["PSE_STJ_SNDS"] = np.where(unfed, 9, lines["PSE_STJ_SNDS"])
    lines["SOI_ANN"] = _zero_padded(lines["SOI_ANN"], 4)
    lines["SOI_MOI"] = _zero_padded(lines["SOI_MOI"], 2)
    return lines


def _zero_padded(numbers: np.ndarray, width: int) -> np.ndarray:
    return np.char.zfill(numbers.astype(str), width)
