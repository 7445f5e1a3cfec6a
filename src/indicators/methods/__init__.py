"""Statistics as plain functions on arrays: counts in, a value and its two bounds out."""
