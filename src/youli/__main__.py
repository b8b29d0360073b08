"""`python -m youli` is `youli`."""

from youli.cli.main import main

main()
