"""What the mixing controller goes by where a project does not say otherwise."""

STAGES = (3, 5, 12)
"""Seeds that an arm has at the end of each stage. `bench controller` says what they find."""
MOST_DROP = 0.02
"""A class's recall may fall by so much: two points."""
