"""Rows 13 and 14: a file of the data folder that was cut, emptied, removed or altered gives no figure."""

import shutil

import pytest
from conftest import fingerprint
from injections import CLEAN, Stopped, places

import indicators
from indicators import access, lake
from indicators.errors import LakeError

KINDS = ("detail", "facts", "table")


def _file(folder, kind: str):
    """One file of the data folder: the detail of a month, its facts, or the published table."""
    opened = lake.Lake(folder)
    known = {"detail": opened.parts, "facts": opened.facts}
    if kind in known:
        return opened.path(known[kind]("open_damir")["202501"])
    return opened.path(opened.manifest["publication"])


def _flip(path, share: float) -> None:
    """Change one bit of a file, at a place given as a share of its length."""
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 4
    path.write_bytes(content)


FLIPS = [place / 1000 for place in places("flip", 0, 1000)]
HARMS = {
    "cut in half": lambda content: content[: len(content) // 2],
    "without its footer": lambda content: content[:-8],
    "one byte short": lambda content: content[:-1],
    "empty": lambda content: b"",
    "zeros": lambda content: b"\0" * len(content),
    "more around it": lambda content: b"PAR1" + content + b"PAR1",
}


@pytest.fixture(scope="module")
def computed(start, tmp_path_factory):
    """The fingerprint of the folder after one more month was read and computed without a fault."""
    from indicators import build, ingest

    folder = tmp_path_factory.mktemp("computed") / "data"
    shutil.copytree(start, folder)
    (folder.parent / CLEAN["damir.gz"][0]).write_bytes(CLEAN["damir.gz"][1])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lake, "datetime", Stopped)
        ingest.ingest(folder, folder.parent / CLEAN["damir.gz"][0])
        build.build(folder)
    return fingerprint(folder)


def _said(bench, verb: str, path) -> None:
    """A verb refuses, names the file and says what to do."""
    before = fingerprint(bench.folder)
    code, said = bench.run(verb)
    assert (code, path.name in said, "Refaire ingest puis build" in said) == (1, True, True), said
    assert "Traceback" not in said
    assert fingerprint(bench.folder) == before


class TestRefused:
    """No verb gives a figure of a file that is not as it was written."""

    def _refused(self, bench, monkeypatch, kind, path) -> None:
        monkeypatch.setattr(access, "serve", lambda *_: pytest.fail("figures were served"))
        _said(bench, "check", path)
        if kind == "table":
            _said(bench, "serve", path)
            with pytest.raises(LakeError, match=path.name):
                indicators.load(data=bench.folder)

    @pytest.mark.fault(14)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("share", FLIPS)
    def test_a_flipped_bit_is_found(self, bench, monkeypatch, kind, share):
        path = _file(bench.folder, kind)
        _flip(path, share)
        self._refused(bench, monkeypatch, kind, path)

    @pytest.mark.fault(13)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("harm", HARMS)
    def test_a_harmed_file_is_found(self, bench, monkeypatch, kind, harm):
        path = _file(bench.folder, kind)
        path.write_bytes(HARMS[harm](path.read_bytes()))
        self._refused(bench, monkeypatch, kind, path)

    @pytest.mark.fault(13)
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_removed_file_is_found(self, bench, monkeypatch, kind):
        path = _file(bench.folder, kind)
        path.unlink()
        self._refused(bench, monkeypatch, kind, path)


HARM_TO_REPAIR = {
    "flipped": lambda path: _flip(path, 0.4),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-8]),
    "removed": lambda path: path.unlink(),
}


class TestTable:
    @pytest.mark.fault(14)
    @pytest.mark.parametrize("harm", HARM_TO_REPAIR)
    def test_a_build_restores_a_harmed_table(self, bench, harm):
        before, path = fingerprint(bench.folder), _file(bench.folder, "table")
        HARM_TO_REPAIR[harm](path)
        assert bench.run("build")[0] == 0
        assert fingerprint(bench.folder) == before


class TestFacts:
    @pytest.mark.fault(14)
    @pytest.mark.parametrize("harm", HARM_TO_REPAIR)
    def test_harmed_facts_are_made_again_before_they_are_summed(self, bench, computed, harm):
        HARM_TO_REPAIR[harm](_file(bench.folder, "facts"))
        assert bench.run("ingest", bench.give(*CLEAN["damir.gz"]))[0] == 0
        assert bench.run("build")[0] == 0
        assert fingerprint(bench.folder) == computed


class TestDetail:
    @pytest.mark.fault(14)
    @pytest.mark.parametrize("harm", HARM_TO_REPAIR)
    def test_a_harmed_detail_is_refused_when_needed_and_read_again_from_its_raw_file(self, bench, start, harm):
        whole, path = fingerprint(bench.folder), _file(bench.folder, "detail")
        needed = [_file(bench.folder, "facts"), _file(bench.folder, "table")]
        for made in needed:
            made.unlink()  # so that the build needs the detail again
        HARM_TO_REPAIR[harm](path)
        _said(bench, "build", path)
        assert bench.run("ingest", start.parent / "A202501.csv.gz")[0] == 0
        assert bench.run("build")[0] == 0
        assert fingerprint(bench.folder) == whole


class TestManifest:
    """The file that says which files count."""

    @pytest.mark.fault(13)
    @pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
    def test_a_cut_manifest_is_refused_by_every_verb(self, bench, monkeypatch, share):
        monkeypatch.setattr(access, "serve", lambda *_: pytest.fail("figures were served"))
        path = bench.folder / "lake" / lake.MANIFEST
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        before = fingerprint(bench.folder)
        given = bench.give(*CLEAN["damir.gz"])
        for verb in (["check"], ["serve"], ["build"], ["ingest", given]):
            code, said = bench.run(*verb)
            assert (code, "manifest.json est illisible ou abîmé" in said, "sauvegarde" in said) == (1, True, True)
        assert fingerprint(bench.folder) == before

    @pytest.mark.fault(14)
    def test_a_changed_digit_in_the_manifest_is_refused(self, bench):
        path = bench.folder / "lake" / lake.MANIFEST
        content = path.read_text("utf-8")
        assert '"rows": 600' in content
        path.write_text(content.replace('"rows": 600', '"rows": 900'), "utf-8")
        assert bench.run("check")[0] == 1
