"""The errors of the workbench, and the sentence that every one of them speaks.

An error says where, what, what is allowed and what to do, for all problems at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class WorkbenchError(Exception):
    """A mistake that the person at the keyboard can repair; the command line prints it without a traceback."""

    exit_code = 1


class DefinitionError(WorkbenchError):
    """An entry of the catalogue, of a nomenclature or of the plan is not valid."""


class SourceError(WorkbenchError):
    """A raw file is not what its producer's format says; nothing of it was kept."""


class LakeError(WorkbenchError):
    """The data folder does not hold what was asked for, or another process holds it."""


class BusyError(LakeError):
    """Another process is writing to the data folder."""

    exit_code = 75


class FetchError(WorkbenchError):
    """A file could not be brought; nothing unfinished bears its name."""


class OtherFile(FetchError):
    """Another file of that name is already there, and nobody asked to replace it."""


class InterruptedFetch(FetchError):
    """A person stopped a download; what has come is kept."""

    exit_code = 130


class EngineError(WorkbenchError):
    """The engine asked for is not installed, does not answer or has failed; the data folder is unchanged."""


class ArgumentError(WorkbenchError, ValueError):
    """A value given to a verb or a method is outside what it accepts."""


@dataclass(frozen=True)
class Problem:
    """One thing to repair: where it is, what is wrong, what to do."""

    where: str
    what: str
    todo: str = ""

    def __str__(self) -> str:
        return f"{self.where} : {self.what}" + (f" {self.todo}" if self.todo else "")


SHOWN = 20


def report(title: str, problems: Iterable[Problem]) -> str:
    """All problems under one title, the first twenty written out.

    >>> print(report("mesures.yaml n'est pas valide", [Problem("ligne 3", "clé inconnue « summ ».")]))
    mesures.yaml n'est pas valide : 1 problème
    - ligne 3 : clé inconnue « summ ».
    """
    problems = list(problems)
    plural = "s" if len(problems) > 1 else ""
    lines = [f"{title} : {len(problems)} problème{plural}"]
    lines += [f"- {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"- … et {len(problems) - SHOWN} autres")
    return "\n".join(lines)


def not_allowed(word: object, allowed: Iterable[str]) -> str:
    """Name the wrong word, the allowed ones and the nearest.

    >>> not_allowed("targett", ["label", "target"])
    '« targett » n’est pas admis. Admis : label, target. Vouliez-vous dire « target » ?'
    """
    allowed = sorted(str(choice) for choice in allowed)
    listed = ", ".join(allowed[:40]) + (", …" if len(allowed) > 40 else "")
    sentence = f"« {word} » n’est pas admis. Admis : {listed or 'rien'}."
    near = get_close_matches(str(word), allowed, n=1, cutoff=0.5)
    return sentence + (f" Vouliez-vous dire « {near[0]} » ?" if near else "")
