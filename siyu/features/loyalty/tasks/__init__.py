"""Tasks: something to do once, each day, or step by step, counted from what the log says, for a reward.

Announces task.completed; reacts to whatever a task counts, and to task.completed by giving. Imported history counts
nothing unless an operator asks for it.
"""
