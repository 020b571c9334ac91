"""What comes next for whom, and who holds it."""
