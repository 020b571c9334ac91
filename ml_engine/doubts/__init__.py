"""Which images of a pool hardly belong to it, and which annotations are hardly right.

What comes out is a reason to look, never a truth: nothing is thrown away by it.
"""
