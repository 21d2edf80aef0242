"""The demonstration: a bundled weather agent that streams, and participants that need no model."""
