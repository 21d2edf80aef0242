"""The rules of single dialects, one to a file."""
