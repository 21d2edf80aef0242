"""What is known of a run, gathered from its events: the store writes it, the reports show it."""
