"""Other libraries' readers of the same streams, each run as a process in an environment that has it."""
