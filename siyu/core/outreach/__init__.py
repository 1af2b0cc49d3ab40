"""Templates, broadcasts, journeys, the one send gate, channels (step 6)."""
