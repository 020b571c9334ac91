"""The queue, and all that people do at it, over REST."""
