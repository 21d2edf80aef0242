from . import agent  # noqa: F401 - how ADK finds it
