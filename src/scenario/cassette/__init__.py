"""Recorded calls: what went over the wire, with its times, kept in a file and played from it."""
