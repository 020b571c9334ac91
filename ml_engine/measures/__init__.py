"""How good a generator is: its images beside real ones, on features that are named.

Every figure holds for the features that it was computed on, and is only comparable with others on
the same features and the same numbers of images.
"""
