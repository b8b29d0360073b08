"""From channels to a ranked list whose every score is a ledger."""
