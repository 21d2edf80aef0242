"""The network: one seam, its implementation over aiohttp, and wrappers around it."""
