"""The schema's history: one numbered step a file, from the first schema on."""
