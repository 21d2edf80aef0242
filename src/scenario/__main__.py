"""Where the command starts: the script `scenario`, and `python -m scenario` where that is not on the path."""

import sys


def main() -> None:
    """Load the command line and hand over to it; a run heeds the signals that end it before it loads anything."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if words[:1] == ["run"] and sys.platform != "win32":
        from scenario.cli.stop_signals import run_to_its_end

        run_to_its_end(_main)
    else:
        _main()


def _main() -> None:
    """Ctrl-C while the command line is being loaded ends in silence, too."""
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
