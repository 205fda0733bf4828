"""What people read: one catalogue of texts (texts/*.csv) and one place that writes numbers and times."""
