"""How annotated real images are parted, so that none measures what was learned from it."""
