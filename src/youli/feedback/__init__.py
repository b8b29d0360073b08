"""What shoppers say and do in answer to a list: its effect, trust in reasons, and experiments."""
