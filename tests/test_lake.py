"""The data folder changes all at once or not at all, and says who holds it."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import fingerprint

from indicators import build, ingest, lake
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
    assert len(list((folder / "lake").rglob("*.parquet"))) == 4  # detail, facts, the same compacted, indicators
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
from indicators import ingest, lake
point = sys.argv[3]
def stop(*_, **__):
    print("here", flush=True)
    time.sleep(60)
if point == "before keep":
    lake.Change.keep = stop
else:
    lake.Change.commit = stop
ingest.ingest(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
@pytest.mark.parametrize("point", ["before keep", "before commit"])
def test_a_killed_ingest_leaves_the_old_state_and_the_next_one_is_clean(damir, tmp_path, point):
    folder = tmp_path / "data"
    ingest.ingest(folder, _month(damir, "202501"))
    new = _month(damir, "202502")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), str(new), point], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
    assert list(lake.Lake(folder).parts("open_damir")) == ["202501"]
    ingest.ingest(folder, new)
    assert list(lake.Lake(folder).parts("open_damir")) == ["202501", "202502"]
    assert len(list((folder / "lake").rglob("*.parquet"))) == 2
    assert not list((folder / "lake" / "tmp").glob("*"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}'])
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
