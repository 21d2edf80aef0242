"""The agent under test behind a URL: one turn, from the conversation to the recorded exchange."""
