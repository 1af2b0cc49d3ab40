"""Rounds of plan, do, check, act.

Nouns: Cycle (a goal, for whom, what is to be done, what it may cost), and what belongs to it: trials, by key. It is
checked against people who were kept out by lot; what was decided from it is written down. Announces `cycle.*`.
"""
