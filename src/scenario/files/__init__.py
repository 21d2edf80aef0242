"""Scenario files: YAML, TOML or JSON in, cases that can be run out."""
