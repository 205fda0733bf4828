"""service/web."""
