"""Bytes to events and back, pure: server-sent events to the letter of the standard, and NDJSON."""
