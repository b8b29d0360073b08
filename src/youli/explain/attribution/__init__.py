"""What each past product gave a score, by one method a file behind one protocol."""
