"""Measurements a person runs by hand: `make bench`."""
