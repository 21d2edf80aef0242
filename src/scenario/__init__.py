"""Scenario: test AI agents the way their users meet them."""
