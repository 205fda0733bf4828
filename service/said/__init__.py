"""What line and plant say in sentences, so that it can be said in another language."""
