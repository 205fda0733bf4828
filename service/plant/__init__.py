"""service/plant."""
