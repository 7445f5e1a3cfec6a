"""Several files at once, with or without their detail, give what one file after another gives."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from conftest import fingerprint

from indicators import build, facts, ingest, lake, workers
from indicators.errors import LakeError


def _months(damir, *months):
    lines = [{"FLT_REM_MNT": "10", "FLT_ACT_QTE": "20"}] * 3
    return [damir([{**line, "FLX_ANN_MOI": m} for line in lines], name=f"A{m}.csv.gz") for m in months]


def _published(folder) -> str:
    return lake.Lake(folder).manifest["publication"]["parquet_sha256"]


def test_files_read_in_processes_make_the_same_folder_as_one_by_one(damir, tmp_path, monkeypatch):
    paths = _months(damir, "202501", "202502", "202503")
    for path in paths:
        ingest.ingest(tmp_path / "one", path)
    monkeypatch.setattr(ingest, "WORTH_A_PROCESS", 0)
    heard = []
    done, refused = ingest.each(tmp_path / "many", paths, progress=lambda *told: heard.append(told))
    assert ([item.key for item in done], refused) == (["202501", "202502", "202503"], [])
    one, many = (
        {name: value for name, value in fingerprint(tmp_path / folder).items() if name.endswith(".parquet")}
        for folder in ("one", "many")
    )
    assert one == many
    assert heard[-1] == (sum(path.stat().st_size for path in paths),) * 2


@pytest.mark.parametrize("worth", [0, 1 << 40], ids=["in processes", "in this process"])
def test_a_refused_file_does_not_stop_the_others(damir, tmp_path, monkeypatch, worth):
    monkeypatch.setattr(ingest, "WORTH_A_PROCESS", worth)
    good = _months(damir, "202501", "202503")
    bad = damir([{"FLX_ANN_MOI": "202502", "FLT_REM_MNT": "x"}], name="A202502.csv.gz")
    done, refused = ingest.each(tmp_path / "data", [good[0], bad, good[1]])
    assert [item.key for item in done] == ["202501", "202503"]
    assert ["A202502.csv.gz est refusé" in str(error) for error in refused] == [True]
    assert list(lake.Lake(tmp_path / "data").parts("open_damir")) == ["202501", "202503"]


@pytest.mark.parametrize("worth", [0, 1 << 40], ids=["in processes", "in this process"])
def test_two_files_of_one_month_in_one_call_are_not_both_taken(damir, tmp_path, monkeypatch, worth):
    monkeypatch.setattr(ingest, "WORTH_A_PROCESS", worth)
    one = damir([{"FLT_REM_MNT": "1"}], name="A202501.csv.gz")
    two = damir([{"FLT_REM_MNT": "2"}], name="A202501_corrige.csv.gz")
    done, refused = ingest.each(tmp_path / "data", [one, two])
    assert (len(done), len(refused)) == (1, 1)
    assert str(refused[0]).count("SHA-256") == 2


def _dies(tell):
    os._exit(9)


def test_a_process_that_dies_is_said_in_one_sentence():
    (outcome,) = workers.run([_dies], 1, lambda *told: None)
    assert isinstance(outcome[1], workers.WorkerError)
    assert "code 9" in str(outcome[1])


def _sleeps(folder, tell):
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def test_processes_end_when_nobody_listens_any_more(tmp_path):
    """The caller's loop is left while two processes sleep: both are gone at once."""

    def hear(*told):
        raise KeyboardInterrupt

    jobs = [partial(_sleeps, tmp_path), partial(_sleeps, tmp_path), _tells]
    with pytest.raises(KeyboardInterrupt):
        list(workers.run(jobs, 3, hear))
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


def _tells(tell):
    tell(1, 2)


@pytest.mark.skipif(os.name == "nt", reason="SIGINT to a process group is POSIX")
def test_ctrl_c_leaves_the_folder_as_it_was(damir, tmp_path):
    folder = tmp_path / "data"
    ingest.ingest(folder, _months(damir, "202501")[0])
    before = fingerprint(folder)
    big = damir(
        [{"FLX_ANN_MOI": "202502", "PRS_NAT": str(1000 + n % 9000)} for n in range(200_000)], name="A202502.csv"
    )
    command = [sys.executable, "-m", "indicators.cli", "ingest", str(big), "--data", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        while not (folder / "lake" / "tmp").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, fingerprint(folder)) == (130, before)
    assert "Traceback" not in said
    assert "état précédent" in said


def test_facts_alone_publish_the_same_table_without_the_detail(damir, tmp_path):
    for name, detail in (("whole", True), ("facts", False)):
        for path in _months(damir, "202501", "202502"):
            ingest.ingest(tmp_path / name, path, detail=detail)
        build.build(tmp_path / name)
    assert _published(tmp_path / "facts") == _published(tmp_path / "whole")
    assert not (tmp_path / "facts" / "lake" / "detail").exists()


def test_facts_alone_cannot_follow_new_measures_and_say_which_file_to_read_again(damir, tmp_path, monkeypatch):
    folder, path = tmp_path / "data", _months(damir, "202501")[0]
    ingest.ingest(folder, path, detail=False)
    build.build(folder)
    monkeypatch.setattr(facts, "measures_code", lambda *given: "other")
    monkeypatch.setattr(build, "_vintage", lambda *given: "other")
    with pytest.raises(LakeError, match=r"A202501\.csv\.gz.*--replace"):
        build.build(folder)
    ingest.ingest(folder, path, replace=True, detail=False)
    assert build.build(folder).already is False
