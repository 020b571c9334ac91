"""Practice: a classifier learns from images that are made for it while it trains."""
