"""Models: whole rankers behind one interface, so that they can be compared on the same cases."""
