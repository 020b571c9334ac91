"""The studio's own process, and its jobs."""
