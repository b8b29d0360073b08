"""For tests of Youli and of what is plugged into it: tiny shops of every shape."""
