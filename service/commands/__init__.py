"""One file a command: its docstring is its help, RIGHT says who may use it, `do` carries it out."""
