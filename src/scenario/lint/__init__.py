"""Rules for streams: what is wrong with an exchange, seen in its bytes, events and times. Pure."""
