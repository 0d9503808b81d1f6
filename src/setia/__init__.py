"""Setia: who is about to leave, what they are worth, and what it pays to do about it."""
