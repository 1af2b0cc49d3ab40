"""A channel whose carrier is a person: an operator copies the text into a chat, and ticks it with what proves it.

Noun: Errand (a message that waits for a hand). The gate decides as for every channel; posting puts an errand on the
desk; whoever takes it is shown it only while the person still allows it.
"""
