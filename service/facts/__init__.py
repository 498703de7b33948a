"""What rules ask for and a contribution does not hold, fetched and kept by the service."""
