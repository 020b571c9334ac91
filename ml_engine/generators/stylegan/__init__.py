"""StyleGAN3 in its configurations T and R (Karras et al. 2021), and StyleGAN2 (Karras et al. 2020).

Parameters and buffers of all networks have the names and shapes of the authors' code, so that their
published checkpoints fit: `width` is their `channel_base` ÷ side, `widest` their `channel_max`.
"""
