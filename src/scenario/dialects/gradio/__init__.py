"""Gradio: a call of two steps, to any function that an app names."""
