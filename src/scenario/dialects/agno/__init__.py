"""AgentOS, the server of Agno's agents and teams."""
