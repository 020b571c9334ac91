"""One client for each kind of place. They list keys in order and read them; none ever writes."""
