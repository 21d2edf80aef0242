"""Models that play the user or judge: a protocol over a transport, structured output, and the embedded model."""
