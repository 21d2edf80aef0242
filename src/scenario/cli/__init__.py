"""The command line: one command to a file, each imported when it is used."""
