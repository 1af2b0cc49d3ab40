"""Short links, QR and live codes: one redirect (step 5)."""
