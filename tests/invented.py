"""An invented catalogue, an invented table and an invented plan, small enough to be worked by hand."""

from pathlib import Path

import pandas as pd

from indicators import catalogue, territories
from indicators.lake import Published

EVIL = "<script>alert(1)</script>"
AREAS = [place.code for place in territories.of_level("cnam")]
QUARTERS = [f"{year}-Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)][:10]
TEXT = '{fr: "texte", en: "text"}'

NOMENCLATURE = """
columns: [PRS_NAT]
source: "inventée"
read_on: 2026-01-01
groups:
  taxi: {label: {fr: Taxi, en: Taxi}, codes: {"4214": "Taxi"}}
  vsl: {label: {fr: VSL, en: Light vehicle}, codes: {"4213": "Véhicule léger"}}
  seated: {label: {fr: Transport assis, en: Seated transport}, include: [taxi, vsl]}
"""
MEASURES = """
seated_amount: {label: {fr: Montant, en: Amount}, sum: FLT_REM_MNT, where: {PRS_NAT: seated}, unit: "€"}
taxi_amount: {label: {fr: Montant taxi, en: Taxi amount}, sum: FLT_REM_MNT, where: {PRS_NAT: taxi}, unit: "€"}
seated_trips: {label: {fr: Trajets, en: Trips}, sum: FLT_ACT_QTE, where: {PRS_NAT: seated}, unit: acts}
taxi_trips: {label: {fr: Trajets en taxi, en: Taxi trips}, sum: FLT_ACT_QTE, where: {PRS_NAT: taxi}, unit: acts}
vsl_trips: {label: {fr: Trajets en VSL, en: Light trips}, sum: FLT_ACT_QTE, where: {PRS_NAT: vsl}, unit: acts}
"""
POPULATION = """
population: {label: {fr: Population, en: Population}, sum: POPULATION, where: {}, unit: people}
"""
COMMON = f"""
  levels: [cnam, fra]
  meaning: {TEXT}
  why: {TEXT}
  exclusions: {TEXT}
  biases: {TEXT}
  reference: "référence"
  authored_by: "Statisticien"
  reviewed: 2026-11-22
  sharing: public
"""


def _entry(id: str, label: str, body: str) -> str:
    return f'{id}:\n  label: {{fr: "{label}", en: "{label} (en)"}}\n{body}{COMMON}'


AMOUNT = """  method: amount_rate
  numerator: seated_amount
  denominator: population
  count: seated_trips
  unit: "€/hab."
  decimals: 2
  direction: down
  frequency: quarter
  window: 12
  clock: care
"""
TAXI = AMOUNT.replace("seated_amount", "taxi_amount").replace("seated_trips", "taxi_trips")
RATE = """  method: rate
  numerator: seated_trips
  denominator: population
  per: 1000
  unit: "pour 1 000 hab."
  direction: down
  frequency: quarter
  window: 12
  clock: care
"""
SHARE = """  method: proportion
  numerator: vsl_trips
  denominator: seated_trips
  unit: "%"
  direction: up
  frequency: quarter
  clock: care
"""
SUM = """  method: sum
  numerator: taxi_amount
  count: taxi_trips
  unit: "€"
  decimals: 0
  direction: none
  frequency: month
  clock: flux
"""


def definitions(folder: Path) -> catalogue.Catalogue:
    """The invented catalogue, read from files as the real one is."""
    files = {
        "nomenclatures/prs_nat.yaml": NOMENCLATURE,
        "definitions/measures/open_damir.yaml": MEASURES,
        "definitions/measures/insee_population.yaml": POPULATION,
        "definitions/transport.yaml": _entry("spending", "Dépense", AMOUNT)
        + _entry("taxi", "Dépense de taxi", TAXI)
        + _entry("trips", "Trajets pour 1 000", RATE)
        + _entry("evil", EVIL, SHARE)
        + _entry("total", "Montant du mois", SUM),
        "definitions/sick_leave.yaml": _entry("leave", "Arrêts", RATE),
        "definitions/health_products.yaml": _entry("products", "Produits", RATE),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return catalogue.read(folder)


def row(id: str, period: str, level: str, territory: str, value: float, **more) -> dict:
    """A published row; a hidden one keeps numbers on purpose, so that a test sees them leak."""
    plain = {
        "indicator_id": id, "period": period, "level": level, "territory": territory, "value": value,
        "lower": value - 1, "upper": value + 1, "numerator": value * 100, "denominator": 10_000.0, "flag": "ok",
        "completeness": 1.0, "vintage": "v1",
    }  # fmt: skip
    return plain | more


def table(*rows: dict) -> Published:
    sources = [{"source": "open_damir", "files": 1, "last": "202506", "received": "2026-11-20T10:00:00Z"}]
    return Published(pd.DataFrame(list(rows)), True, "v1", "2026-11-22T10:00:00Z", sources)


HIDDEN_VALUE = 777.77  # written where it must never be read


def published() -> Published:
    """Ten quarters of six indicators in every area: the last is provisional, one quarter of area 93 is hidden."""
    rows = []
    for id in ("spending", "taxi", "trips", "evil", "leave", "products"):
        for number, period in enumerate(QUARTERS):
            for index, code in enumerate([*AREAS, "FR"]):
                level = "fra" if code == "FR" else "cnam"
                flag = "provisional" if period == QUARTERS[-1] else "ok"
                rows.append(row(id, period, level, code, 20.0 + index + number, flag=flag))
                if flag == "provisional":
                    rows[-1]["corrected"] = 22.0 + index + number
    for one in rows:
        if (one["territory"], one["period"]) == ("93", "2024-Q2") or (one["territory"], one["period"]) == (
            "5", "2025-Q1"
        ):  # fmt: skip
            one.update(
                value=HIDDEN_VALUE, numerator=HIDDEN_VALUE, lower=HIDDEN_VALUE, upper=HIDDEN_VALUE,
                corrected=HIDDEN_VALUE, flag="hidden",
            )  # fmt: skip
    for index, code in enumerate([*AREAS, "FR"]):
        level = "fra" if code == "FR" else "cnam"
        rows.append(row("total", "2025-03", level, code, 1_000_000.0 * (index + 1), lower=None, upper=None))
    return table(*rows)


PLAN = """
title: {fr: Plan inventé, en: Invented plan}
fictional: true
territory: {level: cnam, code: "93"}
version: "1"
order: {number: "1", signed: 2025-01-31, in_force: 2025-02-15, opinion: 2025-01-16}
review: {months: 12, next: 2027-01-31, rule: {fr: Chaque année., en: Every year.}}
tolerance: {on_track: 0.10, watch: 0.35, steady: 0.05}
functions:
  ars: {supply: {fr: Direction de l’offre, en: Supply directorate}}
  assurance_maladie: {risk: {fr: Gestion du risque, en: Risk management}}
"""
ACTION = """
first:
  label: {fr: "Première action", en: First action}
  pilot: conjoint
  referents: {ars: supply, assurance_maladie: risk}
  indicators:
    - id: spending
      baseline: {period: "2024-Q1", value: 30}
      target: {period: "2026-Q1", value: 22}
  due: 2026-12-31
  state: running
  next_step: {what: {fr: Réunir, en: Meet}, who: supply, when: 2026-12-15}
  balance: {done: {fr: fait, en: done}, obstacles: {fr: frein, en: brake}, next: {fr: suite, en: next}}
  decided_on: 2025-02-12
"""


def write_plan(folder: Path, head: str = PLAN, **themes: str) -> Path:
    """A plan in a folder: its head, and a file of actions per theme."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.yaml").write_text(head, encoding="utf-8")
    for theme, text in (themes or {"transport": ACTION}).items():
        (folder / f"{theme}.yaml").write_text(text, encoding="utf-8")
    return folder
