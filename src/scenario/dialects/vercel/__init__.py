"""Vercel's AI SDK: its UI message stream and its older data stream."""
