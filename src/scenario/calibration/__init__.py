"""How often a judge is wrong: labelled criteria, what it says of them, and the figures that come of it."""
