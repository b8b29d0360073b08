"""Conversation: what a shopper says is understood and done through the shop's own calls.

Every answer carries the checked evidence it rests on.
"""
