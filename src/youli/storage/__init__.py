"""What the service keeps: events, shoppers, products, impressions, feedback, rules, keys."""
