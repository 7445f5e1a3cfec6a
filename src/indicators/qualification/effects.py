"""The effect of an action: reference cases as calls of the library."""

METHODS = {}
JUDGES = {}
