"""Proposals of scenarios: from what agents say of themselves, from stored runs, and from prose."""
