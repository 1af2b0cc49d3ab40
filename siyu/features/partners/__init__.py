"""Distribution, commission, creators, MCN (step 11)."""
