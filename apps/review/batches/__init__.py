"""Tests of batches of synthetic images by people's looks."""
