"""Named parts of a project's images: making them, and which images they have."""
