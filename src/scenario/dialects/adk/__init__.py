"""Google's Agent Development Kit: its /run_sse."""
