"""Explanations of the whole: rules of the log, what drives the lists, a tree that stands for it."""
