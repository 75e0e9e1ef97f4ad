"""Benchmarks: how fast the parts are, in figures that say what they are of."""
