"""Outputs of runs: what is printed (`terminal/`), what is written (`files/`), and what both show."""
