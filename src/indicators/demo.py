"""The fictional country: written in the official formats, read like any file, computed."""

from pathlib import Path

from indicators import build, ingest, lake
from indicators.errors import LakeError
from indicators.lake import Lake
from indicators.progress import Bar, Steps


def make(folder: Path) -> build.Built:
    """Write, ingest and compute the fictional country; what is already done is not done again."""
    steps = Steps()
    lake.forget_older_fiction(folder)
    if Lake(folder).manifest["fictional"] is False:
        raise LakeError(f"{folder} contient des données réelles : donner un autre dossier avec --data.")
    if not _read(folder):
        _read_in(folder, _written(folder, steps))
    return build.build(folder, steps)


def _written(folder: Path, steps: Steps) -> list[Path]:
    from indicators import synthetic

    incoming = folder / "incoming"
    lake.make(incoming)
    return synthetic.write(incoming, lambda step, done, total: steps("Écriture du pays fictif", done, total))


def _read(folder: Path) -> bool:
    """Whether the fictional files were all read already."""
    from indicators import synthetic

    parts = Lake(folder).manifest["parts"]
    return sum(map(len, parts.values())) == synthetic.count()


def _read_in(folder: Path, paths: list[Path]) -> None:
    _, refused = ingest.each(folder, paths, replace=True, progress=Bar("Lecture du pays fictif"))
    if refused:
        raise refused[0]
