"""Participants: the remote agent, the user simulator, the judge."""
