"""The `ondam` command: the same verbs for a person, for `run.py`, for CI and for notebooks."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

from indicators.errors import ArgumentError, FetchError, LakeError, WorkbenchError, not_allowed

HELP = """Indicateurs du plan régional de gestion du risque et d’efficience du système de soins.

Exemples :
  ondam demo                              écrire et calculer le pays fictif
  ondam list --theme transport            les indicateurs d’un thème
  ondam explain transport_vsl_share       la fiche d’un indicateur
  ondam fetch open_damir 2025-01          télécharger un fichier public, ou la page où le prendre
  ondam ingest A202501.csv.gz             lire un fichier reçu
  ondam build                             calculer les indicateurs
  ondam trace transport_vsl_share 2025-Q1 93   d’où vient un chiffre, et le refaire
  ondam revisions                         les chiffres qui ont changé depuis la version d’avant
  ondam serve                             ouvrir les pages de suivi
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; a user's mistake is one clear message, never a traceback."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        _known_verb(arguments)
        options = _parser().parse_args(arguments or ["--help"])
        return options.run(options) or 0
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrompu : le dossier de données est resté dans son état précédent.", file=sys.stderr)
        return 130


VERBS = (
    *("list", "explain", "fetch", "ingest", "build", "check", "trace", "revisions", "serve", "demo", "sheets"),
    "qualify",
)


def _known_verb(arguments: list[str]) -> None:
    if arguments and not arguments[0].startswith("-") and arguments[0] not in VERBS:
        raise ArgumentError(f"Verbe : {not_allowed(arguments[0], VERBS)}")


FRENCH = {
    "the following arguments are required": "il manque",
    "unrecognized arguments": "arguments inconnus",
    "expected one argument": "une valeur est attendue",
    "invalid int value": "nombre entier attendu",
}


class Parser(argparse.ArgumentParser):
    """The standard parser, which says its errors and titles in French."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self._positionals.title, self._optionals.title = "arguments", "options"

    def error(self, message: str) -> None:
        for english, french in FRENCH.items():
            message = message.replace(english, french)
        self.exit(2, f"{self.prog} : {message}. Voir « {self.prog} --help ».\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="ondam", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    parser.add_argument("-h", "--help", action="help", help="cette aide")
    verbs = parser.add_subparsers(title="verbes", metavar="VERBE", required=True, parser_class=Parser)
    add = _adder(verbs)
    add("list", _list, "lister les indicateurs", json=True).add_argument("--theme", help="un seul thème")
    add("explain", _explain, "la fiche d’un indicateur").add_argument("id", metavar="ID")
    verb = add(
        "fetch", _fetch, "télécharger un fichier public dans incoming/ (la liste si aucun n’est nommé)", json=True
    )
    verb.add_argument("source", metavar="SOURCE", nargs="?")
    verb.add_argument("period", metavar="PÉRIODE", nargs="?", help="2025-01, 2025, ou rien selon la source")
    verb.add_argument("--replace", action="store_true", help="remplacer un fichier différent du même nom")
    verb = add("ingest", _ingest, "lire des fichiers reçus (tous ceux de incoming/ si aucun n’est nommé)", json=True)
    verb.add_argument("files", metavar="FICHIER", nargs="*", type=Path)
    verb.add_argument("--replace", action="store_true", help="remplacer une période déjà lue")
    verb.add_argument("--facts-only", action="store_true", help="ne garder que les faits, pas le détail des lignes")
    verb = add("build", _build, "calculer faits et indicateurs", json=True)
    verb.add_argument("--engine", default="duckdb", metavar="MOTEUR", help="duckdb (par défaut) ou spark")
    verb.add_argument(
        "--spark", metavar="ADRESSE", help="sc://…, spark://… ou local[N] (ou la variable ONDAM_SPARK) : docs/scale.md"
    )
    add("check", _check, "vérifier définitions, plan et dossier de données", json=True)
    _add_trust(add)
    verb = add("serve", _serve, "servir les pages sur cette machine")
    verb.add_argument("--port", type=int, default=8866)
    verb.add_argument("--open", action="store_true", help="ouvrir le navigateur")
    add("demo", _demo, "écrire, lire et calculer le pays fictif")
    add("qualify", _qualify, "vérifier les méthodes sur un dossier de cas de référence").add_argument(
        "folder", metavar="DOSSIER", type=Path
    )
    verb = add("sheets", _sheets, "écrire les fiches dans docs/sheets", json=True)
    verb.add_argument("--check", action="store_true", help="dire seulement si elles sont à jour")
    return parser


def _adder(verbs) -> Callable[..., argparse.ArgumentParser]:
    def add(name: str, run: Callable, text: str, json: bool = False) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", add_help=False)
        verb.add_argument("-h", "--help", action="help", help="cette aide")
        verb.add_argument("--data", type=Path, help="un autre dossier de données (ou la variable ONDAM_DATA)")
        if json:
            verb.add_argument("--json", action="store_true", help="résultat lisible par une machine")
        verb.set_defaults(run=run)
        return verb

    return add


def _add_trust(add: Callable) -> None:
    """The verbs of those who ask where a figure comes from and why it moved."""
    verb = add("trace", _trace, "d’où vient un chiffre, refait depuis le détail", json=True)
    for name in ("indicator", "period", "territory"):
        verb.add_argument(name, metavar={"indicator": "INDICATEUR", "period": "PÉRIODE"}.get(name, "TERRITOIRE"))
    verb.add_argument("--level", help="niveau du territoire (cnam, sauf FR qui est la France)")
    verb = add("revisions", _revisions, "les chiffres qui ont changé depuis une version, et pourquoi", json=True)
    verb.add_argument("vintage", metavar="VERSION", nargs="?", help="celle d’avant si aucune n’est nommée")
    verb.add_argument("--indicator", metavar="ID", help="un seul indicateur")
    verb.add_argument("--csv", metavar="FICHIER", type=Path, help="écrire tous les changements dans un fichier")


def _home(options: argparse.Namespace) -> Path:
    from indicators import lake

    return options.data or lake.home()


def _show(options: argparse.Namespace, rows: list[dict], line: Callable[[dict], str]) -> None:
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
    else:
        print("\n".join(map(line, rows)))


def _list(options: argparse.Namespace) -> None:
    from indicators import catalogue

    definitions = catalogue.load()
    if options.theme and options.theme not in catalogue.THEMES:
        raise ArgumentError(f"Thème : {not_allowed(options.theme, catalogue.THEMES)}")
    entries = [e for e in definitions.indicators.values() if options.theme in (None, e.theme)]
    rows = [
        {"id": e.id, "theme": e.theme, "label": e.label["fr"], "unit": e.unit, "frequency": e.frequency,
         "source": definitions.source_of(e), "levels": list(e.levels)}
        for e in entries
    ]  # fmt: skip
    _show(options, rows, lambda row: f"{row['id']:38} {row['label']} ({row['unit']})")


def _explain(options: argparse.Namespace) -> None:
    from indicators import verbs

    print(verbs.explain(options.id))


def _fetch(options: argparse.Namespace) -> int:
    from indicators import addresses, fetch
    from indicators.progress import Bar

    if options.source is None:
        rows = [vars(entry) | {"example": addresses.PERIODS[entry.period]} for entry in addresses.load().values()]
        _show(options, rows, lambda row: f"{row['source']:22} {row['example']:8} {row['label']['fr']}")
        return 0
    bar = Bar(f"Téléchargement de {options.source}", "Mo", resumed=True)
    try:
        done = fetch.fetch(_home(options), options.source, options.period, options.replace, bar)
    except FetchError as error:
        if options.json:
            print(json.dumps([{"refused": str(error)}], ensure_ascii=False, indent=1))
        raise
    _show(options, [vars(done)], _fetched_line)
    return 0


def _fetched_line(row: dict) -> str:
    path = Path(row["folder"]) / row["file"]
    known = f"adresse lue dans {row['read_in']} le {row['read_on']} ; licence : {row['licence']}"
    if row["state"] == "to_collect":
        steps = f"{row['steps']}\n" if row["steps"] else ""
        return (
            f"Le producteur demande de passer par sa page. Ouvrir {row['page']}\n{steps}"
            f"Déposer le fichier dans {row['folder']}, sous le nom {row['file']} ({known}).\nEnsuite, {_next(row)}"
        )
    begins = {"fetched": "reçu", "already": "déjà là, rien n’a changé"}[row["state"]]
    resumed = f", repris à l’octet {row['resumed_at']}" if row["resumed_at"] else ""
    agreed = f", empreinte du producteur vérifiée ({row['checksum'].split()[0]})" if row["checksum"] else ""
    return (
        f"{path} : {begins} ({row['bytes']} octets{resumed}{agreed} ; {known}).\n"
        f"SHA-256 {row['sha256']}\nEnsuite, {_next(row)}"
    )


def _next(row: dict) -> str:
    return (
        "lancer ondam ingest." if row["ingest"] else "l’ouvrir dans un notebook : ondam ingest ne lit pas cette source."
    )


def _ingest(options: argparse.Namespace) -> int:
    from indicators import ingest
    from indicators.progress import Bar

    folder = _home(options)
    files = options.files or sorted(path for path in (folder / "incoming").glob("*") if path.is_file())
    if not files:
        raise LakeError(f"Aucun fichier à lire : en nommer un, ou en déposer dans {folder / 'incoming'}.")
    what = files[0].name if len(files) == 1 else f"{len(files)} fichiers"
    done, refused = ingest.each(folder, files, options.replace, Bar(f"Lecture de {what}", "Mo"), not options.facts_only)
    rows = [vars(item) for item in done]
    if options.json:
        rows += [{"refused": str(error)} for error in refused]
    if rows:
        _show(options, rows, _ingested_line)
    for error in refused:
        print(error, file=sys.stderr)
    return 1 if refused else 0


def _ingested_line(row: dict) -> str:
    if row["already"]:
        return f"{row['file']} : déjà lu, rien n’a changé."
    undated = f" Dont {row['undated_lines']} sans mois de soins." if row["undated_lines"] else ""
    totals = " ; ".join(f"{name} {value}" for name, value in row["totals"].items())
    return f"{row['file']} : {row['rows']} lignes ({row['source']}, {row['key']}).{undated} Totaux : {totals}"


def _build(options: argparse.Namespace) -> None:
    from indicators import build
    from indicators.progress import Steps

    folder = _home(options)
    built = build.build(folder, Steps(), options.engine, options.spark)
    if options.json:
        print(json.dumps(vars(built), indent=1))
    elif built.already:
        print(f"Rien de nouveau : la version {built.vintage} est à jour ({built.rows} lignes).")
    else:
        print(f"Version {built.vintage} : {built.indicators} indicateurs, {built.rows} lignes, dans {folder / 'lake'}.")


def _check(options: argparse.Namespace) -> int:
    from indicators import checks, lake

    rows = checks.run(options.data or lake.in_force())
    _show(options, rows, lambda row: f"{'ok   ' if row['ok'] else 'FAUX '} {row['what']} : {row['result']}")
    return 0 if all(row["ok"] for row in rows) else 1


def _trace(options: argparse.Namespace) -> int:
    from indicators import catalogue, lake, territories, trace
    from indicators.present import origin

    level, code = options.level, options.territory
    level = level or (territories.FRANCE[0] if code == territories.FRANCE[1] else "cnam")
    found = trace.trace(options.data or lake.in_force(), options.indicator, options.period, code, level)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        print(origin.as_text(found, catalogue.load()))
    if not found.recount.identical:
        print("\n".join(origin.verdict(found, "fr")), file=sys.stderr)
    return 0 if found.recount.identical else 1


def _revisions(options: argparse.Namespace) -> None:
    from indicators import catalogue, lake, revisions
    from indicators.present import revised

    found = revisions.since(options.data or lake.in_force(), options.vintage, options.indicator)
    if options.csv:
        revised.write(found, options.csv)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=1, default=str))
    else:
        print(revised.as_text(found, catalogue.load()))


def _serve(options: argparse.Namespace) -> int:
    from indicators import access, lake

    folder = options.data or lake.in_force()
    lake.published(folder)  # say now, in one sentence, that there is nothing to show
    return access.serve(folder, options.port, options.open)


def _demo(options: argparse.Namespace) -> None:
    from indicators import demo, lake

    folder = options.data or lake.home() / lake.DEMO
    built = demo.make(folder)
    size = f"{built.indicators} indicateurs, {built.rows} lignes"
    print(f"Données fictives : {size}, version {built.vintage}, dans {folder}.")


def _qualify(options: argparse.Namespace) -> int:
    from indicators import qualification

    outcomes = qualification.qualify(options.folder)
    print("\n".join(qualification.summary(outcomes)))
    return int(any(outcome.verdict == "failed" for outcome in outcomes))


def _sheets(options: argparse.Namespace) -> int:
    from indicators import docs

    rows = docs.sheets(check=options.check)
    _show(options, rows, lambda row: f"{row['state']:10} {row['path']}")
    return 1 if options.check and any(row["state"] != "à jour" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
