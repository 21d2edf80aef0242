"""The conversation, pure: participants, steps, the state machine, the state that checks read, run events."""
