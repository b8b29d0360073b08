"""Measures and protocols: how good the list is, how true the reasons are, and what both cost."""
