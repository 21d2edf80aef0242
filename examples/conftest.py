"""What `pytest examples` leaves out: a package of its own, whose tests are run where it is installed."""

collect_ignore = ["own_dialect"]
