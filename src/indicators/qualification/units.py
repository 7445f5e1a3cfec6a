"""Units beside each other (inequality, funnels, outliers, deciles, savings, Benford): cases as calls of the library."""

METHODS = {}
JUDGES = {}
