"""Weights that others published, read without running anything that their files ask for."""
