"""Assay's PyTorch engine: frozen configuration, paths and a seed in; files and typed events out."""
