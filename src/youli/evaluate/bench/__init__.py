"""The benchmark: every model on every data set by its protocol, stored, compared, reported."""
