"""Settings, entry points and the embedded services."""
