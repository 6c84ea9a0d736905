"""A map of the songs: where each lies in two dimensions, and which genres keep to themselves."""
