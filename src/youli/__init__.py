"""Youli: recommendations for shops, each with a reason that was checked.

Importing the package is quick: nothing heavy is loaded until it is used.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
