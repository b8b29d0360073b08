"""Channels: each a separate reason why a product may suit a shopper."""
