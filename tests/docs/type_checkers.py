"""Type checkers as processes, one for all files: what they complain about, and where."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.docs.snippets import ROOT, CheckedFile


@dataclass(frozen=True, order=True)
class Complaint:
    """What a checker says of a line of a document; lines count from 1."""

    document: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.text}"


Checker: TypeAlias = Callable[[list[CheckedFile], Path], list[Complaint]]


def mypy(files: list[CheckedFile], folder: Path) -> list[Complaint]:
    """What `mypy --strict` complains about."""
    settings = folder / "mypy.ini"
    absent = "".join(
        f"[mypy-{name},{name}.*]\nignore_missing_imports = True\n" for name in sorted(_absent(files) - _modules(files))
    )
    settings.write_text(f"[mypy]\nstrict = True\ndisable_error_code = import-untyped\n{absent}")
    told = _lines(
        *("-m", "mypy", "--config-file", str(settings), "--cache-dir", str(ROOT / ".mypy_cache" / "snippets")),
        *("--output", "json", "--no-error-summary", *(str(file.path) for file in files)),
        folder=folder,
    )
    found = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert found or not told.strip(), told
    return _complaints(
        files,
        folder,
        (
            (each["file"], each["line"], f"{each['message']} [{each['code']}]")
            for each in found
            if each["severity"] == "error"
        ),
    )


def pyright(files: list[CheckedFile], folder: Path) -> list[Complaint]:
    """What pyright complains about: in its strict mode in snippets, and as it is by default in whole files."""
    settings = folder / "pyrightconfig.json"
    paths = [str(file.path) for file in files]
    bases = sorted({str(_base(file.path)) for file in files})
    settings.write_text(
        json.dumps(
            {
                "include": paths,
                "typeCheckingMode": "standard",
                "strict": [str(file.path) for file in files if file.path.is_relative_to(folder)],
                "enableTypeIgnoreComments": False,
                "reportMissingTypeStubs": False,
                "extraPaths": bases,
                "exclude": [],
            }
        )
    )
    told = _lines(
        *("-m", "basedpyright", "--pythonpath", sys.executable, "--project", str(settings), "--outputjson"),
        folder=folder,
    )
    report: dict[str, Any] = json.loads(told)
    assert report["summary"]["filesAnalyzed"] == len(files), told
    absent = {str(file.path): _absent([file]) - _modules(files) for file in files}
    return _complaints(
        files,
        folder,
        (
            (each["file"], each["range"]["start"]["line"] + 1, f"{each['message']} [{each.get('rule', 'syntax')}]")
            for each in report["generalDiagnostics"]
            if each["severity"] == "error" and not _is_of_absent(each, absent[each["file"]])
        ),
    )


def _lines(*arguments: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stdout + done.stderr  # 2: a file is no Python
    assert done.stdout.strip() or done.returncode == 0, done.stderr
    return done.stdout


def _complaints(files: list[CheckedFile], folder: Path, told: Iterable[tuple[str, int, str]]) -> list[Complaint]:
    by_path = {file.path.resolve(): file for file in files}
    found = []
    for path, line, text in told:
        file = by_path[(folder / path).resolve()]
        found.append(Complaint(file.document, file.line(line), text))
    return sorted(found)


def _absent(files: list[CheckedFile]) -> set[str]:
    """Packages that the files import and that are not installed here: what comes from them is not checked."""
    imported: set[str] = set()
    for file in files:
        try:
            tree = ast.parse(file.path.read_text(encoding="utf-8"))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    return {name for name in imported if importlib.util.find_spec(name) is None}


def _modules(files: Iterable[CheckedFile]) -> set[str]:
    """Names under which the files can be imported."""
    return {part for file in files for part in (file.path.stem, file.path.parent.name)}


def _is_of_absent(diagnostic: dict[str, Any], absent: set[str]) -> bool:
    """Whether it only says that a package is not installed, or what follows from that."""
    if diagnostic.get("rule") == "reportMissingImports":
        named = re.match(r'Import "(\w+)', diagnostic["message"])
        return named is not None and named[1] in absent
    return bool(absent) and str(diagnostic.get("rule", "")).startswith("reportUnknown")


def _base(path: Path) -> Path:
    """The folder from which a file's package is imported."""
    base = path.parent
    while (base / "__init__.py").exists():
        base = base.parent
    return base
