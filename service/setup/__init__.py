"""Setting up a forge: what ``upweight init`` makes there and keeps at home, and what the doctor looks at afterwards."""
