"""What can be done with a trained generator's latents: walks, inversions, directions, targets."""
