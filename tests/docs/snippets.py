"""The Python of this repository's documents and docstrings, each piece with its place, as modules to be checked.

A piece is taken as it stands there. What a reader adds by himself is put ahead of it: `import scenario`, and names of
earlier pieces of the same document or, in a docstring, of the module around it. `await` on its own is put into a
function. A piece whose first line is `# some_name.py` can be imported by that name.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import os
import re
import symtable
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
LANGUAGES = {"python", "py", "python3", "pycon"}
# An indented block of a docstring says nothing of its language.
LOOKS_LIKE_PYTHON = re.compile(r"\b(scenario\.\w|import \w|await \w|async )")
HAS_CODE = re.compile(rf">>>|```|{LOOKS_LIKE_PYTHON.pattern}")
NAMED = re.compile(r"# ([a-z]\w*)\.py\n")
LEFT_OUT = {"node_modules", "build", "dist", "recorded", "__pycache__"}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A piece of Python.

    Attributes:
        document: where it stands, from the repository's root.
        line: the number of its first line there, from 1.
        around: the module whose docstring it stands in; "" elsewhere.
    """

    document: str
    line: int
    code: str
    around: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckedFile:
    """A file to be checked, and the way back from its lines to those of the document.

    Attributes:
        ahead: how many lines stand before the snippet's.
    """

    path: Path
    document: str
    first: int = 1
    ahead: int = 0

    def line(self, line: int) -> int:
        """The document's line for one of the file's, both from 1."""
        return self.first + max(line - 1 - self.ahead, 0)


def documents(suffix: str, *folders: str) -> Iterator[Path]:
    """The files of these folders of the repository; of all of them where none is named."""
    for folder in [ROOT / folder for folder in folders] or [ROOT]:
        for path, inner, files in os.walk(folder):
            inner[:] = sorted(name for name in inner if name not in LEFT_OUT and not name.startswith("."))
            yield from (Path(path, name) for name in sorted(files) if name.endswith(suffix))


def of_repository() -> list[Snippet]:
    """All of them, in Markdown documents and in the package's docstrings."""
    found = [snippet for path in documents(".md") for snippet in of_markdown(_text(path), _name(path))]
    for path in documents(".py", "src"):
        found += of_docstrings(_text(path), _name(path), around=_module(path))
    return found


def of_markdown(text: str, document: str) -> Iterator[Snippet]:
    """The fenced blocks of a document that say that they are Python."""
    for token in MarkdownIt().parse(text):
        language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
        if token.type == "fence" and token.map is not None and language in LANGUAGES:
            line = token.map[0] + 2
            if ">>>" in token.content:
                yield from _of_sessions(token.content, document, line)
            else:
                yield Snippet(document=document, line=line, code=token.content)


def of_docstrings(source: str, document: str, *, around: str) -> Iterator[Snippet]:
    """The code in a module's docstrings: indented and fenced blocks, and what follows `>>>`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        text = ast.get_docstring(node, clean=False)
        if text is None or not HAS_CODE.search(text):
            continue
        line = node.body[0].lineno
        first, newline, rest = text.partition("\n")
        shown = first + newline + dedent(rest)
        yield from _of_sessions(shown, document, line, around)
        for token in MarkdownIt().parse(shown):
            if token.type == "code_block" and token.map is not None and _is_python(token.content):
                yield Snippet(document=document, line=line + token.map[0], code=token.content, around=around)
        for fenced in of_markdown(shown, document):
            yield replace(fenced, line=line + fenced.line - 1, around=around)


def _is_python(block: str) -> bool:
    """Whether a block that does not say so is Python, right or wrong, and no configuration that names the package."""
    if not LOOKS_LIKE_PYTHON.search(block):
        return False
    try:
        tomllib.loads(block)
    except tomllib.TOMLDecodeError:
        return True
    return False


def _of_sessions(text: str, document: str, line: int, around: str = "") -> Iterator[Snippet]:
    """What is typed after `>>>`, in one piece, each line at its place."""
    examples = doctest.DocTestParser().get_examples(text)
    if not examples:
        return
    first = examples[0].lineno
    lines: list[str] = []
    for example in examples:
        lines += [""] * (example.lineno - first - len(lines))
        lines += example.source.splitlines()
    yield Snippet(document=document, line=line + first, code="\n".join(lines) + "\n", around=around)


def written(snippets: Iterable[Snippet], folder: Path, *, taken: Iterable[str] = ()) -> list[CheckedFile]:
    """The snippets as modules in a folder.

    Args:
        snippets: what is written, those of a document in its order.
        folder: where to.
        taken: names of modules that are there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    used, files = set(taken), []
    earlier: dict[str, dict[str, str]] = {}  # by document: the module that binds a name
    for number, snippet in enumerate(snippets):
        named = NAMED.match(snippet.code)
        name = named[1] if named and named[1] not in used else f"snippet_{number}"
        used.add(name)
        head, body = _body(snippet.code)
        bound, missing = _names(body)
        known = earlier.setdefault(snippet.document, _of_module(snippet.around))
        ahead = "".join(_import(known, each) for each in sorted(missing)) + head
        known.update(dict.fromkeys(bound, name))
        path = folder / f"{name}.py"
        path.write_text(ahead + body.removeprefix(head), encoding="utf-8")
        files.append(CheckedFile(path=path, document=snippet.document, first=snippet.line, ahead=ahead.count("\n")))
    return files


def _body(code: str) -> tuple[str, str]:
    """The head of the function that a piece has to stand in, if it has to, and the piece within it."""
    try:
        awaits = _awaits(ast.parse(code))
    except SyntaxError:
        return "", code  # the checkers say what is wrong with it
    head = "async def somebody_s_test() -> None:\n" if awaits else ""
    return head, head + indent(code, "    ") if awaits else code


def _import(known: dict[str, str], name: str) -> str:
    """The line that brings a name from elsewhere; none where nobody has it, as the checkers will say."""
    if name == "scenario":
        return "import scenario\n"
    return f"from {known[name]} import {name}\n" if name in known else ""


def _of_module(module: str) -> dict[str, str]:
    """The names of a module, for the examples in its docstrings."""
    if not module:
        return {}
    path = (ROOT / "src").joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return dict.fromkeys(_names(_text(source))[0], module)


def _names(code: str) -> tuple[set[str], set[str]]:
    """The names that code binds at its outermost level, and those that it reads and does not have."""
    try:
        top = symtable.symtable(code, "snippet", "exec")
    except SyntaxError:
        return set(), set()
    bound = {each.get_name() for each in top.get_symbols() if _is_bound(each)}
    tables, read = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        symbols = [each for each in table.get_symbols() if each.is_referenced()]
        read |= {each.get_name() for each in symbols if table is top or each.is_global()}
    return bound, read - bound - set(dir(builtins))


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _awaits(node: ast.AST) -> bool:
    """Whether something is awaited outside of a function."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    return any(_awaits(child) for child in ast.iter_child_nodes(node))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
