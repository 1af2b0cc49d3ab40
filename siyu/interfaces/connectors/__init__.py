"""WeCom, WeChat, shops, payments: one folder each (from step 3)."""
