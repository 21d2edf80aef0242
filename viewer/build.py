"""Join the sources of the page into one script and one style sheet: `python viewer/build.py`.

The sources are ES modules, so that editors and readers know what comes from where; the page takes one script. Joining
needs no bundler: names are unique across the modules (this script sees to that), and nothing is computed in between.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
ASSETS = HERE.parent / "src" / "scenario" / "viewer" / "assets"

# Each after those whose names it uses when it is evaluated.
MODULES = (
    "text",
    "dom",
    "packed",
    "source",
    "list",
    "replay",
    "timeline",
    "stream",
    "conversation",
    "labels",
    "overview",
    "scenario",
    "pair",
    "invocations",
    "app",
)
_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_DEFINED = re.compile(r"^(?:async )?(?:function\*?|class|const|let) +([\w$]+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*//[^\n]*\n|^[ \t]*/\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)


def script() -> str:
    """The script: every module without its imports and exports, in a scope of its own.

    Raises:
        ValueError: a module is missing in the list, or two of them define the same name.
    """
    here = {path.stem for path in (HERE / "src").glob("*.js")}
    if here != set(MODULES):
        raise ValueError(f"MODULES differs from what is in src: {sorted(here ^ set(MODULES))}")
    owners: dict[str, str] = {}
    parts = []
    for name in MODULES:
        source = (HERE / "src" / f"{name}.js").read_text("utf-8")
        source = re.sub(r"^export (?=async |function|class|const)", "", _IMPORT.sub("", source), flags=re.MULTILINE)
        for defined in _DEFINED.findall(source):
            if defined in owners:
                raise ValueError(f"{defined} is defined in {owners[defined]}.js and {name}.js")
            owners[defined] = name
        parts.append(re.sub(r"\n{2,}", "\n", _COMMENT.sub("", source)).strip("\n"))
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


def style() -> str:
    """The style sheet, without its comments."""
    source = (HERE / "style.css").read_text("utf-8")
    return re.sub(r"\n{2,}", "\n", re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)).strip("\n") + "\n"


def main() -> int:
    """Write the assets."""
    ASSETS.mkdir(parents=True, exist_ok=True)
    for name, text in (("app.js", script()), ("app.css", style())):
        (ASSETS / name).write_text(text, "utf-8")
        sys.stdout.write(f"{name}: {len(text.encode()):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
