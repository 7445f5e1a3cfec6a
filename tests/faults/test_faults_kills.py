"""Row 16: kill -9 at every step and at any moment leaves the state before or the one after; the next run works."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import fingerprint
from injections import CLEAN, SEED, Workbench

from indicators import lake

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 and fork are POSIX")
HERE = Path(__file__).resolve().parents[1]


class Killer:
    """Runs commands in forks of a warm process and kills them."""

    def __init__(self) -> None:
        paths = os.pathsep.join([str(HERE), str(HERE.parent / "src")])
        command = [sys.executable, "-W", "ignore", str(HERE / "zygote.py")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        self.process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, **pipes)
        assert self.process.stdout.readline() == "ready\n"

    def run(self, *arguments: object, point: tuple | None = None, delay: float | None = None) -> float | None:
        """How long a command lasted, or None where the kill came first."""
        order = {"arguments": [*map(str, arguments)], "point": point, "delay": delay}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["seconds"]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="class")
def killer():
    found = Killer()
    yield found
    found.stop()


def state(folder: Path) -> dict[str, str]:
    """What a reader sees: the manifest and the files that it names, each whole."""
    opened = lake.Lake(folder)
    sources = [*opened.manifest["parts"], *opened.manifest["facts"]]
    entries = [entry for get in (opened.parts, opened.facts) for name in sources for entry in get(name).values()]
    named = {opened.path(entry).relative_to(folder).as_posix() for entry in entries}
    if opened.manifest["publication"]:
        assert len(lake.published(folder).table) > 0
    prints = fingerprint(folder)
    return {name: prints[name] for name in [*sorted(named), "lake/manifest.json"] if name in prints}


class Scene:
    """A folder before and after one command, and the copies on which the command is killed."""

    def __init__(self, killer: Killer, base: Path, space: Path, arguments: list[object]) -> None:
        self.killer, self.base, self.space, self.arguments, self.number = killer, base, space, arguments, 0
        self.old = state(base)
        clean = self.copy()
        self.seconds = self.go(clean)
        assert self.seconds is not None
        self.new, self.clean = state(clean), fingerprint(clean)
        assert self.new != self.old

    def copy(self) -> Path:
        self.number += 1
        return Path(shutil.copytree(self.base, self.space / f"data{self.number}"))

    def go(self, folder: Path, **kill) -> float | None:
        return self.killer.run(*self.arguments, "--data", folder, **kill)

    def killed(self, **kill) -> bool:
        """Kill the command once; whether the new state was reached. Nothing else than old or new is accepted."""
        folder = self.copy()
        seconds = self.go(folder, **kill)
        found = state(folder)
        assert found in (self.old, self.new)
        if found == self.old:
            assert self.go(folder) is not None  # the next run works
            assert fingerprint(folder) == self.clean  # and nothing is left of the first
        shutil.rmtree(folder)
        self.seconds = seconds or self.seconds  # the machine may be busier than it was
        return found == self.new

    def random(self, count: int) -> list[bool]:
        """Kills at moments drawn over a little more than the length of an undisturbed run."""
        pick = random.Random(SEED)
        return [self.killed(delay=pick.uniform(0, 1.4) * self.seconds) for _ in range(count)]


def ingest_scene(killer, start, space) -> Scene:
    given = space / CLEAN["damir.gz"][0]
    given.write_bytes(CLEAN["damir.gz"][1])
    return Scene(killer, start, space, ["ingest", given])


@pytest.fixture(scope="class")
def reading(killer, start, tmp_path_factory) -> Scene:
    """A month more is read into a folder that has one."""
    return ingest_scene(killer, start, tmp_path_factory.mktemp("reading"))


@pytest.fixture(scope="class")
def building(killer, start, tmp_path_factory) -> Scene:
    """A folder with a month not yet computed is built."""
    space = tmp_path_factory.mktemp("building")
    first = ingest_scene(killer, start, space)
    base = first.copy()
    assert first.go(base) is not None
    return Scene(killer, base, tmp_path_factory.mktemp("built"), ["build"])


def _points(files: int, manifests: int) -> list[tuple[str, int, str]]:
    """Around every rename; after every flush, folder and removal; before, in and after every lock and manifest."""
    renames = [("replace", n, when) for n in range(1, files + 1) for when in ("before", "after")]
    written = [("write_text", 1), *(("write_bytes", n) for n in range(1, manifests + 1))]
    texts = [(*what, when) for what in written for when in ("before", "halfway", "after")]
    flushes = [("fsync", n, "after") for n in range(1, files + 1)]
    others = [(name, n, "after") for name in ("mkdir", "rmtree") for n in (1, 2)]
    return renames + texts + flushes + others


class TestReadingAtEveryStep:
    @pytest.mark.fault(16)
    @pytest.mark.parametrize("point", _points(2, 1), ids=lambda point: "-".join(map(str, point)))
    def test_a_killed_ingest_leaves_the_old_state_or_the_new(self, reading, point):
        new = reading.killed(point=point)
        if point == ("replace", 2, "after"):
            assert new
        if point in [("replace", 1, "after"), ("replace", 2, "before"), ("write_bytes", 1, "halfway")]:
            assert not new

    @pytest.mark.fault(16)
    @pytest.mark.parametrize("point", _points(2, 1), ids=lambda point: "-".join(map(str, point)))
    def test_a_killed_first_ingest_leaves_an_empty_folder_or_a_month(self, killer, reading, tmp_path, point, capsys):
        folder = tmp_path / "data"
        killer.run(*reading.arguments, "--data", folder, point=point)
        assert list(lake.Lake(folder).parts("open_damir")) in ([], ["202502"])
        assert killer.run(*reading.arguments, "--data", folder) is not None
        assert Workbench(folder, tmp_path, capsys).run("ingest", *reading.arguments[1:]) == (
            0,
            f"{CLEAN['damir.gz'][0]} : déjà lu, rien n’a changé.\n",
        )


class TestReadingAtAnyMoment:
    @pytest.mark.fault(16, injections=140)
    def test_many_kills_find_both_states_and_nothing_between(self, reading):
        found = reading.random(140)
        assert set(found) == {True, False}


class TestBuildingAtEveryStep:
    @pytest.mark.fault(16)
    @pytest.mark.parametrize("point", _points(6, 2), ids=lambda point: "-".join(map(str, point)))
    def test_a_killed_build_leaves_the_old_state_or_the_new(self, building, point):
        """Six renames: facts, the same compacted, serving table, indicator table, its manifest, that of the folder."""
        new = building.killed(point=point)
        if point == ("replace", 6, "after"):
            assert new
        if point in [("replace", 5, "after"), ("replace", 6, "before"), ("write_bytes", 2, "halfway")]:
            assert not new


class TestBuildingAtAnyMoment:
    @pytest.mark.fault(16, injections=12)
    def test_a_dozen_kills_find_both_states_and_nothing_between(self, building):
        found = building.random(12)
        assert set(found) == {True, False}
