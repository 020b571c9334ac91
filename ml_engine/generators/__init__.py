"""Generators: one protocol, one registry, one file a family."""
