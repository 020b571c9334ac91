"""What a round, or a whole loop, asked of people, cost and brought: one page and one file.

Its content is a pure function of the images, the seed and the answers: no row ids, no clock. What
depends on the clock, such as the minutes that it cost, stands apart.
"""
