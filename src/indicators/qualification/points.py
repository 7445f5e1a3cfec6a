"""Rates, proportions, standardised rates, quantiles and life expectancy: reference cases as calls of the library."""

METHODS = {}
JUDGES = {}
