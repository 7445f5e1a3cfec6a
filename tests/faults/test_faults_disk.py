"""Rows 15 and 17: a disk that fills up, and two writers at once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import fingerprint
from injections import CLEAN, PACKED

from indicators import lake

HOLD = """
import sys
from pathlib import Path
from indicators import lake
with lake.Lake(Path(sys.argv[1])).writing():
    print("held", flush=True)
    sys.stdin.read()
"""


def ondam(*arguments: object) -> subprocess.CompletedProcess:
    """The real command in a process of its own."""
    command = [sys.executable, "-m", "indicators.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB of its own, or a visible skip where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True
    )
    if not made or made.returncode:
        pytest.skip("a small file system cannot be mounted here: run the tests as root on Linux")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def _fill(folder: Path, left: int) -> None:
    """Leave only so many kilobytes free."""
    free = shutil.disk_usage(folder).free
    (folder / "filler").write_bytes(b"x" * max(0, free - left * 1024))


class TestFullDisk:
    @pytest.mark.fault(15)
    @pytest.mark.parametrize("left", [0, 4, 8, 12, 16, 20, 24, 28, 32])
    def test_an_ingest_without_room_keeps_the_old_data(self, bench, after, small_disk, left):
        shutil.copytree(bench.folder, small_disk / "data")
        bench.folder = small_disk / "data"
        before = fingerprint(bench.folder)
        _fill(small_disk, left)
        code, said = bench.run("ingest", bench.give(*CLEAN["damir.gz"]))
        if code:
            self._refused(bench, code, said, before)
            (small_disk / "filler").unlink()
            assert bench.run("ingest", bench.give(*CLEAN["damir.gz"]))[0] == 0
        assert fingerprint(bench.folder) == after("damir.gz")

    @pytest.mark.fault(15)
    @pytest.mark.parametrize("left", [0, 8, 16, 24])
    def test_a_build_without_room_keeps_the_old_data(self, bench, small_disk, left):
        assert bench.run("ingest", bench.give(*CLEAN["damir.gz"]))[0] == 0
        shutil.copytree(bench.folder, small_disk / "data")
        bench.folder = small_disk / "data"
        before = fingerprint(bench.folder)
        _fill(small_disk, left)
        code, said = bench.run("build")
        self._refused(bench, code, said, before)
        assert len(lake.published(bench.folder).table) > 0

    def _refused(self, bench, code: int, said: str, before: dict) -> None:
        assert (code, "plein" in said, "Libérer" in said, "Traceback" in said) == (1, True, True, False), said
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(15)
    def test_a_first_ingest_without_room_leaves_nothing(self, bench, small_disk):
        _fill(small_disk, 4)
        bench.folder = small_disk / "data"
        code, said = bench.run("ingest", bench.give(*CLEAN["damir.gz"]))
        assert (code, "plein" in said, "Traceback" in said) == (1, True, False), said
        assert fingerprint(bench.folder) == {}


class TestTwoWriters:
    @pytest.fixture
    def held(self, bench):
        """A folder that another process is writing to."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        with subprocess.Popen([sys.executable, "-c", HOLD, str(bench.folder)], **pipes) as process:
            assert process.stdout.readline() == "held\n"
            yield process
            process.stdin.close()
            process.wait(30)

    @pytest.mark.fault(17)
    @pytest.mark.parametrize("kind", PACKED)
    def test_a_second_ingest_stops_with_75_and_names_the_first(self, bench, held, after, kind):
        before, path = fingerprint(bench.folder), bench.give(*CLEAN[kind])
        run = ondam("ingest", path, "--data", bench.folder)
        assert run.returncode == 75
        assert f"processus {held.pid}" in run.stderr
        assert "Attendre sa fin" in run.stderr
        assert "Traceback" not in run.stderr
        assert fingerprint(bench.folder) == before
        held.stdin.close()
        held.wait(30)
        bench.repaired(kind, after(kind))

    @pytest.mark.fault(17)
    def test_readers_do_not_wait_for_a_writer_and_a_second_build_does_not_start(self, bench, held):
        assert len(lake.published(bench.folder).table) > 0
        opened = lake.Lake(bench.folder)
        opened.path(opened.manifest["publication"]).unlink()  # so that there is something to build
        before = fingerprint(bench.folder)
        code, said = bench.run("build")
        assert (code, f"processus {held.pid}" in said) == (75, True)
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(17)
    @pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
    def test_a_lock_whose_holder_was_killed_does_not_hold(self, bench, held, after):
        held.kill()
        held.wait(30)
        bench.repaired("damir.gz", after("damir.gz"))

    @pytest.mark.fault(17, injections=2)
    def test_two_ingests_started_together_leave_both_or_one_and_a_refusal(self, bench):
        paths = [bench.give(*CLEAN[kind]) for kind in PACKED]
        command = [sys.executable, "-m", "indicators.cli", "ingest", "--data", str(bench.folder)]
        both = [subprocess.Popen([*command, str(path)], stderr=subprocess.PIPE, encoding="utf-8") for path in paths]
        said = [process.communicate(timeout=120)[1] for process in both]
        codes = [process.returncode for process in both]
        assert set(codes) <= {0, 75}
        assert 0 in codes
        for path, code, words in zip(paths, codes, said, strict=True):
            assert code == 0 or "est occupé par le processus" in words
            assert bench.run("ingest", path)[0] == 0
        opened = lake.Lake(bench.folder)
        assert "202502" in opened.parts("open_damir")
        assert "2024" in opened.parts("open_medic")
