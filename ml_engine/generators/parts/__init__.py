"""Parts that families share: each is written once."""
