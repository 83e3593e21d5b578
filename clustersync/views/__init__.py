"""Pages of people about clusters."""
