"""Three domains, channels, campaigns, touchpoints, attribution (step 5)."""
