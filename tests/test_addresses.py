"""The table of addresses is read strictly, and each source is asked for with its own period."""

import re
from pathlib import Path

import pytest
from rude_server import ENTRY

from indicators import addresses, sources
from indicators.errors import ArgumentError, DefinitionError


def test_the_table_is_valid_and_names_every_source_that_ingest_reads():
    table = addresses.load()
    assert set(sources.SOURCES) <= set(table)
    for name, module in sources.MODULES.items():
        period = addresses.PERIODS[table[name].period]
        place = addresses.place(table, name, period)
        assert sources.recognise(Path(place.file)) is module
        assert module.period(Path(place.file)) in (period, period.replace("-", ""))


def test_nothing_of_the_table_says_that_an_address_was_tried():
    for entry in addresses.load().values():
        assert entry.page.startswith("https://")
        assert "essay" not in entry.read_in


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "fichier"}, "Admis : file, page, record"),
        ({"address": "http://example.org/file"}, "n’est pas une adresse https://"),
        ({"address": "https://me:secret@example.org/file"}, "n’est pas une adresse https://"),
        ({"address": "https://example.org/{yaer}"}, "Vouliez-vous dire « year »"),
        ({"file": "../A202501.csv.gz"}, "n’est pas un nom de fichier"),
        ({"file": "A{"}, "accolade seule"),
        ({"kind": "page"}, "clé inconnue : « address »"),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path, wrong, words):
    right = {"source": "trial", "kind": "file", "period": "none", "address": "https://example.org/f", "file": "f.csv"}
    content = ENTRY.format(**(right | wrong))
    path = tmp_path / "addresses.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(words)):
        addresses.load(path)


@pytest.mark.parametrize(
    ("source", "period", "words"),
    [
        ("open_damr", "2025-01", "Vouliez-vous dire « open_damir »"),
        ("open_damir", "2025", "écrire 2025-01"),
        ("open_damir", None, "Période absente"),
        ("open_damir", "2025-Q1", "écrire 2025-01"),
        ("open_damir", "2014-12", "commence en 2015-01"),
        ("open_medic", "2025-01", "écrire 2025"),
        ("bdpm_presentations", "2025", "n’a pas de période"),
    ],
)
def test_a_wrong_source_or_period_is_answered_with_the_right_one(source, period, words):
    with pytest.raises(ArgumentError, match=words):
        addresses.place(addresses.load(), source, period)
