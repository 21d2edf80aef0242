"""Stored runs as scripted regressions: the user's turns fixed, criteria and checks kept."""
