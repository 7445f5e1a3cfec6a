"""Seasonality, working days, late claims, forecasts, prices and volumes: reference cases as calls of the library."""

METHODS = {}
JUDGES = {}
