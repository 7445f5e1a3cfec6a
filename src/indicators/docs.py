"""The documents that are made from the catalogue: a sheet per indicator, the worked examples, the index."""

import json
from pathlib import Path
from typing import Any

from indicators import catalogue, examples

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "sheets"
INDEX = "README.md"


def golden_places(path: Path) -> dict[str, tuple[str, str, str]]:
    """Period, level and territory of the hand-worked value of each indicator."""
    from indicators import strict_yaml

    entries = strict_yaml.load(path)
    return {id: (line["period"], line["level"], line["territory"]) for id, line in entries.items()}


def worked_examples(places: dict[str, tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
    """The worked example of every indicator, at the place of its golden value."""
    definitions = catalogue.load()
    return {
        id: examples.worked(definitions, entry, *places[id])
        for id, entry in definitions.indicators.items()
        if id in places
    }


def document(id: str, language: str = "fr") -> str:
    """The sheet of one indicator as a Markdown document."""
    from indicators.present import sheets

    example = examples.stored(id)
    content = sheets.sheet(id, catalogue.load(), language, sheets.Worked(**example) if example else None)
    return sheets.as_markdown(content, level=1)


def index(language: str = "fr") -> str:
    """The list of all sheets, theme by theme."""
    from indicators.present.wording import say

    definitions = catalogue.load()
    lines = [f"# {say('sheet.index', language)}", ""]
    for theme in catalogue.THEMES:
        entries = definitions.theme(theme)
        if entries:
            lines += [f"## {say(f'theme.{theme}', language)}", ""]
            lines += [f"- [{entry.label[language]}]({entry.id}.md) ({entry.unit})" for entry in entries] + [""]
    return "\n".join(lines)


def sheet_texts() -> dict[str, str]:
    """The Markdown of every sheet, and of their index, by file name."""
    return {INDEX: index(), **{f"{id}.md": document(id) for id in catalogue.load().indicators}}


def sheets(check: bool = False) -> list[dict[str, str]]:
    """Write the worked examples and the sheets, or with `check` only say which are not up to date."""
    golden = FOLDER.parents[1] / "tests" / "golden.yaml"
    made = json.dumps(worked_examples(golden_places(golden)), ensure_ascii=False, indent=1) + "\n"
    rows = [_written(examples.STORED, made, check)]
    examples._all_stored.cache_clear()
    rows += [_written(FOLDER / name, text, check) for name, text in sheet_texts().items()]
    stale = sorted(path for path in FOLDER.glob("*.md") if path.name not in sheet_texts())
    for path in stale:
        if not check:
            path.unlink()
        rows.append({"path": path.name, "state": "en trop" if check else "supprimée"})
    return rows


def _written(path: Path, text: str, check: bool) -> dict[str, str]:
    same = path.is_file() and path.read_text(encoding="utf-8") == text
    if not same and not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    state = "à jour" if same else "périmée" if check else "écrite"
    return {"path": path.name, "state": state}
