"""Small counts: primary, secondary, audit: reference cases as calls of the library."""

METHODS = {}
JUDGES = {}
