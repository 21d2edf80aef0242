"""The house as it stands: its rooms, and what holds of its files. `make imports` prints and proves it."""
