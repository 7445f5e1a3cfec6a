"""The lines of one fictional Open DAMIR file.

A file is built from three drawings (see ``sampling.draw``):

- the described lines, where the beneficiary's situation is known;
- the masked lines, where payment type, envelope, exemption, C2S and minimum are unknown
  together (about 40 % of the real lines, 4.5 % of the amount);
- and, from the described ones, complements of acts (type 1), amounts paid beside the legal part
  (types 2, 4, 5: no FLT_ amount) and negative regularisations.
"""

from pathlib import Path

import numpy as np

from indicators.synthetic import codes, economy, layout, parameters, sampling

MASKED_LINES = 0.92  # masked lines for one described line, where the post has any
CASH_MASKED_LINES = 0.05
COMPLEMENT_LINES, REGULARISED_LINES = 0.15, 0.025
BESIDE_LINES, MASKED_BESIDE_LINES = 0.30, 0.27  # of the lines with a partial rate
COUNTS = ["PRS_ACT_QTE", "PRS_ACT_NBR", "PRS_ACT_COG"]
AMOUNTS = ["PRS_DEP_MNT", "PRS_PAI_MNT", "PRS_REM_BSE", "PRS_REM_MNT"]
LEGAL_ONLY = ["ACT_COG", "ACT_NBR", "ACT_QTE", "PAI_MNT", "DEP_MNT"]
ORDER = ["PRS_NAT", "BEN_RES_REG", "ORG_CLE_REG", "SOI_ANN", "SOI_MOI", "AGE_BEN_SNDS"]

Rows = dict[str, np.ndarray]


def write(folder: Path, month: int) -> Path:
    """Write the file of one processing month and give back its path."""
    path = folder / f"A{month}_fictif.csv.gz"
    path.write_bytes(layout.compressed(layout.text(rows(month), month)))
    return path


def rows(month: int) -> Rows:
    """All lines of a processing month, sorted; amounts, COG and rates in hundredths."""
    shared = economy.build()
    apart = shared.posts["code"].isin(parameters.APART).to_numpy()
    draws = [(~apart, parameters.generator(5, month)), (apart, parameters.generator(8, month))]
    whole = _joined([_drawn(economy.only(shared, posts), month, rng) for posts, rng in draws])
    order = np.lexsort([whole[name] for name in reversed(ORDER)])
    return {name: values[order] for name, values in whole.items()}


def _drawn(shared, month: int, rng) -> Rows:
    """The lines of some posts, of all kinds."""
    expected = economy.flux(shared.care, shared.delays, month)
    described = _cells(shared, expected, rng, masked=False)
    masked = _cells(shared, expected, rng, masked=True)
    described, masked = (_measured(shared, cells, month, rng) for cells in (described, masked))
    described = codes.described(described, shared.posts, month, rng)
    masked = codes.masked(codes.described(masked, shared.posts, month, rng))
    parts = [
        *(described, masked, _complements(described, shared.posts, rng)),
        *(_beside(described, rng), _masked_beside(masked, rng), _regularised(described, rng)),
    ]
    return _filtered(_some_unknown_sexes(_joined(parts), rng))


def _joined(parts: list[Rows]) -> Rows:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _cells(shared, expected, rng, masked: bool) -> Rows:
    """Draw the cells of the described or the masked lines, with the EUR of each."""
    posts = shared.posts
    hidden = posts["masked"].to_numpy()[:, None, None]
    complement = posts["complement"].to_numpy()[:, None, None]
    share = hidden if masked else (1 - hidden) * (1 - complement)
    paths = _without_situation(posts, shared.paths) if masked else shared.paths
    cells = (expected * share)[..., None] * paths[:, :, None, :]
    amounts = cells.reshape(-1, cells.shape[2] * cells.shape[3])
    position, kept = sampling.draw(amounts, _lines(posts, expected, masked), rng)
    axes = np.unravel_index(position, (*cells.shape[:3], 9, 2, 3, 2))
    names = ["post", "region", "delay", "age", "sex", "base", "hospital"]
    return {**dict(zip(names, axes, strict=True)), "amount": kept}


def _without_situation(posts, paths: np.ndarray) -> np.ndarray:
    """Merge the bases of payment that only the exemption told apart: those of the same rate."""
    bases = paths.reshape(len(posts), -1, 3, 2)
    full_rate = bases[:, :, 1] + bases[:, :, 2]
    single = posts["rate"].isin([0, 100]).to_numpy()[:, None, None]
    ordinary = bases[:, :, 0] + single * full_rate
    merged = np.stack([ordinary, full_rate * ~single, np.zeros_like(full_rate)], axis=2)
    return merged.reshape(paths.shape)


def _lines(posts, expected, masked: bool) -> np.ndarray:
    """Number of lines wanted per post and region: more where more is spent, but not in ratio."""
    root = np.sqrt(expected.sum(axis=2))
    wanted = posts["rows"].to_numpy(dtype=float)
    if masked:
        cash = posts["rate"].to_numpy() == 0
        wanted = wanted * np.where(cash, CASH_MASKED_LINES, MASKED_LINES)
        wanted *= posts["masked"].to_numpy() > 0
    return (wanted[:, None] * root / root.sum(axis=1, keepdims=True)).ravel()


def _measured(shared, cells: Rows, month: int, rng) -> Rows:
    """Turn the EUR of each cell into acts and amounts; lines without any act fall away."""
    posts, post = shared.posts, cells["post"]
    care = parameters.CARE_MONTHS.index(month) - cells["delay"]
    rate = economy.rates(posts)[post, cells["base"]]
    unit = shared.unit[post, cells["region"], care] * sampling.spread(rng, parameters.LINE_SPREAD, len(post))
    acts = np.floor(cells["amount"] / (unit * rate / 100) + rng.random(len(post))).astype(np.int64)
    base = np.rint(acts * unit * 100).astype(np.int64)
    found = {**cells, "care": care, "PRS_ACT_QTE": acts, "PRS_REM_BSE": base}
    found["PRS_REM_TAU"] = (rate * 100).astype(np.int64)
    found["PRS_REM_MNT"] = np.rint(base * rate / 100).astype(np.int64)
    kept = acts > 0
    return {name: values[kept] for name, values in found.items()}


def _complements(described: Rows, posts, rng) -> Rows:
    """Complements of acts (night, Sunday, emergency): type 1, counted in FLT_REM_MNT alone."""
    share = posts.set_index("code")["complement"].loc[described["PRS_NAT"].astype(str)].to_numpy()
    chosen = _some(described, COMPLEMENT_LINES * (share > 0), rng)
    factor = share / (1 - share) / COMPLEMENT_LINES
    part = _scaled(described, chosen, factor[chosen])
    night = rng.random(len(chosen)) < 0.25
    return {**part, "PRS_REM_TYP": _full(chosen, 1), "CPL_COD": np.where(night, 1, 2)}


def _beside(described: Rows, rng) -> Rows:
    """The patient's share paid by C2S (5), Alsace-Moselle (4) or other cover (2)."""
    partial = (described["PRS_REM_TAU"] < 10000) & (described["PRS_REM_BSE"] > 0)
    chosen = _some(described, BESIDE_LINES * partial, rng)
    part = _remainder(_scaled(described, chosen, rng.uniform(0.05, 0.3, len(chosen))))
    kind = np.where(rng.random(len(chosen)) < 0.06, 2, 5)
    kind = np.where((part["BEN_RES_REG"] == 44) & (rng.random(len(chosen)) < 0.7), 4, kind)
    envelope = np.select([kind == 5, kind == 4], [7, 8], 1)
    part |= {"PRS_REM_TYP": kind, "CPT_ENV_TYP": envelope, "TOP_PS5_TRG": _full(chosen, 0)}
    return part | {"BEN_CMU_TOP": np.where(kind == 5, 1, 0), "EXO_MTF": _full(chosen, 0)}


def _masked_beside(masked: Rows, rng) -> Rows:
    """Masked lines that are beside the legal part too: type 99, no FLT_ amount."""
    partial = (masked["PRS_REM_TAU"] < 10000) & (masked["PRS_REM_BSE"] > 0)
    chosen = _some(masked, MASKED_BESIDE_LINES * partial, rng)
    part = _remainder(_scaled(masked, chosen, rng.uniform(0.3, 0.9, len(chosen))))
    return part | {"legal": np.zeros(len(chosen), bool)}


def _regularised(described: Rows, rng) -> Rows:
    """Corrections of earlier payments: the same line, negative, paid through another address."""
    chosen = _some(described, REGULARISED_LINES, rng)
    part = _scaled(described, chosen, -rng.uniform(0.02, 0.12, len(chosen)))
    return part | {"DRG_AFF_NAT": _full(chosen, 12)}


def _some(part: Rows, chance, rng) -> np.ndarray:
    return np.flatnonzero(rng.random(len(part["PRS_NAT"])) < chance)


def _full(chosen: np.ndarray, value: int) -> np.ndarray:
    return np.full(len(chosen), value)


def _scaled(part: Rows, chosen: np.ndarray, factor: np.ndarray) -> Rows:
    """Copy lines with their acts and amounts multiplied; at least one act stays."""
    copy = {name: values[chosen] for name, values in part.items()}
    acts = np.rint(copy["PRS_ACT_QTE"] * factor)
    acts = np.where(acts == 0, np.sign(factor), acts)
    exact = acts / copy["PRS_ACT_QTE"]
    for name in COUNTS + AMOUNTS:
        copy[name] = np.rint(copy[name] * exact).astype(np.int64)
    return copy


def _remainder(part: Rows) -> Rows:
    """Replace the legal reimbursement by what it left to pay: no base, the other rate."""
    rate = 10000 - part["PRS_REM_TAU"]
    paid = np.rint(part["PRS_REM_BSE"] * (rate / 10000)).astype(np.int64)
    nothing = np.zeros_like(paid)
    return part | {"PRS_REM_TAU": rate, "PRS_REM_MNT": paid, "PRS_REM_BSE": nothing}


def _some_unknown_sexes(whole: Rows, rng) -> Rows:
    chosen = _some(whole, 0.0004, rng)
    whole["BEN_SEX_COD"][chosen] = np.where(rng.random(len(chosen)) < 0.8, 0, 9)
    return whole


def _filtered(whole: Rows) -> Rows:
    """Add the FLT_ columns: acts and expense of the reference benefit, the legal part alone."""
    reference = np.isin(whole["PRS_REM_TYP"], [0, 99]) & whole["legal"]
    legal = reference | (whole["PRS_REM_TYP"] == 1)
    for name in LEGAL_ONLY:
        whole[f"FLT_{name}"] = np.where(reference, whole[f"PRS_{name}"], 0)
    whole["FLT_REM_MNT"] = np.where(legal, whole["PRS_REM_MNT"], 0)
    return codes.without_unfed_counts(whole)
