"""vision/cameras."""
