"""The judge: what it is asked, what it may look up, and how its answer is read."""
