"""Runs on disk: one SQLite file that is written as runs go on, and read by reports, the viewer and the commands."""
