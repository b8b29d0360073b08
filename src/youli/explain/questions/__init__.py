"""Questions that are answered from the ledger, one method a file, each answer checked."""
