"""The HTTP edge: the API that shops call and the store page that shows it at work."""
