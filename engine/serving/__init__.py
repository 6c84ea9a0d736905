"""From a published bundle to recommendations, without torch."""
