"""Shoppers of a known-cause shop who read reasons, believe them or not, come back or leave."""
