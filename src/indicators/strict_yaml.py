"""YAML read strictly: no duplicate key, no unquoted code, no alias, no tag, no oversized file.

Every mapping remembers the line of each of its keys, so that a problem can name it.
"""

from pathlib import Path

import yaml

from indicators.errors import DefinitionError, Problem, report

MAX_BYTES = 1_000_000
DEEPEST = 30  # levels of lists and mappings


class Mapping(dict):
    """A mapping that knows the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[Problem] = []


def _refuse_tricks(text: str) -> None:
    """No alias, no explicit tag: they say one thing to a reader and another to the program. No bomb of lists."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"plus de {DEEPEST} niveaux", problem_mark=event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="alias refusé", problem_mark=event.start_mark)
        if getattr(event, "tag", None):
            raise yaml.MarkedYAMLError(problem=f"étiquette {event.tag} refusée", problem_mark=event.start_mark)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Mapping:
    mapping = Mapping()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            todo = f'Écrire "{key_node.value}" entre guillemets.'
            loader.problems.append(Problem(f"ligne {line}", f"la clé {key_node.value} n’est pas un texte.", todo))
            continue
        if key in mapping:
            first = mapping.lines[key]
            loader.problems.append(Problem(f"ligne {line}", f"clé « {key} » écrite deux fois (déjà ligne {first})."))
        mapping[key] = loader.construct_object(value_node, deep=True)
        mapping.lines[key] = line
    return mapping


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(path: Path) -> Mapping:
    """The mapping written in a YAML file; every problem of syntax or repetition at once."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"{path.name} : octet {error.start + 1} illisible, le fichier doit être en UTF-8."
        ) from None
    if len(text) > MAX_BYTES:
        raise DefinitionError(f"{path.name} : {len(text)} caractères, au-delà de la limite de {MAX_BYTES}.")
    if strange := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text[: strange.start()].count("\n") + 1
        raise DefinitionError(f"{path.name}, ligne {line} : caractère de contrôle. L’enlever.")
    loader = _Loader(text)
    try:
        _refuse_tricks(text)
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"ligne {mark.line + 1}, colonne {mark.column + 1}" if mark else "fichier"
        raise DefinitionError(report(f"{path.name} n’est pas lisible", [Problem(where, error.problem or "")])) from None
    finally:
        loader.dispose()
    if loader.problems:
        raise DefinitionError(report(f"{path.name} n’est pas valide", loader.problems))
    if not isinstance(content, Mapping):
        raise DefinitionError(f"{path.name} : le fichier doit contenir des entrées « nom: … ».")
    return content
