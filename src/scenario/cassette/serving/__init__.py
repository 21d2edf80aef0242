"""Recorded calls served as an agent: which call answers a request is pure; the server is over aiohttp."""
