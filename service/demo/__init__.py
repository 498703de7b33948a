"""The sample taxonomy, its story and the player."""
