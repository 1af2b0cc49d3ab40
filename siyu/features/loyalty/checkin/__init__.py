"""Checking in: once a brand day; days in a row are a streak, whose steps give benefits; a card makes up a missed day.

Announces member.checked_in, day.made_up, streak.reached and card.granted; reacts to streak.reached by giving.
"""
