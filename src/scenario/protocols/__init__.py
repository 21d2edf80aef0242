"""The seam between a turn and the bytes: what a dialect is, how a body is framed, recognised and read. Pure."""
