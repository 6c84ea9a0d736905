"""The network: towers over songs and listeners, and their export."""
