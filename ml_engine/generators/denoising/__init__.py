"""What denoising families share: the noise, the way out of it, and the training."""
