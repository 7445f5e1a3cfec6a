"""The figures that changed, in words: a summary by cause and the largest changes for a terminal, all in a file."""

from collections import Counter
from pathlib import Path

from indicators.catalogue import Catalogue
from indicators.errors import LakeError
from indicators.present import downloads, numbers, sentences
from indicators.present.wording import plural, say

MOST = 20  # changes written out
FILES = 3  # names of files in a summary
COLUMNS = (
    "indicator", "period", "level", "territory", "old_value", "old_flag", "new_value", "new_flag", "difference",
    "relative", "causes", "files",
)  # fmt: skip


def as_text(found, catalogue: Catalogue, language: str = "fr") -> str:
    """What moved: how many, why, and the largest changes relative to the figure."""
    lines = [say("revised.title", language, old=found.old, new=found.new)]
    if found.fictional:
        lines.append(say("data.warning", language))
    lines.append(plural("revised.changed", len(found.changes), language, compared=numbers.number(found.compared)))
    for key in ("new_figures", "removed_figures"):
        periods = getattr(found, key)
        if periods:
            listed = sentences.enumerated(list(periods))
            lines.append(plural(f"revised.{key}", sum(periods.values()), language, periods=listed))
    if found.changes:
        lines += ["", say("revised.why", language), *_causes(found, language)]
        lines += [
            "",
            say("revised.largest", language),
            *(_line(one, catalogue, language) for one in found.changes[:MOST]),
        ]
    if len(found.changes) > MOST:
        lines.append(say("revised.more", language, count=numbers.number(len(found.changes) - MOST)))
    return "\n".join(lines)


def _causes(found, language: str) -> list[str]:
    counted = Counter(cause.kind for change in found.changes for cause in change.causes)
    files: dict[str, dict[str, None]] = {}
    for change in found.changes:
        for cause in change.causes:
            files.setdefault(cause.kind, {}).update(dict.fromkeys(cause.files))
    return [
        "  " + plural("revised.cause", count, language, cause=_cause(kind, list(files[kind]), language))
        for kind, count in counted.most_common()
    ]


def _cause(kind: str, files: list[str], language: str) -> str:
    words = say(f"cause.{kind}", language)
    return f"{words} ({sentences.enumerated(files, FILES)})" if files else words


def _line(change, catalogue: Catalogue, language: str) -> str:
    entry = catalogue.indicators.get(change.indicator)
    moved = "" if change.relative is None else f" ({numbers.percent(100 * change.relative, language)})"
    old, new = (_value(entry, *pair, language) for pair in (
        (change.old_value, change.old_flag), (change.new_value, change.new_flag)))  # fmt: skip
    why = sentences.listed((say(f"cause.{cause.kind}", language) for cause in change.causes), language)
    place = f"{change.level} {change.territory}"
    return f"  {change.indicator} {change.period} {place} : {old} → {new}{moved} — {why}"


def _value(entry, value: float | None, flag: str, language: str) -> str:
    mark = f"{numbers.NO_BREAK}{say(f'mark.{flag}', language)}" if flag in ("provisional", "unreliable") else ""
    if entry is None:
        return f"{numbers.number(value, 2, language)}{mark}"
    return f"{sentences.shown(entry, value, language, flag)}{mark}"


def write(found, path: Path) -> None:
    """Every change as CSV for a French spreadsheet: `;`, decimal comma, UTF-8 with its mark."""
    lines = [";".join(COLUMNS), *(";".join(_cells(change)) for change in found.changes)]
    try:
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))
    except OSError as error:
        raise LakeError(f"{path} ne peut pas être écrit ({error.strerror}). Donner un autre nom à --csv.") from None


def _cells(change) -> list[str]:
    causes = " + ".join(cause.kind for cause in change.causes)
    files = " + ".join(dict.fromkeys(name for cause in change.causes for name in cause.files))
    row = {**vars(change), "causes": causes, "files": files}
    return [_cell(row[name]) for name in COLUMNS]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return repr(value).replace(".", ",") if isinstance(value, float) else downloads.safe(value)
