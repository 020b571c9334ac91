"""Studies of the families: what their images are worth, and how fast they are."""
