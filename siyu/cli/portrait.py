"""siyu report and siyu ltv: the portrait of the customer base."""
