"""Outputs, one to a file."""
