"""The families of raw files: one module each, with its `SOURCE`, `period`, `check` and `read`."""

from pathlib import Path
from types import ModuleType

from indicators.errors import SourceError
from indicators.sources import insee_population, open_damir, open_medic

MODULES: dict[str, ModuleType] = {module.SOURCE.name: module for module in (open_damir, open_medic, insee_population)}
SOURCES = {name: module.SOURCE for name, module in MODULES.items()}

EXPECTED = {
    "open_damir": "A202501.csv.gz",
    "open_medic": "OPEN_MEDIC_2024.CSV",
    "insee_population": "population_region_sexe_age_fin_2024.csv",
}


def recognise(path: Path) -> ModuleType:
    """The module that reads a file, by the producer's naming."""
    for module in MODULES.values():
        if module.period(path):
            return module
    known = " ; ".join(f"{SOURCES[name].label['fr']} : {example}" for name, example in EXPECTED.items())
    raise SourceError(f"{path.name} : aucune source ne porte ce nom. Noms attendus : {known}.")
