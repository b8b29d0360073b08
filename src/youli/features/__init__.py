"""What products are made into before channels compare them: numbers from texts, photos, tables."""
