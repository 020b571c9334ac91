"""The demo: real photographs of garments, most of their classes held back."""
