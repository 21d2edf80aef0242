"""Calls that other tools have captured, as cassettes, and cassettes as files of theirs. Pure."""
