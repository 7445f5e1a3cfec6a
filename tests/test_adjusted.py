"""Strata of age and sex: their bands, their reference, and the figures made of them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators import adjusted, bands, catalogue, reference
from indicators.catalogue import Stratum
from indicators.errors import DefinitionError
from indicators.sources import SOURCES

CATALOGUE = catalogue.load()
STANDARDISED = [entry for entry in CATALOGUE.indicators.values() if entry.standardise]
STRATA = [Stratum(sex, band, (), ()) for sex in bands.SEXES for band in ("0-19", "20-59", "60+")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [("open_damir", ["0-19", "20-39", "40-59", "60+"]), ("open_medic", ["0-19", "20-59", "60+"])],
)
def test_a_source_and_the_reference_share_these_bands(source, expected):
    assert bands.shared(bands.known(SOURCES[source].ages).values(), reference.ages()) == expected


def test_every_band_of_a_source_lies_in_one_shared_band():
    for name in ("open_damir", "open_medic", "insee_population"):
        own = bands.known(SOURCES[name].ages).values()
        shared = bands.shared(own, reference.ages())
        assert [sum(bands.within(band, wider) for wider in shared) for band in own] == [1] * len(own)


def test_the_reference_is_the_whole_country():
    people = sum(reference.people(sex, band) for sex in bands.SEXES for band in reference.ages())
    assert people == 68_605_616  # printed by INSEE on the sheet of the end of 2024


def test_a_standardised_entry_counts_only_the_ages_of_its_population():
    labels = [stratum.label for stratum in CATALOGUE.strata["sick_pay_illness_days_standardised"]]
    assert labels == ["1:20-39", "1:40-59", "2:20-39", "2:40-59"]


@pytest.mark.parametrize("entry", STANDARDISED, ids=lambda entry: entry.id)
def test_a_stratum_is_the_measure_with_two_more_conditions(entry):
    for stratum in CATALOGUE.strata[entry.id]:
        for name in stratum.numerator:
            part, whole = CATALOGUE.measures[name], CATALOGUE.measures[name.partition("@")[0]]
            added = {condition.column: condition.codes for condition in part.where[len(whole.where) :]}
            source = SOURCES[part.source]
            assert part.where[: len(whole.where)] == whole.where
            assert added[source.sex] == (stratum.sex,)
            assert {source.ages[code] for code in added[source.age]} == {
                band for band in source.ages.values() if band != "?" and bands.within(band, stratum.band)
            }


def test_a_measure_that_keeps_part_of_a_band_is_refused():
    entry = CATALOGUE.indicator("transport_trips_standardised")
    trips = CATALOGUE.measures["transport_trips"]
    young = dataclasses.replace(trips, where=(*trips.where, catalogue.Condition("AGE_BEN_SNDS", (), ("20",))))
    with pytest.raises(DefinitionError, match="ne compte qu’une partie des 20-39 ans"):
        list(catalogue._strata(entry, {**CATALOGUE.measures, "transport_trips": young}))


def _made(method: str, events, people, france_events=None, france_people=None):
    cells = [np.asarray(cell, dtype="float64").reshape(len(STRATA), -1) for cell in (events, people)]
    france = [np.asarray(cell if cell is not None else own, dtype="float64").reshape(cells[0].shape)
              for cell, own in zip((france_events, france_people), cells, strict=True)]  # fmt: skip
    entry = next(entry for entry in STANDARDISED if entry.method == method)
    entry = dataclasses.replace(entry, per=1000.0)
    return adjusted.estimated(entry, adjusted.of(STRATA, *cells, *france))


PEOPLE = st.lists(st.integers(100, 10_000), min_size=6, max_size=6)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(PEOPLE, st.floats(0.05, 3))
def test_the_same_rate_in_every_stratum_is_the_crude_rate(people, rate):
    events = [rate * count for count in people]
    for method in ("rate", "amount_rate"):
        assert _made(method, events, people).value[0] == pytest.approx(1000 * rate, rel=1e-12)
    assert _made("isr", events, people).value[0] == pytest.approx(100, rel=1e-12)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(PEOPLE, st.lists(st.integers(5, 90), min_size=6, max_size=6))
def test_the_order_of_strata_and_of_places_changes_nothing(people, events):
    straight = _made("rate", np.array([events, events[::-1]]).T, np.array([people, people[::-1]]).T)
    crossed = _made("rate", np.array([events[::-1], events]).T, np.array([people[::-1], people]).T)
    assert straight.value.tolist() == crossed.value[::-1].tolist()


@pytest.mark.parametrize("method", ["rate", "amount_rate", "isr"])
def test_a_figure_alone_has_the_bits_that_it_has_among_others(method):
    draw = np.random.default_rng(3)
    events, people = draw.integers(10, 900, (6, 41)), draw.integers(1000, 9000, (6, 41))
    france = [np.repeat(table.sum(axis=1, keepdims=True), 41, axis=1) for table in (events, people)]
    together = _made(method, events, people, *france)
    for place in range(41):
        alone = _made(method, *(table[:, place] for table in (events, people, *france)))
        for name in ("value", "lower", "upper"):
            assert repr(getattr(alone, name)[0]) == repr(getattr(together, name)[place])


@pytest.mark.parametrize("method", ["rate", "amount_rate", "isr"])
def test_a_stratum_without_people_or_with_a_negative_sum_gives_no_number(method):
    events, people = [20.0] * 6, [1000.0] * 6
    assert np.isnan(_made(method, events, [*people[:5], 0.0]).value[0])
    assert np.isnan(_made(method, events, [*people[:5], np.nan]).value[0])
    assert np.isnan(_made(method, [*events[:5], -1.0], people).value[0])


def test_an_isr_holds_each_place_against_france_at_its_own_time():
    events = np.array([[10.0] * 6, [10.0] * 6]).T
    france = np.array([[100.0] * 6, [200.0] * 6]).T
    found = _made("isr", events, np.full((6, 2), 1000.0), france, np.full((6, 2), 10_000.0))
    assert found.value.tolist() == [100.0, 50.0]


def test_what_part_of_the_events_has_a_known_age_and_sex():
    strata = adjusted.of(STRATA, *[np.full((6, 3), 10.0)] * 4)
    assert strata.known(np.array([60.0, 80.0, 0.0])).tolist() == [1.0, 0.75, 1.0]
