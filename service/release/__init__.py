"""What a release consists of: its manifest, card and notes, all written from what really happened."""
