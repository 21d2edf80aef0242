"""Scenarios against the real servers of each dialect; `make interop` runs them."""
