"""``python -m service``: the command line, also where no console script is on the path."""

from service.cli import main

main()
