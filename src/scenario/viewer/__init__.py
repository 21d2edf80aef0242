"""The live page: a store, served to a browser on this machine."""
