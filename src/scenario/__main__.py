"""Where the command starts: the script `scenario`, and `python -m scenario` where that is not on the path."""

import sys


def main() -> None:
    """Load the command line and hand over to it; Ctrl-C while it is being loaded ends in silence, too."""
    try:
        from scenario.cli.main import main as command
    except KeyboardInterrupt:
        sys.exit(130)
    except ImportError as error:
        if error.name != "scenario":
            raise
        # Another package has written over this one, and the error says so.
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(2)
    command(prog_name="scenario")


if __name__ == "__main__":
    main()
