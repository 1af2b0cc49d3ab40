"""Group buy, bargain, referral, challenge, gathering (step 7)."""
