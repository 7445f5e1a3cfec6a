"""Rows 1, 2 and 23: a compressed file that is cut, altered, or unfolds without end."""

import gzip
import tracemalloc
import zlib

import pytest
from conftest import fingerprint
from injections import PACKED, PLAIN, change_cell, places, repack

KINDS = list(PACKED)


def _cuts(kind: str) -> list[int]:
    size = len(PACKED[kind][1])
    return [*places(f"cut{kind}", 1, size - 1), size - 1, size - 8, size - 1024, size // 2]


def _stored(kind: str) -> bytes:
    """A clean file packed without compression: every digit is in clear."""
    return repack(PLAIN[kind.removesuffix(".gz")][1], 0)


class TestCut:
    @pytest.mark.fault(1)
    @pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind in KINDS for size in _cuts(kind)])
    def test_a_cut_file_is_refused_at_the_byte_where_it_ends(self, bench, kind, size):
        name, content = PACKED[kind]
        bench.refused(name, content[:size], f"octet {size} : le fichier compressé s’arrête avant sa fin")

    @pytest.mark.fault(1)
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_whole_file_after_a_cut_one_gives_a_clean_run(self, bench, after, kind):
        name, content = PACKED[kind]
        bench.refused(name, content[: len(content) // 2], "s’arrête avant sa fin")
        bench.repaired(kind, after(kind))

    @pytest.mark.fault(1)
    def test_an_empty_file_is_refused(self, bench):
        bench.refused("A202502.csv.gz", b"", "il est vide")

    @pytest.mark.fault(1)
    def test_a_second_member_cut_is_refused_and_both_whole_are_read(self, bench):
        text = PLAIN["damir"][1]
        middle = text.index(b"\n", len(text) // 2) + 1
        two = repack(text[:middle]) + repack(text[middle:])
        bench.refused("A202502.csv.gz", two[:-30], f"octet {len(two) - 30}")
        code, said = bench.run("ingest", bench.give("A202502.csv.gz", two))
        assert (code, "600 lignes" in said) == (0, True)

    @pytest.mark.fault(1)
    @pytest.mark.parametrize("rest", [b"\0" * 40, b"rest", b"\x1f\x8b\x08"])
    def test_bytes_after_the_end_are_refused(self, bench, rest):
        name, content = PACKED["damir.gz"]
        bench.refused(name, content + rest, f"octet {len(content + rest)}")


class TestAltered:
    @pytest.mark.fault(2)
    @pytest.mark.parametrize(("kind", "place"), [(k, p) for k in KINDS for p in places(k, 18, len(PACKED[k][1]))])
    def test_a_changed_byte_is_refused(self, bench, kind, place):
        name, content = PACKED[kind]
        altered = content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :]
        said = bench.refused(name, altered, "octet ")
        assert "compression abîmée" in said or "s’arrête avant sa fin" in said

    @pytest.mark.fault(2)
    @pytest.mark.parametrize(("kind", "rank"), [(kind, rank) for kind in KINDS for rank in range(10)])
    def test_a_changed_digit_is_refused_where_nothing_else_shows_it(self, bench, kind, rank):
        content = bytearray(_stored(kind))
        digits = [at for at in range(500, len(content) - 8) if content[at : at + 1].isdigit()]
        at = digits[len(digits) * rank // 10]
        content[at] = ord("9") if content[at] != ord("9") else ord("3")
        bench.refused(PACKED[kind][0], bytes(content), "compression abîmée")

    @pytest.mark.fault(2)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("at", [-8, -5, -4, -1, 0, 1, 2])
    def test_a_wrong_sum_a_wrong_length_or_a_wrong_start_is_refused(self, bench, kind, at):
        name, content = PACKED[kind]
        altered = bytearray(content)
        altered[at] ^= 1
        bench.refused(name, bytes(altered), "compression abîmée")

    @pytest.mark.fault(2)
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_true_file_after_an_altered_one_gives_a_clean_run(self, bench, after, kind):
        content = bytearray(_stored(kind))
        content[700] ^= 1
        bench.refused(PACKED[kind][0], bytes(content), "compression abîmée")
        bench.repaired(kind, after(kind))

    @pytest.mark.fault(2)
    def test_a_file_that_is_not_what_its_name_says_is_refused(self, bench):
        bench.refused("A202502.csv.gz", PLAIN["damir"][1], "compression abîmée")
        bench.refused("A202502.csv", PACKED["damir.gz"][1], "octet")


def _bomb(first: bytes, block: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(first), *(packer.compress(block) for _ in range(times)), packer.flush()])


HEADER = PLAIN["damir"][1].split(b"\n")[0] + b"\n"
ROW = PLAIN["damir"][1].split(b"\n")[1] + b"\n"
BOMBS = {
    "50 MB of spaces": (b"", b" " * (1 << 20), 50),
    "200 MB of line ends": (b"", b"\n" * (1 << 20), 200),
    "50 MB of zeros": (b"", b"\0" * (1 << 20), 50),
    "60 MB of one line after the header": (HEADER, b"0;" * (1 << 19), 60),
    "60 MB of the same row": (HEADER, ROW * 6000, 60),
}


class TestBombs:
    @pytest.mark.fault(23)
    @pytest.mark.parametrize("bomb", BOMBS)
    def test_a_bomb_is_refused_in_little_memory(self, bench, bomb):
        packed = _bomb(*BOMBS[bomb])
        tracemalloc.start()
        try:
            said = bench.refused("A202502.csv.gz", packed)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 16 << 20
        assert "se déplie plus de 200 fois" in said or "octet nul" in said or "sans fin de ligne" in said

    @pytest.mark.fault(23)
    def test_a_bomb_in_a_bomb_is_only_bytes(self, bench):
        bench.refused("A202502.csv.gz", gzip.compress(_bomb(*BOMBS["50 MB of spaces"])), "refusé")

    @pytest.mark.fault(23)
    @pytest.mark.parametrize("kind", PLAIN)
    def test_a_plain_line_without_end_is_refused_in_little_memory(self, bench, kind):
        tracemalloc.start()
        try:
            bench.refused(PLAIN[kind][0], b"x;" * (8 << 20), "ligne 1", "sans fin de ligne")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 40 << 20  # the 16 MB that the test wrote among them

    @pytest.mark.fault(23)
    def test_a_real_month_is_far_from_the_limit(self, bench, after):
        before = fingerprint(bench.folder)
        bench.refused("A202502.csv.gz", _bomb(*BOMBS["60 MB of the same row"]), "200 fois")
        assert fingerprint(bench.folder) == before
        bench.repaired("damir.gz", after("damir.gz"))
        text = change_cell(PLAIN["damir"][1], 2, "FLT_REM_MNT", b"1.00")
        assert len(text) / len(repack(text)) < 50
