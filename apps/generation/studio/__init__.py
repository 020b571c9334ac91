"""The studio: a generator's latent space walked by hand."""
