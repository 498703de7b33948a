"""The pages: what people see of the house, and the buttons they press."""
