"""One file a page, beside the template of its name."""
