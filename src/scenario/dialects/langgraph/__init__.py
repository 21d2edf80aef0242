"""LangGraph's server, its older streams and event protocol v3, and LangChain's messages in them."""
