"""What `ondam check` looks at: definitions, sheets, plan, and every file of the data folder against its hash."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from indicators import catalogue, docs, lake, publication
from indicators.errors import WorkbenchError

Row = dict[str, Any]
CONTROLS = ("rows", "by_flag", "by_indicator", "france_numerator")  # a theme may have changed its name since


def run(folder: Path) -> list[Row]:
    """One row per thing checked, with what was found; nothing is changed."""
    checks: dict[str, Callable[[], str]] = {
        "définitions": _definitions,
        "fiches": _sheets,
        "plan d’actions": lambda: _plan(folder),
        "dossier de données": lambda: _files(folder),
        "versions publiées": lambda: _publications(folder),
    }
    rows = []
    for what, check in checks.items():
        if rows and not rows[0]["ok"] and what != "dossier de données":
            rows.append({"what": what, "ok": False, "result": "les définitions d’abord"})
        else:
            rows.append(_row(what, check))
    return rows


def _row(what: str, check: Callable[[], str]) -> Row:
    try:
        return {"what": what, "ok": True, "result": check()}
    except WorkbenchError as error:
        return {"what": what, "ok": False, "result": str(error)}


def _definitions() -> str:
    found = catalogue.load()
    return f"{len(found.indicators)} indicateurs, {len(found.measures)} mesures, {len(found.groups)} groupes de codes"


def _sheets() -> str:
    if not docs.FOLDER.is_dir():
        return "pas de dossier docs/sheets ici"
    stale = [row["path"] for row in docs.sheets(check=True) if row["state"] != "à jour"]
    if stale:
        raise WorkbenchError(f"à refaire avec « ondam sheets » : {', '.join(stale)}")
    return "à jour"


def _plan(folder: Path) -> str:
    from indicators.convention import plan

    places = [place / "plan" for place in (folder, lake.project())]
    found = next((read for place in places if (read := plan.read(place, catalogue.load()))), None)
    return f"{len(found.actions)} actions" if found else "aucun plan dans ce dossier"


def _files(folder: Path) -> str:
    if not (folder / "lake").is_dir():
        raise lake.LakeError(f"{folder} ne contient aucune donnée. Lancer « ondam ingest FICHIER » ou « ondam demo ».")
    opened = lake.Lake(folder)
    entries = lake.files(opened.manifest)
    entries += [lake.sealed(entry) for entry in opened.manifest["vintages"]]
    wrong = [entry["path"] for entry in entries if not opened.whole(entry)]
    if wrong:
        raise lake.LakeError(
            f"fichiers modifiés ou disparus depuis leur écriture : {', '.join(wrong)}. Refaire ingest puis build."
        )
    return f"{len(entries)} fichiers intacts dans {folder / 'lake'}"


def _publications(folder: Path) -> str:
    """Every publication against its own manifest, and its table against its control totals."""
    opened = lake.Lake(folder)
    wrong = [
        f"{vintage} : {', '.join(found)}" for vintage in opened.vintages() if (found := _disagreements(opened, vintage))
    ]
    current = opened.manifest["publication"]
    if current and current["vintage"] not in opened.vintages():
        wrong.append(f"{current['vintage']} : en vigueur, mais absente de la liste des versions")
    if wrong:
        raise lake.LakeError(f"versions qui ne s’accordent pas avec leur manifeste : {' ; '.join(wrong)}.")
    return f"{len(opened.vintages())} versions publiées, chacune conforme à son manifeste"


def _disagreements(opened: lake.Lake, vintage: str) -> list[str]:
    import pandas

    if not opened.intact(vintage):
        return ["fichiers modifiés"]
    entry, account = opened.vintages()[vintage], opened.account(vintage)
    current = opened.manifest["publication"] or {}
    same = ("vintage", "built", "path", "parquet_sha256")
    found = [key for key in same if account[key] != entry[key]]
    if current.get("vintage") == vintage:
        found += [f"{key} (en vigueur)" for key in same if account[key] != current[key]]
    totals = publication.totals(pandas.read_parquet(opened.path(entry)), catalogue.load())
    return found + [f"totaux {key}" for key in CONTROLS if totals[key] != account["totals"][key]]
