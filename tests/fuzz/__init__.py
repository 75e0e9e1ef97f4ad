"""Inputs that a coverage-guided fuzzer makes, and those of it that every run of the tests repeats.

`python -m tests.fuzz TARGET` searches (it needs the dependency group `fuzz`), `cases/` keeps what is
worth repeating, and `test_cases.py` repeats it without the fuzzer.
"""
