"""Growth, control charts and alarms: reference cases as calls of the library."""

METHODS = {}
JUDGES = {}
