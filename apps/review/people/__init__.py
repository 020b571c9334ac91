"""How each person reviews, how far they agree, and what is kept for them."""
