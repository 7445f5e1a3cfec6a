"""The months to come, with the interval that goes with them, and where a target stands in it."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.errors import ArgumentError, not_allowed
from indicators.methods.arguments import Floats, numbers, positive, share, whole

SIMULATIONS, SEED = 2000, 20240101  # paths behind the interval of an ETS model without a formula
ABOVE, WITHIN, BELOW = "above", "within", "below"
SEASONS = ("additive", "multiplicative", "none")
FIRST_WEIGHTS = (0.3, 0.6)  # of the level, beside statsmodels' own first guess
ETS_PARTS = {"A": "add", "M": "mul", "N": None, "Ad": "add", "Md": "mul"}
ETS_MODELS = ("AAA", "AAdA", "AAN", "ANA", "ANN", "MAM", "MAdM", "MAN", "MNM", "MNN")


class Forecast(NamedTuple):
    """One value per month ahead: value, bounds, and the normal law behind them (`centre`, `spread`).

    The law is that of the logarithms where `log`; `value` is then its median, in the unit of the series.
    """

    value: Floats
    lower: Floats
    upper: Floats
    centre: Floats
    spread: Floats
    log: bool
    variant: str


class Standing(NamedTuple):
    """Chance that the month ends above the target, and where the interval stands: above, within, below."""

    chance_above: Floats
    position: NDArray[np.str_]
    variant: str


class HoltWinters(NamedTuple):
    """States after the last observation, the season from the first month ahead, and the squared errors made."""

    forecast: Forecast
    level: float
    trend: float
    seasonal: Floats
    squared_errors: float
    variant: str


class Arima(NamedTuple):
    """Coefficients under the names of their lags (`ma1`, `sma1`, `ar1`, `sar1`, `intercept`)."""

    forecast: Forecast
    coefficients: dict[str, float]
    variance: float
    log_likelihood: float
    variant: str


def seasonal_naive(values: ArrayLike, period: int, horizon: int, confidence: float = 0.95) -> Forecast:
    """Each month ahead repeats the same month of the last cycle.

    The spread is the root mean square of past changes over one cycle, times the square root of the number
    of cycles ahead.

    References
    ----------
    Hyndman RJ, Athanasopoulos G (2021), Forecasting: principles and practice, 3rd ed., sections 5.2 and 5.5.

    Examples
    --------
    >>> seasonal_naive([10, 20, 12, 22], period=2, horizon=3).value
    array([12., 22., 12.])
    """
    values, period, horizon = numbers("values", values), whole("period", period), whole("horizon", horizon)
    _at_least(values, period + 1)
    ahead = np.arange(horizon)
    changes = values[period:] - values[:-period]
    spread = np.sqrt((changes**2).mean() * (ahead // period + 1))
    return _forecast(values[-period:][ahead % period], spread, confidence, "seasonal_naive")


def drift(values: ArrayLike, horizon: int, confidence: float = 0.95) -> Forecast:
    """The last value, moved on by the mean past change for each month ahead.

    The spread counts the error of that mean; three values at least.

    References
    ----------
    Hyndman RJ, Athanasopoulos G (2021), Forecasting: principles and practice, 3rd ed., sections 5.2 and 5.5.

    Examples
    --------
    >>> drift([10, 12, 13, 16], horizon=2).value
    array([18., 20.])
    """
    values, horizon = numbers("values", values), whole("horizon", horizon)
    _at_least(values, 3)
    changes = np.diff(values)
    steps = np.arange(1, horizon + 1)
    variance = changes.var(ddof=1)
    spread = np.sqrt(variance * steps * (1 + steps / len(changes)))
    return _forecast(values[-1] + steps * changes.mean(), spread, confidence, "drift")


class Weights(NamedTuple):
    """How much a new observation moves the level, the trend and the season, from 0 to 1; None: no such state."""

    level: float
    trend: float | None = None
    seasonal: float | None = None


class States(NamedTuple):
    """States just before observation `first` (from 0); the season by place in the cycle of observation 0."""

    level: float
    trend: float = 0.0
    seasonal: ArrayLike = ()
    first: int = 0


def holt_winters(
    values: ArrayLike,
    horizon: int,
    weights: Weights,
    start: States,
    season: str = "none",
    confidence: float = 0.95,
) -> HoltWinters:
    """Level, trend and season moved on by each observation, weights and first states given.

    Nothing is estimated here: `ets` does. The spread is that of the recursion's errors carried ahead.

    References
    ----------
    Winters PR (1960), Manage Sci 6:324-342. Yar M, Chatfield C (1990), Int J Forecast 6:127-137 (additive);
    Chatfield C, Yar M (1991), Int J Forecast 7:31-37 (multiplicative).

    Examples
    --------
    >>> holt_winters([12, 14, 16], 2, Weights(0.5, 0.5), States(10, 2)).forecast.value
    array([18., 20.])
    """
    values, horizon = numbers("values", values), whole("horizon", horizon)
    seasonal = _first_season(start, season, weights)
    first = whole("start.first", start.first, 0)
    _at_least(values, first + 1)
    _refuse_weights(weights)
    moves = (weights.level, weights.trend or 0.0, weights.seasonal or 0.0)
    level, trend, errors = float(start.level), float(start.trend), []
    for t in range(first, len(values)):
        place = t % len(seasonal)
        level, trend, seasonal[place], error = _moved(values[t], level, trend, seasonal[place], moves, season)
        errors.append(error)
    to_come = np.roll(seasonal, -(len(values) % len(seasonal)))
    centre, spread = _carried(level, trend, to_come, moves, season, horizon, np.array(errors))
    law = _forecast(centre, spread, confidence, "holt_winters")
    trend, squares = trend if weights.trend is not None else np.nan, float(np.square(errors).sum())
    return HoltWinters(law, level, trend, to_come, squares, season)


def _moved(
    value: float, level: float, trend: float, seasonal: float, moves: tuple[float, float, float], season: str
) -> tuple[float, float, float, float]:
    """The states after one observation, and the error of its forecast."""
    alpha, beta, gamma = moves
    multiplied = season == "multiplicative"
    expected = (level + trend) * seasonal if multiplied else level + trend + seasonal
    without_season = value / seasonal if multiplied else value - seasonal
    new = alpha * without_season + (1 - alpha) * (level + trend)
    own = value / new if multiplied else value - new
    return new, beta * (new - level) + (1 - beta) * trend, gamma * own + (1 - gamma) * seasonal, value - expected


def _carried(
    level: float,
    trend: float,
    to_come: Floats,
    moves: tuple[float, float, float],
    season: str,
    horizon: int,
    errors: Floats,
) -> tuple[Floats, Floats]:
    """Centre and spread of each month ahead, from the states and the mean squared error."""
    alpha, beta, gamma = moves
    period, steps = len(to_come), np.arange(horizon)
    centre, seasonal = level + (steps + 1) * trend, to_come[steps % period]
    again = (steps % period == 0) if season != "none" else np.zeros(horizon, dtype=bool)
    carried = np.where(steps == 0, 1.0, alpha * (1 + steps * beta) + again * gamma * (1 - alpha))
    variance = (errors**2).mean()
    if season != "multiplicative":
        return centre + seasonal, np.sqrt(variance * np.cumsum(carried**2))
    # An error made j months before is carried in proportion to the two months' seasons.
    grown = [((carried[: h + 1] * seasonal[h] / seasonal[h::-1]) ** 2).sum() for h in range(horizon)]
    return centre * seasonal, np.sqrt(variance * np.array(grown))


def _first_season(start: States, season: str, weights: Weights) -> Floats:
    if season not in SEASONS:
        raise ArgumentError(f"season : {not_allowed(season, SEASONS)}")
    if season == "none":
        return np.zeros(1)
    if weights.seasonal is None or np.size(start.seasonal) < 2:
        raise ArgumentError("start.seasonal : un poids et deux valeurs au moins sont attendus pour une saison.")
    accepted = positive if season == "multiplicative" else numbers
    return accepted("start.seasonal", start.seasonal).copy()


def _refuse_weights(weights: Weights) -> None:
    for name, weight in weights._asdict().items():
        if weight is not None and not 0 <= weight <= 1:
            raise ArgumentError(f"weights.{name} : un nombre de 0 à 1 est attendu, {weight} donné.")


def ets(values: ArrayLike, period: int, horizon: int, model: str = "AAA", confidence: float = 0.95) -> Forecast:
    """Exponential smoothing with estimated weights and first states, in the state-space form.

    `model` names error, trend and season: A (additive), M (multiplicative), N (none), Ad or Md (damped
    trend), as in MAM or A,Ad,A. The spread has a formula where all are additive; otherwise it is that of
    2,000 simulated paths, always the same ones.

    References
    ----------
    Hyndman RJ, Koehler AB, Snyder RD, Grose S (2002), Int J Forecast 18:439-454.

    Examples
    --------
    >>> ets([9, 11, 10, 9, 11, 10, 11, 9, 10, 10], period=1, horizon=2, model="ANN").value.round(1)
    array([10., 10.])
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    error, trend, damped, season = _ets_words(model)
    multiplied = "mul" in (error, trend, season)
    observed = positive("values", values) if multiplied else numbers("values", values)
    period, horizon = whole("period", period, 2 if season else 1), whole("horizon", horizon)
    _at_least(observed, max(2 * period, 4) + 1)
    cycle = {"seasonal": season, "seasonal_periods": period if season else None}
    fit, kept = _best_start(ETSModel(observed, error=error, trend=trend, damped_trend=damped, **cycle))
    if multiplied:
        paths = fit.simulate(horizon, anchor="end", repetitions=SIMULATIONS, rng=np.random.default_rng(SEED))
        spread = np.asarray(paths).std(axis=1)
    else:
        spread = _additive_spread(fit, trend, season, period, horizon)
    return _forecast(np.asarray(fit.forecast(horizon)), spread, confidence, f"ets{kept}")


def _best_start(model: Any) -> tuple[Any, str]:
    """The likeliest of the fits from several first weights: the likelihood often has more than one summit."""
    fits = [_fitted(model, disp=False)]
    usual = np.asarray(model.start_params, dtype="float64")
    weights = 1 + bool(model.trend) + bool(model.seasonal)
    for level in FIRST_WEIGHTS:
        start = usual.copy()
        start[0] = level
        start[1:weights] *= min(level, 1 - level)  # within what the level leaves to the trend and the season
        fits.append(_fitted(model, disp=False, start_params=start))
    return max(fits, key=lambda fit: fit[0].llf)


def _additive_spread(fit: Any, trend: str | None, season: str | None, period: int, horizon: int) -> Floats:
    """The errors made on the way, carried ahead by the level, the trend and the season that they moved."""
    steps = np.arange(1, horizon)
    carried = np.full(horizon - 1, float(fit.smoothing_level))
    if trend:
        damping = fit.damping_trend if fit.model.damped_trend else 1.0
        carried += fit.smoothing_trend * np.cumsum(damping**steps)
    if season:
        carried += fit.smoothing_seasonal * (steps % period == 0)
    return np.sqrt(fit.scale * np.cumsum(np.append(1.0, carried**2)))


def sarima(
    values: ArrayLike,
    horizon: int,
    order: tuple[int, int, int],
    seasonal_order: tuple[int, int, int] = (0, 0, 0),
    period: int = 1,
    log: bool = False,
    confidence: float = 0.95,
) -> Arima:
    """Seasonal ARIMA by exact maximum likelihood, of the logarithms where `log` (values above zero).

    A mean (`intercept`) is estimated only where nothing is differenced.

    References
    ----------
    Box GEP, Jenkins GM (1976), Time series analysis: forecasting and control, Holden-Day, ch. 9.
    Gardner G, Harvey AC, Phillips GDA (1980), Appl Stat 29:311-322.

    Examples
    --------
    >>> sarima([10, 12, 11, 13, 12, 14], horizon=2, order=(0, 1, 0)).forecast.value
    array([14., 14.])
    """
    from statsmodels.tsa.arima.model import ARIMA

    observed = np.log(positive("values", values)) if log else numbers("values", values)
    horizon, period = whole("horizon", horizon), whole("period", period)
    orders, seasonal = _orders("order", order), _orders("seasonal_order", seasonal_order)
    if any(seasonal) and period == 1:
        raise ArgumentError("period : au moins 2 est attendu pour une partie saisonnière.")
    _at_least(observed, sum(orders) + period * sum(seasonal) + 2)
    cycle = (*seasonal, period if any(seasonal) else 0)
    fit, kept = _fitted(ARIMA(observed, order=orders, seasonal_order=cycle))
    ahead = fit.get_forecast(horizon)
    estimated = dict(zip(fit.model.param_names, map(float, fit.params), strict=True))
    variance = estimated.pop("sigma2")
    coefficients = {_coefficient(name, period): value for name, value in estimated.items()}
    law = _forecast(np.asarray(ahead.predicted_mean), np.asarray(ahead.se_mean), confidence, f"sarima{kept}", log)
    return Arima(law, coefficients, variance, float(fit.llf), f"exact_likelihood{kept}")


def at_confidence(forecast: Forecast, confidence: float) -> Forecast:
    """The same forecast with bounds at another level of confidence.

    Examples
    --------
    >>> wider = at_confidence(drift([10, 12, 13, 16], horizon=1), 0.99)
    >>> wider.lower.round(1), wider.value
    (array([15.]), array([18.]))
    """
    return _forecast(forecast.centre, forecast.spread, confidence, forecast.variant, forecast.log)


def against(forecast: Forecast, target: ArrayLike) -> Standing:
    """Where a target stands in the interval of each month ahead, and the chance that the month ends above it.

    `target` is one number for all months or one for each, in the unit of the series. The chance is that of
    the normal law behind the forecast; 0, 0.5 or 1 where its spread is zero. `position` says where the
    whole interval is: above the target, below it, or around it (within).

    Examples
    --------
    >>> found = against(drift([10, 12, 13, 16], horizon=1), 18)
    >>> found.chance_above, found.position
    (array([0.5]), array(['within'], dtype='<U6'))
    """
    from scipy.stats import norm

    target = positive("target", target) if forecast.log else numbers("target", target)
    if target.size not in (1, forecast.value.size):
        raise ArgumentError(f"target : 1 ou {forecast.value.size} valeurs sont attendues, {target.size} données.")
    distance = forecast.centre - (np.log(target) if forecast.log else target)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(distance == 0, 0.5, norm.cdf(distance / forecast.spread))
    position = np.select([forecast.lower > target, forecast.upper < target], [ABOVE, BELOW], WITHIN)
    return Standing(chance, position, forecast.variant)


def _fitted(model: Any, **options: object) -> tuple[Any, str]:
    """An estimated model, and what to add to its variant where the search did not end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # said in the variant instead, where a reader of the figure sees it
        fit = model.fit(**options)
    return fit, "" if fit.mle_retvals["converged"] else "_not_converged"


def _forecast(centre: Floats, spread: Floats, confidence: float, variant: str, log: bool = False) -> Forecast:
    from scipy.stats import norm

    half = norm.ppf((1 + share("confidence", confidence)) / 2) * spread
    told = [np.exp(array) if log else array for array in (centre, centre - half, centre + half)]
    return Forecast(*told, centre, spread, log, variant)


def _at_least(values: Floats, size: int) -> None:
    if len(values) < size:
        raise ArgumentError(f"values : au moins {size} valeurs sont attendues, {len(values)} données.")


def _ets_words(model: str) -> tuple[str, str | None, bool, str | None]:
    """Error, trend, damping and season of MAM, A,Ad,A or ETS(M,Ad,M)."""
    letters = model.removeprefix("ETS").strip("()").replace(",", "").replace(" ", "")
    error, trend, season = letters[:1], letters[1:-1], letters[-1:]
    if error not in ("A", "M") or trend not in ETS_PARTS or season not in ("A", "M", "N"):
        raise ArgumentError(f"model : {not_allowed(model, ETS_MODELS)}")
    return ETS_PARTS[error], ETS_PARTS[trend], trend.endswith("d"), ETS_PARTS[season]


def _orders(name: str, order: tuple[int, int, int]) -> tuple[int, int, int]:
    if len(order) != 3:
        raise ArgumentError(f"{name} : trois entiers sont attendus, {len(order)} donnés.")
    return tuple(whole(name, one, 0) for one in order)


def _coefficient(name: str, period: int) -> str:
    """`ma.S.L12` as `sma1`, `ar.L2` as `ar2`, `const` as `intercept`."""
    if name == "const":
        return "intercept"
    kind, *seasonal, lag = name.split(".")
    number = int(lag.removeprefix("L"))
    return f"s{kind}{number // period}" if seasonal else f"{kind}{number}"
