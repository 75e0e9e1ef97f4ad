"""Tests of what benchmarks make of their timings."""
