"""Classifiers: networks, training, calibration and inference."""
