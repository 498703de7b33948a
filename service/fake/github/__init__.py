"""A fake GitHub: its REST API as far as a bot needs it, its webhooks, and the people who use it."""
