"""A simulated shop that records why every purchase was made: the ground truth for explanations."""
