"""Words for checked claims, and the reading of words back into claims."""
