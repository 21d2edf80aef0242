"""Dialects, one file each: a turn becomes a request, events become a reply. Pure."""
