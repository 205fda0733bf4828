"""What people read: one catalogue of texts (catalogue.csv) and one place that writes numbers and times."""
