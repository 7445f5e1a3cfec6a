"""The data folder changes all at once or not at all, and says who holds it."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import duckdb
import pytest
from conftest import fingerprint, write_manifest

from indicators import build, catalogue, checks, facts, ingest, lake, publication
from indicators.disclosure import primary
from indicators.errors import BusyError, LakeError


def _month(damir, month: str, amount: str = "10"):
    return damir([{"FLX_ANN_MOI": month, "FLT_REM_MNT": amount, "FLT_ACT_QTE": "20"}] * 2, name=f"A{month}.csv.gz")


def test_a_build_without_data_says_what_to_do(tmp_path):
    with pytest.raises(LakeError, match="ondam ingest"):
        build.build(tmp_path)


def test_reading_an_empty_folder_says_what_to_do(tmp_path):
    with pytest.raises(LakeError, match="ondam build"):
        lake.published(tmp_path)


def test_a_second_build_changes_nothing(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    first = build.build(folder)
    before = fingerprint(folder)
    second = build.build(folder)
    assert (first.already, second.already) == (False, True)
    assert second.vintage == first.vintage
    assert fingerprint(folder) == before


def test_a_new_month_makes_only_its_own_facts(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    build.build(folder)
    before = lake.Lake(folder).facts("open_damir")["202501"]
    ingest.ingest(folder, _month(damir, "202502"))
    built = build.build(folder)
    assert built.facts_made == 1
    assert lake.Lake(folder).facts("open_damir")["202501"] == before


def test_a_replaced_month_leaves_no_old_file(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    build.build(folder)
    ingest.ingest(folder, _month(damir, "202501", "11"), replace=True)
    build.build(folder)
    names = sorted(path.relative_to(folder / "lake").parts[0] for path in (folder / "lake").rglob("*.parquet"))
    assert names == [
        "compact",
        "detail",
        "facts",
        "publications",
        "publications",
        "serving",
    ]  # every publication is kept
    assert lake.published(folder).table["numerator"].max() == 22.0


def test_a_month_without_a_row_of_most_measures_publishes_zeros(damir, tmp_path):
    folder = tmp_path / "data"
    line = {"FLX_ANN_MOI": "202501", "PRS_NAT": "6111", "FLT_REM_MNT": "500", "FLT_ACT_NBR": "20", "FLT_ACT_QTE": "20"}
    ingest.ingest(folder, damir([line]))
    build.build(folder)
    table = lake.published(folder).table.set_index(["indicator_id", "level"])
    assert table.loc[("sick_pay_illness_amount", "fra"), "value"].item() == 500.0
    assert table.loc[("sick_pay_maternity_amount", "fra"), "value"].item() == 0.0


def test_two_folders_with_the_same_files_publish_the_same_bytes(damir, tmp_path):
    hashes = []
    for name in ("one", "two"):
        ingest.ingest(tmp_path / name, _month(damir, "202501"))
        build.build(tmp_path / name)
        hashes.append(lake.Lake(tmp_path / name).manifest["publication"]["parquet_sha256"])
    assert hashes[0] == hashes[1]


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path):
    second = lake.Lake(tmp_path).writing()
    with lake.Lake(tmp_path).writing(), pytest.raises(BusyError, match=f"processus {os.getpid()}"):
        second.__enter__()
    assert BusyError.exit_code == 75


KILLED = """
import sys, time
from pathlib import Path
from indicators import build, ingest, lake
point = sys.argv[3]
def stop(*_, **__):
    print("here", flush=True)
    time.sleep(60)
method = {"before keep": "keep", "before seal": "seal", "before commit": "commit"}[point]
setattr(lake.Change, method, stop)
if sys.argv[2] == "build":
    build.build(Path(sys.argv[1]))
else:
    ingest.ingest(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def _kill(folder, what: str, point: str) -> None:
    """Start a verb in a process of its own, and kill it at a point of its writing."""
    command = [sys.executable, "-c", KILLED, str(folder), what, point]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
@pytest.mark.parametrize("point", ["before keep", "before commit"])
def test_a_killed_ingest_leaves_the_old_state_and_the_next_one_is_clean(damir, tmp_path, point):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    new = _month(damir, "202502")
    _kill(folder, str(new), point)
    assert list(lake.Lake(folder).parts("open_damir")) == ["202501"]
    ingest.ingest(folder, new)
    assert list(lake.Lake(folder).parts("open_damir")) == ["202501", "202502"]
    assert len(list((folder / "lake").rglob("*.parquet"))) == 2
    assert not list((folder / "lake" / "tmp").glob("*"))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": 2}'])
def test_a_damaged_manifest_is_said_in_one_sentence(damir, tmp_path, content):
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(LakeError, match="illisible ou abîmé"):
        lake.Lake(tmp_path)


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(damir, tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(LakeError, match="ne peut pas être créé"):
        ingest.ingest(tmp_path / "file", _month(damir, "202501"))


def test_a_publication_names_the_data_it_was_made_of_not_those_received_since(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    build.build(folder)
    ingest.ingest(folder, _month(damir, "202502"))
    assert [source["last"] for source in lake.published(folder).sources] == ["202501"]


def test_a_removed_file_is_named(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    build.build(folder)
    path = lake.Lake(folder).path(lake.Lake(folder).manifest["publication"])
    path.unlink()
    with pytest.raises(LakeError, match=path.name):
        lake.published(folder)


def test_published_tables_are_read_while_a_writer_works(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    build.build(folder)
    with lake.Lake(folder).writing():
        start = time.monotonic()
        assert len(lake.published(folder).table) > 0
        assert time.monotonic() - start < 5


# ------------------------------------------------------------------ one publication after another


def _manifest(folder):
    return json.loads((folder / "lake" / "manifest.json").read_text("utf-8"))


def _corrected(damir, folder, amount):
    """The state of the folder once January holds other amounts; the name of its publication."""
    ingest.ingest(folder, _month(damir, "202501", amount), replace=True)
    return build.build(folder).vintage


def test_every_publication_is_kept_with_a_manifest_of_its_own(damir, tmp_path):
    folder = tmp_path / "data"
    first, second = _corrected(damir, folder, "10"), _corrected(damir, folder, "11")
    opened = lake.Lake(folder)
    assert list(opened.vintages()) == [first, second]
    assert opened.account(first)["previous"] is None
    assert opened.account(second)["previous"] == first
    for vintage, hidden in ((first, "20.00"), (second, "22.00")):
        part = opened.account(vintage)["parts"]["open_damir"]["202501"]
        assert part["file"] == "A202501.csv.gz"
        assert part["totals"]["FLT_REM_MNT"] == hidden
    hashes = [opened.account(vintage)["parts"]["open_damir"]["202501"]["sha256"] for vintage in (first, second)]
    assert hashes[1] == lake.digest(tmp_path / "A202501.csv.gz")
    assert hashes[0] != hashes[1]


def test_a_publication_says_by_what_it_was_made_and_how_to_check_it(damir, tmp_path):
    folder = tmp_path / "data"
    vintage = _corrected(damir, folder, "10")
    account = lake.Lake(folder).account(vintage)
    table = lake.published(folder).table
    assert account["engine"] == {"name": "duckdb", "version": duckdb.__version__}
    assert account["rules"]["smallest_shown"] == primary.SMALLEST_SHOWN
    assert account["totals"]["rows"] == len(table) == sum(account["totals"]["by_flag"].values())
    assert account["totals"]["by_flag"]["ok"] == (table["flag"] == "ok").sum()
    assert account["totals"]["france_numerator"]["transport_amount_month"] == "20.00"  # two lines of 10 euros
    assert set(account["definitions_by_indicator"]) == set(catalogue.load().indicators)


def test_going_back_to_an_earlier_state_puts_its_publication_in_force_again(damir, tmp_path):
    folder = tmp_path / "data"
    first = _corrected(damir, folder, "10")
    bytes_of_first = lake.Lake(folder).vintages()[first]
    second = _corrected(damir, folder, "11")
    assert _corrected(damir, folder, "10") == first
    opened = lake.Lake(folder)
    assert opened.manifest["publication"]["vintage"] == first
    assert opened.manifest["publication"]["previous"] == second
    assert opened.vintages()[first] == bytes_of_first
    assert list(opened.vintages()) == [first, second]
    assert lake.published(folder).table["numerator"].max() == 20.0
    before = fingerprint(folder)
    assert build.build(folder).already
    assert fingerprint(folder) == before
    assert all(row["ok"] for row in checks.run(folder)[-2:])


def test_a_changed_program_makes_a_new_publication(damir, tmp_path, monkeypatch):
    folder = tmp_path / "data"
    first = _corrected(damir, folder, "10")
    monkeypatch.setattr(publication, "code", lambda: "another program")
    built = build.build(folder)
    assert not built.already
    assert built.vintage != first
    assert lake.Lake(folder).account(built.vintage)["code"] == "another program"


def test_the_fingerprint_of_the_program_does_not_depend_on_line_endings(tmp_path, monkeypatch):
    found = []
    for name, ending in (("unix", b"\n"), ("windows", b"\r\n")):
        for pattern in publication.COMPUTES:
            for path in facts.HERE.glob(pattern):
                copy = tmp_path / name / path.relative_to(facts.HERE)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes().replace(b"\n", ending))
        monkeypatch.setattr(facts, "HERE", tmp_path / name)
        found.append(facts.program.__wrapped__(*publication.COMPUTES))
    assert found[0] == found[1] == publication.code()
    (tmp_path / "windows" / "sums.py").write_bytes(b"other\n")
    assert facts.program.__wrapped__(*publication.COMPUTES) != found[0]


def test_the_hash_of_an_indicator_follows_its_codes_and_not_its_words():
    definitions = catalogue.load()
    before = publication.by_indicator(definitions)
    name = definitions.indicator("transport_vsl_share").numerator[0]
    measure = definitions.measures[name]
    worded = replace(measure, label={"fr": "Autres mots", "en": "Other words"})
    assert publication.by_indicator(replace(definitions, measures={**definitions.measures, name: worded})) == before
    widened = replace(measure.where[0], codes=(*measure.where[0].codes, "9999"))
    changed = replace(measure, where=(widened, *measure.where[1:]))
    after = publication.by_indicator(replace(definitions, measures={**definitions.measures, name: changed}))
    users = {
        entry.id
        for entry in definitions.indicators.values()
        if name in (*entry.numerator, *entry.denominator, *entry.count)
    }
    assert {id for id in before if before[id] != after[id]} == users


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
@pytest.mark.parametrize("point", ["before keep", "before seal", "before commit"])
def test_a_killed_build_leaves_nothing_that_counts(damir, tmp_path, point):
    folder = tmp_path / "data"
    first = _corrected(damir, folder, "10")
    ingest.ingest(folder, _month(damir, "202502"))
    _kill(folder, "build", point)
    assert lake.published(folder).vintage == first
    assert list(lake.Lake(folder).vintages()) == [first]
    built = build.build(folder)
    assert list(lake.Lake(folder).vintages()) == [first, built.vintage]
    kept = {path.name for path in (folder / "lake" / "publications").iterdir()}
    assert kept == {first, built.vintage}


def test_a_manifest_of_a_publication_that_no_one_names_is_swept(damir, tmp_path):
    folder = tmp_path / "data"
    _corrected(damir, folder, "10")
    orphan = folder / "lake" / "publications" / "202499-aaaaaaaa"
    orphan.mkdir()
    (orphan / "manifest.json").write_text("{}", encoding="utf-8")
    with lake.Lake(folder).writing():
        pass
    assert not orphan.exists()


@pytest.mark.parametrize("name", ["manifest.json", "indicators-*.parquet"])
def test_a_damaged_publication_is_told_by_check_and_made_again_by_build(damir, tmp_path, name):
    folder = tmp_path / "data"
    vintage = _corrected(damir, folder, "10")
    path = next((folder / "lake" / "publications" / vintage).glob(name))
    sound = path.read_bytes()
    path.write_bytes(sound + b" ")
    assert next(row["what"] for row in checks.run(folder) if not row["ok"]) == "dossier de données"
    built = build.build(folder)
    assert (built.vintage, built.already) == (vintage, False)
    assert all(row["ok"] for row in checks.run(folder)[-2:])
    assert list(lake.Lake(folder).vintages()) == [vintage]


def test_check_sees_a_table_that_is_not_the_one_of_its_control_totals(damir, tmp_path):
    folder = tmp_path / "data"
    first, second = _corrected(damir, folder, "10"), _corrected(damir, folder, "11")
    manifest = _manifest(folder)
    one, two = manifest["vintages"]
    assert [one["vintage"], two["vintage"]] == [first, second]
    for key in ("path", "parquet_sha256"):
        one[key], two[key] = two[key], one[key]
    write_manifest(folder, manifest)
    rows = {row["what"]: row for row in checks.run(folder)}
    assert rows["dossier de données"]["ok"]  # every file is what the root manifest says
    assert not rows["versions publiées"]["ok"]
    assert first in rows["versions publiées"]["result"]
    assert "france_numerator" in rows["versions publiées"]["result"]


def test_a_folder_of_an_older_version_is_told_to_be_made_again(tmp_path):
    (tmp_path / "lake").mkdir()
    older = {"schema": 1, "fictional": False, "parts": {}, "facts": {}, "publication": None}
    (tmp_path / "lake" / "manifest.json").write_text(json.dumps(older), encoding="utf-8")
    with pytest.raises(LakeError, match=r"version 1 du dossier de données, 2 attendue.*ondam ingest"):
        lake.Lake(tmp_path)
    lake.forget_older_fiction(tmp_path)
    with pytest.raises(LakeError, match="version 1"):  # real data are left as they are
        lake.Lake(tmp_path)


def test_a_fictional_folder_of_an_older_version_can_be_made_again(damir, tmp_path):
    folder = tmp_path / "data"
    _corrected(damir, folder, "10")
    older = _manifest(folder) | {"schema": 1, "fictional": True}
    del older["vintages"]
    (folder / "lake" / "manifest.json").write_text(json.dumps(older), encoding="utf-8")
    lake.forget_older_fiction(folder)
    assert lake.Lake(folder).manifest["parts"] == {}
    with lake.Lake(folder).writing() as change:
        change.commit()
    assert not list((folder / "lake").rglob("*.parquet"))
