"""Slices on pages and over REST, and how classifiers do on them."""
