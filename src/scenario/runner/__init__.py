"""The one loop that awaits, and the public `run` and `arun`."""
