"""Dify's chat and workflow applications."""
