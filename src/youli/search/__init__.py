"""Search: what a query says of products, beside what the shopper's history says of them."""
