"""Finding out how an agent behind a URL is spoken to, with a handful of harmless requests."""
