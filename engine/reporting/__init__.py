"""Charts and words that the app and the report share."""
