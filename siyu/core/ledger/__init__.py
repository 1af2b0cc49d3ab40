"""Double-entry accounts and transfers for every value (step 4)."""
