"""Benchmarks: ratios against a named baseline in the same run. `python -m bench` prints a table and
bench/results.json.
"""
