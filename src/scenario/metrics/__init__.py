"""Timing of a stream, statistics of many runs, cost. Pure."""
