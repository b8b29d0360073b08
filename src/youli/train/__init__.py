"""Training of what is learned by gradient. Everything that imports torch stands here."""
