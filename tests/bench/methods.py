"""How long the methods with a closed form take for many units at once: one JSON line, seconds by method."""

import json
import time

import numpy as np

UNITS = 100_000
STRATA = [f"{sex}:{band}" for sex in "12" for band in ("0-19", "20-39", "40-59", "60+")]


def forms() -> dict:
    """Each closed form as a call on so many units; everything is drawn from one seed."""
    from indicators.methods import (
        contributions,
        deciles,
        estimates,
        funnels,
        growth,
        outliers,
        overdispersion,
        proportions,
        quantiles,
        rates,
        ratios,
        shrinkage,
        standardised,
    )

    draw = np.random.default_rng(1)
    people = draw.integers(500, 5000, UNITS).astype(float)
    events, others = draw.binomial(people.astype(int), 0.1) + 1.0, draw.binomial(people.astype(int), 0.1) + 1.0
    cells = draw.poisson(20, (len(STRATA), UNITS)) + 1.0
    sizes = draw.integers(500, 5000, (len(STRATA), UNITS)).astype(float)
    standard, expected = dict.fromkeys(STRATA, 1000.0), people * 0.1
    return {
        "Wilson": lambda: proportions.proportion(events, people),
        "Clopper-Pearson": lambda: proportions.proportion(events, people, variant="exact"),
        "taux, exact puis Byar": lambda: rates.rate(events, people),
        "rapport de taux, Wald": lambda: ratios.rate_ratio(events, people, others, people, variant="wald"),
        "standardisation directe, 8 strates": lambda: standardised.direct(STRATA, cells, sizes, standard),
        "standardisation directe, Fay-Feuer": lambda: standardised.direct(
            STRATA, cells, sizes, standard, variant="fay_feuer"
        ),
        "standardisation indirecte": lambda: standardised.indirect_ratio(STRATA, cells, sizes, standard, standard),
        "entonnoir, proportion": lambda: funnels.proportion_funnel(events, people),
        "entonnoir, rapport": lambda: funnels.ratio_funnel(events, expected),
        "entonnoir surdispersé": lambda: overdispersion.overdispersed_funnel(events, people, "proportion"),
        "rétrécissement bayésien": lambda: shrinkage.poisson_gamma(events, expected),
        "déciles d’une mesure": lambda: deciles.measure_deciles(events, people),
        "groupes de quantiles": lambda: quantiles.quantile_groups(events),
        "z robuste": lambda: outliers.robust_scores(events),
        "évolution": lambda: growth.change(events, others),
        "contributions": lambda: contributions.contributions(events, others),
        "moyenne et quotient": lambda: estimates.quotient(events, people),
    }


def main() -> None:
    """The best of three calls of each, the first of which imports what it needs."""
    found = {}
    for name, call in forms().items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        found[name] = min(times)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
