"""A clone on a machine that has nothing of it yet, next month: set up, demonstrated and checked."""
