"""A user that follows a dialogue plan: no model, the same words for the same conversation."""
