"""Every closed operation that definitions use, worked by hand, on DuckDB, Spark and Sail: the same bits.

Spark and Sail are reached through Spark Connect; `test_standalone.py` has a master with workers.
"""

from contextlib import ExitStack
from decimal import Decimal

import ibis
import pyarrow
import pyarrow.parquet
import pytest
import servers
from conftest import fingerprint, write_manifest
from folders import facts as facts_of
from folders import forget, months, publication

from indicators import build, engine, lake
from indicators.catalogue import Condition, Measure
from indicators.engine import spark
from indicators.errors import EngineError
from indicators.sources.spec import Source

SERVERS = {"spark": (servers.no_spark, servers.connect), "sail": (servers.no_sail, servers.sail)}
D = Decimal
SOURCE = Source(
    name="made_up", label={"fr": "Source inventée"}, provider="", grain="month", stock=False, level="cnam",
    sums=("AMOUNT", "DAYS"), codes=("NAT", "ATC"), places={"residence": "PLACE", "fund": "FUND"}, age="AGE", sex="SEXE",
    delay={}, ages={"0": "0-19", "20": "20-39"}, unknown=("0", "99"), derived={"DAILY": ("AMOUNT", "DAYS")},
)  # fmt: skip
TYPES = pyarrow.schema(
    [("FLX_ANN_MOI", pyarrow.int32()), ("SOI_ANN", pyarrow.string()), ("SOI_MOI", pyarrow.string())]
    + [(name, pyarrow.int16()) for name in ("PLACE", "FUND", "AGE", "SEXE", "NAT")]
    + [("ATC", pyarrow.string()), ("AMOUNT", pyarrow.decimal128(18, 2)), ("DAYS", pyarrow.int32())]
)
PLAIN = {
    "FLX_ANN_MOI": 202501, "SOI_ANN": "2024", "SOI_MOI": "12", "PLACE": 93, "FUND": 11, "AGE": 20, "SEXE": 2,
    "NAT": 4214, "ATC": "C10AA05", "AMOUNT": D("1.00"), "DAYS": 1,
}  # fmt: skip
FACTS = pyarrow.schema(
    [(name, pyarrow.string()) for name in ("measure", "care_period", "flux_period", "level", "territory")]
    + [("value", pyarrow.decimal128(18, 2))]
)
SUMS = pyarrow.schema(
    [(name, pyarrow.string()) for name in ("measure", "level", "territory")]
    + [("month", pyarrow.int32()), ("value", pyarrow.decimal128(38, 2))]
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A function that gives the address of an engine's server, started when first asked for."""
    with ExitStack() as stack:
        known = {}

        def start(name: str) -> str:
            if reason := SERVERS[name][0]():
                pytest.skip(reason)
            if name not in known:
                known[name] = stack.enter_context(SERVERS[name][1](tmp_path_factory.mktemp(name)))
            return known[name]

        yield start


@pytest.fixture(scope="module", params=["duckdb", "spark", "sail"])
def connection(request, address):
    one = engine.connect() if request.param == "duckdb" else engine.connect("spark", address(request.param))
    yield one
    one.disconnect()


@pytest.fixture
def table(connection, tmp_path):
    """A function that makes a table of the engine from rows, through parquet files as the data folder does."""

    def make(rows: list[dict], schema: pyarrow.Schema, files: int = 1):
        paths = [tmp_path / f"{number}.parquet" for number in range(files)]
        for number, path in enumerate(paths):
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows[number::files], schema=schema), path)
        return engine.read(connection, paths)

    return make


def measure(id: str, column: str = "AMOUNT", place: str = "residence", **where) -> Measure:
    conditions = [
        Condition(name, (), tuple(codes), excluded) for name, (excluded, *codes) in where.items()
    ]  # fmt: skip
    return Measure(id, "made_up", {}, column, tuple(conditions), "€", place)


def facts(rows, *measures) -> list[dict]:
    return engine.collect(engine.facts(rows, SOURCE, measures))


def values(rows, *measures) -> dict[str, Decimal]:
    return {row["measure"]: row["value"] for row in facts(rows, *measures)}


IN, NOT_IN = False, True


def test_sums_where_codes_are_in_or_not_in_a_list(table):
    rows = [PLAIN | {"NAT": code, "AMOUNT": amount and D(amount)} for code, amount in
            ((4214, "10.10"), (4213, "-3.05"), (4215, "0.07"), (None, "100.00"), (4214, None))]  # fmt: skip
    found = values(
        table(rows, TYPES),
        measure("all"),
        measure("taxi", NAT=(IN, "4214")),
        measure("two", NAT=(IN, "4213", "4215")),
        measure("others", NAT=(NOT_IN, "4214")),  # an unknown code is neither in nor out
        measure("nobody", NAT=(IN, "9999")),
        measure("too_long_for_a_small_integer", NAT=(NOT_IN, "40000", "4214")),
    )
    assert found == {
        "all": D("107.12"), "taxi": D("10.10"), "two": D("-2.98"), "others": D("-2.98"),
        "too_long_for_a_small_integer": D("-2.98"),
    }  # fmt: skip


def test_conditions_on_two_columns_must_both_hold_and_text_is_compared_whole(table):
    codes = [(1, "A10", "1.01"), (2, "A10", "2.02"), (1, "a10", "4.04"), (1, "A10 ", "8.08"), (1, None, "16.16")]
    rows = [PLAIN | {"NAT": nat, "ATC": atc, "AMOUNT": D(amount)} for nat, atc, amount in codes]
    found = values(
        table(rows, TYPES),
        measure("both", NAT=(IN, "1"), ATC=(IN, "A10")),
        measure("not_text", NAT=(IN, "1"), ATC=(NOT_IN, "A10")),
    )
    assert found == {"both": D("1.01"), "not_text": D("12.12")}


def test_an_amount_taken_where_another_column_is_neither_empty_nor_zero(table):
    rows = [PLAIN | {"AMOUNT": D(amount), "DAYS": days} for amount, days in
            (("10.00", 3), ("20.00", 0), ("40.00", None), ("-80.00", -1))]  # fmt: skip
    found = values(table(rows, TYPES), measure("daily", "DAILY"), measure("days", "DAYS"))
    assert found == {"daily": D("-70.00"), "days": D("2.00")}


def test_sums_that_come_to_zero_are_left_out(table):
    rows = [PLAIN | {"AMOUNT": D(amount), "DAYS": 0} for amount in ("5.55", "-5.55")]
    assert values(table(rows, TYPES), measure("all"), measure("days", "DAYS")) == {}


def test_keys_of_a_fact_are_read_from_codes(table):
    lines = [
        ({"SOI_ANN": "2024", "SOI_MOI": "7"}, ("2024-07", "20-39", "93")),
        ({"SOI_ANN": "2024", "SOI_MOI": "10", "AGE": 0}, ("2024-10", "0-19", "93")),
        ({"SOI_ANN": "0000", "SOI_MOI": "00", "AGE": 55}, ("", "?", "93")),
        ({"SOI_ANN": "0001", "SOI_MOI": "01", "PLACE": 0}, ("", "20-39", "99")),
        ({"SOI_ANN": "2024", "SOI_MOI": "13", "PLACE": 99, "AGE": 0}, ("", "0-19", "99")),
        ({"SOI_ANN": "1990", "SOI_MOI": "01", "PLACE": 5}, ("1990-01", "20-39", "5")),
    ]
    found = facts(table([PLAIN | line for line, _ in lines], TYPES), measure("all"))
    assert sorted((row["care_period"], row["age_band"], row["territory"]) for row in found) == sorted(
        expected for _, expected in lines
    )
    assert {(row["source"], row["flux_period"], row["level"], row["sex"], row["value"]) for row in found} == {
        ("made_up", "2025-01", "cnam", "2", D("1.00"))
    }


def test_two_places_of_one_row_give_two_facts(table):
    rows = [PLAIN, PLAIN | {"FUND": 84, "AMOUNT": D("0.50")}]
    found = facts(table(rows, TYPES), measure("home"), measure("paid", place="fund"))
    assert sorted((row["measure"], row["territory"], row["value"]) for row in found) == [
        ("home", "93", D("1.50")), ("paid", "11", D("1.00")), ("paid", "84", D("0.50")),
    ]  # fmt: skip


def test_the_largest_amounts_add_up_to_the_cent(table):
    largest = D("9999999999999999.99")
    rows = [PLAIN | {"AMOUNT": amount} for amount in (largest, -largest, D("-9999999999999999.98"))]
    assert values(table(rows, TYPES), measure("all")) == {"all": D("-9999999999999999.98")}


def test_a_sum_too_large_for_a_fact_is_refused_never_blank(table):
    rows = [PLAIN | {"AMOUNT": D("9999999999999999.99")}] * 2
    with pytest.raises(
        Exception, match=r"(?i)overflow|out of range|precision|could not|cannot be represented|too large"
    ):
        values(table(rows, TYPES), measure("all"))


def fact(territory: str, value: str, level: str = "cnam", care: str = "2025-01", flux: str = "2025-02") -> dict:
    return {
        "measure": "m", "care_period": care, "flux_period": flux, "level": level, "territory": territory,
        "value": D(value),
    }  # fmt: skip


def test_regions_roll_up_to_the_areas_of_the_funds_and_to_france(table):
    rows = [fact(code, value, "reg") for code, value in
            (("93", "1.00"), ("94", "2.00"), ("01", "4.00"), ("06", "8.00"), ("84", "16.00"))]  # fmt: skip
    found = engine.collect(engine.monthly(table(rows, FACTS), ["m"], "care"))
    places = {(row["level"], row["territory"]): row["value"] for row in found}
    assert places == {
        ("reg", "93"): D("1.00"), ("reg", "94"): D("2.00"), ("reg", "01"): D("4.00"), ("reg", "06"): D("8.00"),
        ("reg", "84"): D("16.00"), ("cnam", "93"): D("3.00"), ("cnam", "5"): D("12.00"), ("cnam", "84"): D("16.00"),
        ("fra", "FR"): D("31.00"),
    }  # fmt: skip


def test_sums_of_a_thousand_largest_facts_keep_their_cents(table):
    rows = [fact("93", "9999999999999999.99"), fact("11", "-9999999999999999.97")] * 500
    found = engine.collect(engine.monthly(table(rows, FACTS, files=3), ["m"], "flux"))
    assert {row["territory"]: row["value"] for row in found} == {
        "93": D("4999999999999999995.00"), "11": D("-4999999999999999985.00"), "FR": D("10.00"),
    }  # fmt: skip
    assert {row["month"] for row in found} == {2025 * 12 + 1}


def test_the_two_clocks_and_the_delay_between_them(table):
    rows = [fact("93", "1.00"), fact("93", "2.00", care="2024-12"), fact("93", "4.00", care="")]
    rows += [fact("93", "8.00", care="2025", flux="2025"), fact("93", "16.00") | {"measure": "another"}]
    given = table(rows, FACTS)
    care = {r["month"]: r["value"] for r in engine.collect(engine.monthly(given, ["m"], "care")) if r["level"] == "fra"}
    flux = {r["month"]: r["value"] for r in engine.collect(engine.monthly(given, ["m"], "flux")) if r["level"] == "fra"}
    assert care == {24300: D("1.00"), 24299: D("2.00"), 24311: D("8.00")}
    assert flux == {24301: D("7.00"), 24311: D("8.00")}
    found = engine.collect(engine.arrivals(given, ["m"]))
    assert sorted((row["month"], row["delay"], row["value"]) for row in found) == [
        (24299, 2, D("2.00")), (24300, 1, D("1.00")), (24311, 0, D("8.00")),
    ]  # fmt: skip


def total(month: int, value: str, territory: str = "93") -> dict:
    return {"measure": "m", "level": "cnam", "territory": territory, "month": month, "value": D(value)}


def windows(sums, step: int, window: int) -> dict[tuple[str, int], Decimal]:
    found = engine.collect(engine.windows(sums, 24300, 24307, step, window))
    return {(row["territory"], row["month"]): row["value"] for row in found}


def test_a_window_counts_months_not_rows(table):
    sums = table([total(24300, "1.00"), total(24303, "2.00"), total(24304, "-4.00")], SUMS)
    expected = {24302: "1.00", 24303: "2.00", 24304: "-2.00", 24305: "-2.00", 24306: "-4.00", 24307: "0.00"}
    assert windows(sums, 1, 3) == {("93", month): D(value) for month, value in expected.items()}


def test_a_place_without_any_row_in_a_period_counts_zero(table):
    sums = table([total(24301, "1.00"), total(24307, "2.00", "11")], SUMS)
    assert windows(sums, 3, 3) == {
        ("93", 24302): D("1.00"), ("93", 24305): D("0.00"), ("11", 24302): D("0.00"), ("11", 24305): D("0.00"),
    }  # fmt: skip


def test_a_quotient_of_doubles_has_the_same_bits_and_a_zero_divisor_is_blank(connection, table):
    rows = table([total(1, "1.00"), total(3, "2.00"), total(0, "5.00"), total(7, "-22.00")], SUMS)
    divided = rows.value.cast("float64") / rows.month.cast("float64").nullif(0.0)
    found = engine.collect(rows.select("month", share=divided))
    shares = {row["month"]: None if row["share"] is None else row["share"].hex() for row in found}
    assert shares == {
        1: "0x1.0000000000000p+0", 3: "0x1.5555555555555p-1", 0: None, 7: "-0x1.9249249249249p+1",
    }  # fmt: skip


def test_rows_in_memory_keep_their_decimals(connection):
    import pandas

    rows = pandas.DataFrame({"code": ["01", "2A"], "amount": [D("0.10"), D("-9999999999999999.99")]})
    given = engine.in_memory(rows)
    found = connection.to_pyarrow(
        given.select("code", doubled=given.amount.cast("decimal(18, 2)").cast(engine.SUM) * 2)
    )
    assert {row["code"]: row["doubled"] for row in found.to_pylist()} == {
        "01": D("0.20"), "2A": D("-19999999999999999.98"),
    }  # fmt: skip


def test_the_name_of_a_folder_adds_no_column_and_may_have_spaces(connection, tmp_path):
    folder = tmp_path / "données de l’année 2025" / "year=2023"
    folder.mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.table({"YEAR": ["2024"], "N": [1]}), folder / "part.parquet")
    assert engine.collect(engine.read(connection, [folder / "part.parquet"])) == [{"YEAR": "2024", "N": 1}]


def test_facts_of_yearly_parts_take_the_year_of_their_file(connection, tmp_path):
    from dataclasses import replace

    source = replace(SOURCE, grain="year", places={"residence": "PLACE"})
    parts = {}
    for year, amount in (("2023", "1.25"), ("2024", "-2.50")):
        parts[year] = tmp_path / f"year={year}" / "part.parquet"
        parts[year].parent.mkdir()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([PLAIN | {"AMOUNT": D(amount)}], TYPES), parts[year])
    out, found = tmp_path / "out.parquet", {}
    for period in engine.FactMaker(source, [measure("all")], connection).write(parts, out):
        found[period] = [
            (r["care_period"], r["flux_period"], r["value"]) for r in engine.collect(ibis.read_parquet(out))
        ]
    assert found == {"2023": [("2023", "2023", D("1.25"))], "2024": [("2024", "2024", D("-2.50"))]}


# --- whole folders -------------------------------------------------------------------------------


def test_the_publication_has_the_same_bytes(address, country, tmp_path):
    where = address("sail")  # Spark does the same in test_standalone.py
    other, own = (months(country, tmp_path / engine, 14) for engine in ("duckdb", "sail"))
    first, second = build.build(other), build.build(own, engine="spark", address=where)
    assert first == second  # the engine is no part of the version
    assert first.rows > 0
    assert publication(own) == publication(other)
    assert facts_of(own) == facts_of(other)


@pytest.mark.parametrize("name", SERVERS)
def test_facts_of_two_engines_go_together(name, address, country, tmp_path):
    where, other, own = address(name), months(country, tmp_path / "duckdb", 13), months(country, tmp_path / name, 13)
    build.build(other)
    build.build(own)
    for source, key in (("open_damir", "202506"), ("open_medic", "2024"), ("insee_population", "2025")):
        forget(own, source, key)
    built = build.build(own, engine="spark", address=where)
    assert built.facts_made == 3
    assert publication(own) == publication(other)


@pytest.mark.parametrize("name", SERVERS)
def test_a_cluster_that_does_not_see_the_same_files_is_refused(name, address, tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, rows in ((here, [1, 2, 3]), (there, [1, 2])):
        folder.mkdir()
        pyarrow.parquet.write_table(pyarrow.table({"N": rows}), folder / "part.parquet")
    connection = engine.connect("spark", address(name))
    monkeypatch.setattr(spark, "_uri", lambda path: f"file://{there}/{path.split('/')[-1]}")
    with pytest.raises(EngineError, match="lit 2 lignes où cette machine en lit 3"):
        engine.read(connection, [here / "part.parquet"])
    (there / "part.parquet").unlink()
    with pytest.raises(EngineError, match=r"lit 0 lignes où cette machine en lit 3|a échoué : \[PATH_NOT_FOUND\]"):
        engine.read(connection, [here / "part.parquet"])
    connection.disconnect()


@pytest.mark.parametrize("name", SERVERS)
def test_a_damaged_part_is_one_sentence_and_the_folder_is_as_before(name, address, country, tmp_path):
    where, folder = address(name), months(country, tmp_path / name, 2)
    held = lake.Lake(folder)
    part = next(iter(held.parts("open_damir").values()))
    (folder / "lake" / part["path"]).write_bytes(b"PAR1 nothing")
    part["parquet_sha256"] = lake.digest(folder / "lake" / part["path"])  # or it would be seen before Spark is asked
    write_manifest(folder, held.manifest)
    before = fingerprint(folder)
    with pytest.raises(
        EngineError, match=r"^Spark \(sc://127\.0\.0\.1:\d+\) a échoué : .*le dossier n’a pas changé\.$"
    ):
        build.build(folder, engine="spark", address=where)
    assert fingerprint(folder) == before
