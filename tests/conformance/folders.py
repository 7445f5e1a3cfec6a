"""Folders that two engines build, and what they must both hold in the end."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet
from conftest import write_manifest

from indicators import lake


def months(country: Path, folder: Path, count: int) -> Path:
    """A data folder of the last months of the fictional country, nothing computed yet."""
    held = lake.Lake(country)
    manifest = json.loads(json.dumps(held.manifest)) | {"facts": {}, "publication": None}
    manifest["parts"]["open_damir"] = dict(list(held.parts("open_damir").items())[-count:])
    for parts in manifest["parts"].values():
        for entry in parts.values():
            target = folder / "lake" / entry["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(held.path(entry), target)
    write_manifest(folder, manifest | {"serving": {}, "vintages": []})
    return folder


def forget(folder: Path, source: str, key: str) -> None:
    """As if a part had just been received: its facts and the publication are not there yet."""
    with lake.Lake(folder).writing() as change:
        del change.manifest["facts"][source][key]
        change.manifest["publication"] = None
        change.commit()


def publication(folder: Path) -> str:
    """The SHA-256 of the indicator table of a folder."""
    held = lake.Lake(folder)
    return lake.digest(held.path(held.manifest["publication"]))


def facts(folder: Path) -> dict[tuple[str, str], list[tuple]]:
    """The facts of every part, their order apart."""
    held = lake.Lake(folder)
    paths = {(name, key): held.path(e) for name in held.manifest["facts"] for key, e in held.facts(name).items()}
    return {
        part: sorted(tuple(row.items()) for row in pyarrow.parquet.read_table(path).to_pylist())
        for part, path in paths.items()
    }
