"""Spending split between prices, quantities and what is bought: indices, indicators, price-volume-mix."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, aligned, counts, maybe_missing, refuse, same_length

UNCHANGED = ("limit", "missing")


class Products(NamedTuple):
    """Prices and quantities of two periods, one element per product."""

    price0: Floats
    quantity0: Floats
    price1: Floats
    quantity1: Floats


class Indices(NamedTuple):
    """Ratios of the second period to the first, over products bought in both; NaN where there is none."""

    laspeyres: float
    paasche: float
    fisher: float
    tornqvist: float
    variant: str


class Indicators(NamedTuple):
    """Changes in the unit of the amounts, over products bought in both periods."""

    laspeyres: float
    paasche: float
    bennet: float
    montgomery: float
    variant: str


class Mix(NamedTuple):
    """Parts of a change of spending, which sum to it; indices over products bought in both periods."""

    before: float
    after: float
    entries: float
    exits: float
    volume: float
    mix: float
    price: float
    value_index: float
    quantity_index: float
    structure_index: float
    price_index: float
    variant: str


class ExactMix(NamedTuple):
    """Parts of a change of spending, decimals that sum to it to the last digit."""

    before: Decimal
    after: Decimal
    entries: Decimal
    exits: Decimal
    volume: Decimal
    mix: Decimal
    price: Decimal
    variant: str


def products(price0: ArrayLike, quantity0: ArrayLike, price1: ArrayLike, quantity1: ArrayLike) -> Products:
    """Checked products: quantities of zero or more, a price above zero wherever something was bought.

    The price of what was not bought may be missing and is not read.

    Examples
    --------
    >>> products([2, None], [10, 0], [3, 4], [8, 5]).price0
    array([ 2., nan])
    """
    quantity0, quantity1 = counts("quantity0", quantity0), counts("quantity1", quantity1)
    price0, price1 = maybe_missing("price0", price0), maybe_missing("price1", price1)
    same_length(price0=price0, quantity0=quantity0, price1=price1, quantity1=quantity1)
    told = Products(*np.broadcast_arrays(price0, quantity0, price1, quantity1))
    for name, price, quantity in (("price0", told.price0, told.quantity0), ("price1", told.price1, told.quantity1)):
        wrong = (quantity > 0) & ~((price > 0) & np.isfinite(price))
        refuse(name, wrong, "un prix supérieur à zéro est attendu de ce qui est acheté")
    return told


def price_indices(bought: Products) -> Indices:
    """Prices of the second period over those of the first: Laspeyres, Paasche, Fisher, Törnqvist.

    References
    ----------
    ILO, IMF, OECD, Eurostat, UNECE, World Bank (2004), Consumer price index manual, ch. 15-16.

    Examples
    --------
    >>> [round(index, 3) for index in price_indices(products([2, 5], [10, 4], [3, 5], [8, 6]))[:2]]
    [1.25, 1.174]
    """
    return _indices(_matched(bought))


def quantity_indices(bought: Products) -> Indices:
    """Quantities of the second period over those of the first, at given prices: the same four formulas.

    Examples
    --------
    >>> quantity_indices(products([2, 5], [10, 4], [3, 5], [8, 6])).laspeyres
    1.15
    """
    return _indices(_swapped(_matched(bought)))


def price_indicators(bought: Products, unchanged: str = "limit") -> Indicators:
    """What the change of prices added to the amount.

    Laspeyres goes with the Paasche quantity indicator, and the reverse; Bennet and Montgomery each go
    with their own: price and quantity then sum to the change of amount. Montgomery weighs by the
    logarithmic mean of a product's two amounts; where they are equal it is that amount (`limit`), or the
    indicator is missing, as in software that divides 0 by 0 (`missing`).

    References
    ----------
    Bennet TL (1920), J R Stat Soc 83:455-462. Montgomery JK (1937), The mathematical problem of the price
    index, P.S. King. Diewert WE (2005), Rev Income Wealth 51:1-33.

    Examples
    --------
    >>> price_indicators(products([2, 5], [10, 4], [3, 5], [8, 6])).bennet
    9.0
    """
    return _indicators(_matched(bought), unchanged)


def quantity_indicators(bought: Products, unchanged: str = "limit") -> Indicators:
    """What the change of quantities added to the amount; see `price_indicators`.

    Examples
    --------
    >>> quantity_indicators(products([2, 5], [10, 4], [3, 5], [8, 6])).bennet
    5.0
    """
    return _indicators(_swapped(_matched(bought)), unchanged)


def value_change(bought: Products) -> float:
    """Change of the amount spent on products bought in both periods.

    Examples
    --------
    >>> value_change(products([2, 5], [10, 4], [3, 5], [8, 6]))
    14.0
    """
    kept = _matched(bought)
    return float((kept.price1 * kept.quantity1 - kept.price0 * kept.quantity0).sum())


def price_volume_mix(bought: Products) -> Mix:
    """Change of spending by quantity, by what is bought and by price; products that enter or leave apart.

    Volume is the change of total quantity at the first mean price, mix what the new choice of products
    costs at first prices, price the change of price of what is now bought. Quantities must be in one unit.
    The parts sum to the change up to the rounding of floats; `exact_price_volume_mix` to the cent.

    Examples
    --------
    >>> found = price_volume_mix(products([2, 5], [10, 4], [3, 5], [8, 6]))
    >>> [round(part, 2) for part in (found.volume, found.mix, found.price)]
    [0.0, 6.0, 8.0]
    """
    amount0, amount1 = (_amount(bought.price0, bought.quantity0), _amount(bought.price1, bought.quantity1))
    kept = _matched(bought)
    both = (bought.quantity0 > 0) & (bought.quantity1 > 0)
    first, last = float(amount0[both].sum()), float(amount1[both].sum())
    at_first_prices = float((kept.price0 * kept.quantity1).sum())
    growth = float(kept.quantity1.sum() / kept.quantity0.sum()) if both.any() else np.nan
    at_first_mean = first * growth if both.any() else 0.0
    return Mix(
        before=float(amount0.sum()),
        after=float(amount1.sum()),
        entries=float(amount1[~both].sum()),
        exits=-float(amount0[~both].sum()),
        volume=at_first_mean - first,
        mix=at_first_prices - at_first_mean,
        price=last - at_first_prices,
        value_index=_ratio(last, first),
        quantity_index=growth,
        structure_index=_ratio(at_first_prices, at_first_mean),
        price_index=_ratio(last, at_first_prices),
        variant="paasche_price",
    )


def exact_price_volume_mix(
    amount0: Sequence[Decimal],
    quantity0: Sequence[Decimal | int],
    amount1: Sequence[Decimal],
    quantity1: Sequence[Decimal | int],
    places: int = 2,
) -> ExactMix:
    """The parts of `price_volume_mix` from the amounts themselves, as decimals that sum to the change exactly.

    Only the two amounts in between (first spending at the new quantity, then with the new choice of
    products) are rounded, to `places`; parts are differences of neighbours, so that nothing is lost.

    Examples
    --------
    >>> cents = [Decimal("10.00"), Decimal("0.05")]
    >>> found = exact_price_volume_mix(cents, [3, 1], [Decimal("7.11"), Decimal("0.07")], [2, 2])
    >>> found.volume + found.mix + found.price == found.after - found.before
    True
    """
    rows = _exact_rows(amount0, quantity0, amount1, quantity1)
    kept = [row for row in rows if row[1] and row[3]]
    first, last = _sum(row[0] for row in kept), _sum(row[2] for row in kept)
    total0, total1 = _sum(row[1] for row in kept), _sum(row[3] for row in kept)
    at_first_mean = round(first * total1 / total0, places) if kept else Decimal(0)
    at_first_prices = round(_sum(row[0] * row[3] / row[1] for row in kept), places) if kept else Decimal(0)
    before, after = _sum(row[0] for row in rows), _sum(row[2] for row in rows)
    return ExactMix(
        before=before,
        after=after,
        entries=after - last,
        exits=first - before,
        volume=at_first_mean - first,
        mix=at_first_prices - at_first_mean,
        price=last - at_first_prices,
        variant="paasche_price",
    )


def _matched(bought: Products) -> Products:
    both = (bought.quantity0 > 0) & (bought.quantity1 > 0)
    return Products(*(array[both] for array in bought))


def _swapped(kept: Products) -> Products:
    """Quantities for prices: a quantity index is a price index of the two exchanged."""
    return Products(kept.quantity0, kept.price0, kept.quantity1, kept.price1)


def _indices(kept: Products) -> Indices:
    price0, quantity0, price1, quantity1 = kept
    if not price0.size:
        return Indices(np.nan, np.nan, np.nan, np.nan, "matched")
    first, last = price0 * quantity0, price1 * quantity1
    laspeyres = float((price1 * quantity0).sum() / first.sum())
    paasche = float(last.sum() / (price0 * quantity1).sum())
    weights = (first / first.sum() + last / last.sum()) / 2
    tornqvist = float(np.exp((weights * np.log(price1 / price0)).sum()))
    return Indices(laspeyres, paasche, float(np.sqrt(laspeyres * paasche)), tornqvist, "matched")


def _indicators(kept: Products, unchanged: str) -> Indicators:
    if unchanged not in UNCHANGED:
        raise ArgumentError(f"unchanged : {not_allowed(unchanged, UNCHANGED)}")
    price0, quantity0, price1, quantity1 = kept
    moved = price1 - price0
    laspeyres, paasche = float((moved * quantity0).sum()), float((moved * quantity1).sum())
    means = _logarithmic_mean(price0 * quantity0, price1 * quantity1, unchanged)
    montgomery = float((means * np.log(price1 / price0)).sum())
    return Indicators(laspeyres, paasche, (laspeyres + paasche) / 2, montgomery, unchanged)


def _logarithmic_mean(first: Floats, last: Floats, unchanged: str) -> Floats:
    distance = np.log(last / first)
    equal = distance == 0
    mean = first * np.expm1(distance) / np.where(equal, 1.0, distance)
    return np.where(equal, first if unchanged == "limit" else np.nan, mean)


def _amount(price: Floats, quantity: Floats) -> Floats:
    return np.where(quantity > 0, price, 0.0) * quantity


def _ratio(last: float, first: float) -> float:
    return last / first if first else np.nan


def _exact_rows(*columns: Sequence) -> list[tuple]:
    names = ("amount0", "quantity0", "amount1", "quantity1")
    aligned(**dict(zip(names, columns, strict=True)))
    for name, column in zip(names, columns, strict=True):
        _refuse_inexact(name, column, whole_too=name.startswith("quantity"))
    rows = list(zip(*columns, strict=True))
    for period, name in ((0, "amount0"), (2, "amount1")):
        wrong = [bool(row[period]) and not row[period + 1] for row in rows]
        refuse(name, np.array(wrong, dtype=bool), "un montant sans quantité n’est pas admis")
    return rows


def _refuse_inexact(name: str, column: Sequence, whole_too: bool) -> None:
    admitted = (Decimal, int) if whole_too else Decimal
    wrong: NDArray[np.bool_] = np.array([not isinstance(one, admitted) for one in column], dtype=bool)
    refuse(name, wrong, "un nombre décimal exact est attendu")
    refuse(name, np.array([one < 0 or one != one for one in column], dtype=bool), "un nombre négatif n’est pas admis")


def _sum(values: object) -> Decimal:
    return sum(values, Decimal(0))
