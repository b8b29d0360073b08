"""Product photos: read with care, encoded by a convolutional network, kept as small maps."""
