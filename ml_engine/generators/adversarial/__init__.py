"""What adversarial families share: the pair of networks, and the training of one by the other."""
