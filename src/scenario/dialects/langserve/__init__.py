"""LangServe: runnables of LangChain behind /invoke and /stream."""
