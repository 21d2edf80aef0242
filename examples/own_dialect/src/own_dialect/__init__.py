"""How the agents of one house speak: `scenario.RemoteAgent(url, protocol="own")`."""

from own_dialect.dialect import Own

__all__ = ["Own"]
