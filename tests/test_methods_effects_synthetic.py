"""A synthetic control: what must hold for any data, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import ArgumentError
from indicators.methods.synthetic_control import from_outcomes, from_predictors, window_mean

often = settings(max_examples=50, deadline=None, derandomize=True)
seldom = settings(often, max_examples=8)  # each search for importances takes a tenth of a second or more
seeds = st.integers(0, 2**32 - 1)


def regions(seed, donors=6, periods=10, before=7):
    random = np.random.default_rng(seed)
    table = 100 + random.normal(0, 10, donors) + random.normal(0, 2, (periods, donors)).cumsum(axis=0)
    weights = random.dirichlet(np.ones(donors))
    return table @ weights + random.normal(0, 1, periods), table, np.arange(periods) < before, weights


@given(seeds)
@seldom
def test_weights_are_shares(seed):
    treated, donors, before, _ = regions(seed)
    predictors = np.array([treated[before].mean(), treated[3]]), np.array([donors[before].mean(axis=0), donors[3]])
    for found in (from_outcomes(treated, donors, before), from_predictors(treated, donors, before, *predictors)):
        assert (found.weights >= 0).all()
        assert found.weights.sum() == pytest.approx(1, abs=1e-12)
        assert found.gaps == pytest.approx(treated - donors @ found.weights)
        assert found.mean_gap_after == pytest.approx(found.gaps[~before].mean())


@given(seeds)
@often
def test_no_other_mixture_fits_the_past_better(seed):
    treated, donors, before, planted = regions(seed)
    best = from_outcomes(treated, donors, before).mean_square_before
    others = np.vstack([planted, np.random.default_rng(seed).dirichlet(np.ones(6), 200)])
    assert (((treated - others @ donors.T)[:, before] ** 2).mean(axis=1) >= best - 1e-6).all()


@given(seeds, st.floats(-20, 20))
@often
def test_a_planted_mixture_and_its_effect_are_found_again(seed, effect):
    _, donors, before, weights = regions(seed, donors=4)
    found = from_outcomes(donors @ weights + effect * ~before, donors, before)
    assert found.weights == pytest.approx(weights, abs=1e-4)
    assert found.gaps == pytest.approx(effect * ~before, abs=1e-3)


@given(seeds, st.permutations(range(6)), st.floats(0.1, 1000))
@often
def test_the_order_of_the_donors_and_the_unit_do_not_matter(seed, order, unit):
    treated, donors, before, _ = regions(seed)
    one = from_outcomes(treated, donors, before)
    other = from_outcomes(unit * treated, unit * donors[:, order], before)
    assert other.weights == pytest.approx(one.weights[order], abs=1e-6)
    assert other.gaps == pytest.approx(unit * one.gaps, rel=1e-5, abs=1e-5 * unit)


@given(seeds)
@seldom
def test_predictors_never_fit_the_past_better_than_the_outcomes_themselves(seed):
    treated, donors, before, _ = regions(seed)
    best = from_outcomes(treated, donors, before)
    found = from_predictors(treated, donors, before, treated[:3], donors[:3])
    assert found.mean_square_before >= best.mean_square_before - 1e-6
    assert found.importance.sum() == pytest.approx(1)
    assert (found.importance >= 0).all()


def test_a_predictor_may_have_holes_but_not_be_all_missing():
    assert window_mean([1, None, 3, 9], [True, True, True, False]).tolist() == [2]
    with pytest.raises(ArgumentError, match="values : aucune valeur dans la fenêtre choisie"):
        window_mean([[1, None], [2, None]], [True, True])


T, D, B = [2, 3, 9], [[1, 5], [2, 6], [3, 7]], [True, True, False]
CONTROL = {
    "treated : valeur manquante ou infinie .position 0.": {"treated": [None, 3, 9]},
    "donors : valeur manquante ou infinie .position 2.": {"donors": [[1, 5], [2, 6], [3, None]]},
    "donors : un tableau d’une ligne par période .3.": {"donors": D[:2]},
    "donors : au moins 2 unités non traitées sont attendues, 1 donnée": {"donors": [[1], [2], [3]]},
    "before : un vrai ou faux par période .3.": {"before": [True, False]},
    "avant l’action et 1 après sont attendues, 3 et 0 donnée": {"before": [True] * 3},
    "avant l’action et 1 après sont attendues, 1 et 2 donnée": {"before": [True, False, False]},
}


@pytest.mark.parametrize("sentence", CONTROL)
def test_a_wrong_synthetic_control_is_refused_in_a_sentence(sentence):
    given = {"treated": T, "donors": D, "before": B} | CONTROL[sentence]
    with pytest.raises(ArgumentError, match=sentence):
        from_outcomes(**given)
    with pytest.raises(ArgumentError, match=sentence):
        from_predictors(**given, treated_predictors=[1], donor_predictors=[[1, 2]])


@pytest.mark.parametrize(
    ("own", "others", "sentence"),
    [
        ([1], [[1, 1]], "donor_predictors : prédicteur identique pour toutes les unités .position 0."),
        ([1, 2], [[1, 2]], "donor_predictors : un tableau d’une ligne par prédicteur .2."),
        ([1], [[1, 2, 3]], "Longueurs différentes : donors 2, donor_predictors 3"),
        ([None], [[1, 2]], "treated_predictors : valeur manquante"),
    ],
)
def test_wrong_predictors_are_refused_in_a_sentence(own, others, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        from_predictors(T, D, B, own, others)
