"""Model Context Protocol: a tool that is called as an agent."""
