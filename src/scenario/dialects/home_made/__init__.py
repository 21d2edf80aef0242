"""Streams and bodies that follow no published protocol: where their text is, and how they end."""
