"""How true explanations are: measured by asking the explained model again; and against causes."""
