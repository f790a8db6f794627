"""The short forms of the benches."""
