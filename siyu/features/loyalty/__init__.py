"""Membership, levels, points, benefits, coupons (step 4)."""
