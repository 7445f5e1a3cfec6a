"""The table of faults: each test says which row it proves, a run says what came of it, the document is made of both.

`pytest --write-reliability` writes docs/reliability.md; an ordinary run of all the tests fails when the
document says something else than what ran. Rows that could not run on a machine are excepted and named.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from indicators import strict_yaml

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "reliability.md"
ROWS = strict_yaml.load(HERE / "faults" / "rows.yaml")
NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "collectonly")


@dataclass
class Row:
    """What the tests of one row did."""

    injections: int = 0
    files: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)  # defects that a test expects and that are not repaired yet

    @property
    def result(self) -> str:
        if self.failed:
            return "**non tenu**"
        if self.known:
            return "tenu, sauf : " + " ; ".join(sorted(set(self.known)))
        return "tenu" if self.injections else "aucun test"


class Table:
    """Collects, in the process that leads the run, what every test reports."""

    def __init__(self) -> None:
        self.rows = {number: Row() for number in ROWS}
        self.seen: set[str] = set()

    def hear(self, report: pytest.TestReport) -> None:
        marks = [value for key, value in report.user_properties if key == "fault"]
        final = report.when == "call" or report.outcome != "passed"
        if not marks or not final or (report.nodeid in self.seen and report.outcome == "passed"):
            return
        self.seen.add(report.nodeid)
        for number, injections in marks:
            self._add(self.rows[str(number)], injections, report)

    def _add(self, row: Row, injections: int, report: pytest.TestReport) -> None:
        row.files.add(report.nodeid.split("::")[0].rsplit("/", 1)[-1])
        if hasattr(report, "wasxfail") and report.outcome == "skipped":
            row.known.append(report.wasxfail.removeprefix("reason: "))
        elif report.outcome == "skipped":
            row.skipped.append(str(report.longrepr[-1]).removeprefix("Skipped: "))
        elif report.outcome == "failed":
            row.failed.append(report.nodeid)
        else:
            row.injections += injections

    def lines(self) -> dict[str, str]:
        """The line of each row, then the total."""
        lines = {
            number: f"| {number} | {ROWS[number]['fault']} | {ROWS[number]['expected']} | {row.injections} "
            f"| {row.result} | {', '.join(f'`{name}`' for name in sorted(row.files))} |"
            for number, row in self.rows.items()
        }
        total = sum(row.injections for row in self.rows.values())
        held = sum(row.result.startswith("tenu") for row in self.rows.values())
        lines["total"] = f"Au total : {total} pannes injectées ; {held} lignes tenues sur {len(ROWS)}."
        return lines

    def skipped(self) -> dict[str, str]:
        return {
            number: "; ".join(sorted(set(row.skipped)))
            for number, row in self.rows.items()
            if row.skipped or not row.files
        }


HEAD = """\
# Ce qui peut mal tourner, et ce que l’atelier répond

Cette page est écrite par les tests eux-mêmes (`python3 run.py test --write-reliability`) : chaque panne est provoquée
pour de bon, avec les vraies commandes, sur de petits fichiers aux formats officiels. Une exécution complète des tests
échoue si la page dit autre chose que ce qui a tourné.

Pour chaque panne de données, quatre choses sont vérifiées : la commande refuse, avec un code de sortie non nul ; le
message nomme le fichier, la ligne ou l’octet, la colonne, la valeur, et dit que faire ; le dossier de données est
resté le même, octet pour octet ; une fois le fichier réparé, le résultat est celui d’une exécution sans panne.

| n° | Panne | Ce qui doit arriver | Injections | Résultat | Tests |
|---:|---|---|---:|---|---|
"""


def document(lines: dict[str, str]) -> str:
    rows = "\n".join(line for number, line in lines.items() if number != "total")
    limits = "\n".join(f"- Ligne {number} : {row['limit']}" for number, row in ROWS.items() if "limit" in row)
    return f"{HEAD}{rows}\n\n{lines['total']}\n\n## Ce qui n’est pas couvert\n\n{limits}\n"


def _full(config: pytest.Config) -> bool:
    """Whether the run takes in every test of the folder `tests`."""
    whole = {"tests", str(HERE), str(HERE.parent), "."} & {argument.rstrip("/") for argument in config.args}
    return bool(whole) and not any(getattr(config.option, name, None) for name in NARROWING)


def _differences(table: Table) -> list[str]:
    """The lines of the committed document that the run does not confirm."""
    written = DOCUMENT.read_text(encoding="utf-8").splitlines() if DOCUMENT.is_file() else []
    excepted = set(table.skipped())
    lines = {
        number: line for number, line in table.lines().items() if number not in excepted | {"total" if excepted else ""}
    }
    found = [line for line in lines.values() if line not in written]
    fixed = [line for line in document(table.lines()).splitlines() if not line.startswith(("| ", "Au total"))]
    return found + [line for line in fixed if line and line not in written]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-reliability", action="store_true", help="write docs/reliability.md from this run")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if config.option.write_reliability and not _full(config):
        raise pytest.UsageError("--write-reliability needs a run of all the tests")
    config.pluginmanager.register(Leader(config), "reliability-leader")


def pytest_itemcollected(item: pytest.Item) -> None:
    for mark in item.iter_markers("fault"):
        number, injections = mark.args[0], mark.kwargs.get("injections", 1)
        assert str(number) in ROWS, f"{item.nodeid}: no row {number} in faults/rows.yaml"
        item.user_properties.append(("fault", [number, injections]))


class Leader:
    """The hooks of the process that leads the run."""

    def __init__(self, config: pytest.Config) -> None:
        self.table, self.told, self.full = Table(), [], _full(config)
        self.write = config.option.write_reliability

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.table.hear(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        skipped = self.table.skipped()
        if not self.full or session.shouldstop or session.shouldfail:
            return
        self.told = [f"row {number} not run here: {reason or 'no test'}" for number, reason in skipped.items()]
        failed = any(row.failed for row in self.table.rows.values())
        if self.write and not skipped and not failed:
            DOCUMENT.write_text(document(self.table.lines()), encoding="utf-8")
        elif self.write:
            self._fail(session, "docs/reliability.md was not written: some rows failed or did not run")
        elif different := _differences(self.table):
            self._fail(session, "docs/reliability.md does not say what ran; run pytest --write-reliability", *different)

    def _fail(self, session: pytest.Session, *lines: str) -> None:
        self.told += lines
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if self.told:
            terminalreporter.section("table of faults")
            for line in self.told:
                terminalreporter.write_line(line)
