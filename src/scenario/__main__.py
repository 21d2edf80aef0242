"""`python -m scenario`: the command line, where its script is not on the path."""

from scenario.cli.main import main

if __name__ == "__main__":
    main(prog_name="scenario")
