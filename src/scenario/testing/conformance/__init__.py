"""Whether a dialect keeps what readers promise, tried on recorded answers: `scenario.testing.check_dialect`."""
