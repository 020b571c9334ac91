"""The Celery side of the engine: claims jobs, calls the engine, writes through services."""
