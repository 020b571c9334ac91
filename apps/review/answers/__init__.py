"""Keeping what people answer, and judging what their answers say together."""
