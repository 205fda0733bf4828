"""service/line."""
