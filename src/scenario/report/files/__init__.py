"""Reports that are written to a file, one format to a module."""
