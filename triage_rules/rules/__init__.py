"""One file a rule. Nothing lists them: a file that is here is a rule."""
