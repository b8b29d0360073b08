"""Reasons: chosen from the ledger, checked against the model, then said."""
