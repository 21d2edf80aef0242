"""Regular expressions that end: how much work one may be, and a process of its own for those that may be too much."""
