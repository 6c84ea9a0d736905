"""From raw tables to the prepared folder that training reads."""
