"""LlamaIndex workflows and chat servers."""
