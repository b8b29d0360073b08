"""Nets as torch modules: one file each, for training only. Serving computes the same in NumPy."""
