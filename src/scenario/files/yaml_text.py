"""YAML as nodes, with the types of YAML 1.2: `yes`, `on` and `12:30` are text.

Read event by event instead of with PyYAML's constructors: nothing is ever built but text, numbers, lists and mappings,
nesting costs no recursion, and aliases are counted before they are unfolded.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

import yaml

from scenario.files.node import (
    DEEPEST,
    MOST_VALUES,
    Node,
    Problem,
    Scalar,
    check_name,
    file_error,
    list_node,
    mapping_node,
    whole_number,
)
from scenario.late_pattern import late_pattern

_INTEGER: Final = late_pattern(r"[-+]?[0-9]+")
_FLOAT: Final = late_pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# What YAML takes in no text; the reader tells no line of it.
_CONTROL: Final = late_pattern("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENDLESS: Final = ("found unexpected end of stream", "did not find expected ',' or")
_TEXT_TAGS: Final = frozenset({"!", "tag:yaml.org,2002:str"})
_MERGE: Final = "<<"
_MOST_ANCHORS: Final = 16
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_node(text: str, file: str) -> Node:
    """The document in a text.

    Raises:
        ScenarioFileError: it is no YAML, has tags, several documents or a key twice, or unfolds beyond the limits.
    """
    composer = _Composer(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.YAMLError as error:
        raise file_error([_unreadable(error, file, text)]) from error
    return composer.root or Node(None, file, 1)


def _unreadable(error: yaml.YAMLError, file: str, text: str) -> Problem:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    place = mark or context
    line = place.line + 1 if place is not None else 0
    what = getattr(error, "problem", None) or str(error).partition("\n")[0]
    if "mapping values are not allowed" in what:
        hint = " A text with a colon and a space in it needs quotation marks; so does one that begins with a sign."
    elif "cannot start any token" in what:
        hint = " YAML is indented with spaces, not with tabs; a text that begins with a sign needs quotation marks."
    elif (control := _CONTROL.search(text)) is not None:
        line = text.count("\n", 0, control.start()) + 1
        hint = ' Take it out; in a text in double quotes it can be written by its code, such as "\\x07".'
    elif context is not None and mark is not None and context.line < mark.line and what.startswith(_ENDLESS):
        line = context.line + 1
        hint = f" What begins in this line has no end up to line {mark.line + 1}: close the quotation mark or bracket."
    else:
        hint = " Look at the indentation, the quotation marks and the brackets of this line and the one above."
    return Problem(file, line, "", f"this is no YAML: {what}.{hint}")


class _Open:
    """A list or mapping whose end has not come."""

    def __init__(self, *, is_list: bool, line: int, anchor: str | None) -> None:
        self.is_list = is_list
        self.line = line
        self.anchor = anchor
        self.items: list[Node] = []
        self.pairs: dict[str, Node] = {}
        self.merged: list[Node] = []
        self.key: tuple[str, int] | None = None
        self.size = 1


class _Composer:
    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self._file = file
        self._anchors: dict[str, Node | None] = {}
        self._open: list[_Open] = []

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                self._refuse(line, "a second document begins. Put several scenarios into one list: `scenarios:`.")
            case yaml.AliasEvent():
                self._add(self._aliased(str(event.anchor), line))
            case yaml.ScalarEvent():
                node = Node(self._scalar(event, line), self._file, line)
                self._name(event.anchor, node)
                self._add(node, is_merge=event.implicit[0] and event.value == _MERGE)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event, line)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case _:
                pass

    def _begin(self, event: Any, line: int) -> None:
        if event.tag is not None:
            self._refuse_tag(event.tag, line)
        if len(self._open) >= DEEPEST:
            self._refuse(line, f"blocks are nested more than {DEEPEST} deep. Make it flatter.")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(is_list=isinstance(event, yaml.SequenceStartEvent), line=line, anchor=event.anchor))

    def _end(self) -> None:
        block = self._open.pop()
        if block.is_list:
            node = list_node(block.items, self._file, block.line)
        else:
            pairs = dict(block.pairs)
            for base in block.merged:
                pairs = {**base.mapping, **pairs}
            node = mapping_node(pairs, self._file, block.line)
        self._name(block.anchor, node)
        self._add(node)

    def _name(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _aliased(self, anchor: str, line: int) -> Node:
        if anchor not in self._anchors:
            known = ", ".join(f"*{name}" for name in list(self._anchors)[:_MOST_ANCHORS]) or "none"
            known += ", …" if len(self._anchors) > _MOST_ANCHORS else ""
            self._refuse(line, f"*{anchor} names no block above. Anchors so far: {known}.")
        node = self._anchors[anchor]
        if node is None:
            self._refuse(line, f"*{anchor} stands inside the block that it names, which never ends. Take it out.")
        return node.at_line(line)

    def _add(self, node: Node, *, is_merge: bool = False) -> None:
        if not self._open:
            self.root = node
            return
        block = self._open[-1]
        block.size += node.size
        if block.size > MOST_VALUES:
            self._refuse(node.line, f"the file unfolds to more than {MOST_VALUES:,} values. Use fewer aliases.")
        if block.is_list:
            block.items.append(node)
        elif block.key is None:
            # The line of a merge is kept as a negative number: it is no name of this mapping.
            block.key = (_MERGE, -node.line) if is_merge else (self._key(node, block), node.line)
        else:
            self._add_value(block, node)

    def _add_value(self, block: _Open, node: Node) -> None:
        assert block.key is not None  # noqa: S101 - its caller has looked
        key, line = block.key
        block.key = None
        if line > 0:
            block.pairs[key] = node.at_line(line)
            return
        bases = list(node.items) if isinstance(node.value, list) else [node]
        if not all(isinstance(base.value, dict) for base in bases):
            self._refuse(-line, "<<: takes a mapping, or a list of mappings, such as `<<: *defaults`.")
        block.merged += bases

    def _key(self, node: Node, block: _Open) -> str:
        if isinstance(node.value, dict | list):
            self._refuse(node.line, "a name must be a text, not a list or a mapping.")
        key = node.value if isinstance(node.value, str) else _shown_key(node.value)
        check_name(key, self._file, node.line)
        if key in block.pairs:
            first = block.pairs[key].line
            self._refuse(node.line, f"{key!r} stands here a second time; the first is in line {first}. Keep one.", key)
        return key

    def _scalar(self, event: Any, line: int) -> Scalar:
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._refuse_tag(event.tag, line)
        value: str = event.value
        if not event.implicit[0] or event.tag is not None:
            return value
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        if _INTEGER.fullmatch(value):
            return whole_number(value, self._file, line)
        return float(value) if _FLOAT.fullmatch(value) else value

    def _refuse_tag(self, tag: str, line: int) -> NoReturn:
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        self._refuse(line, f"the tag {shown} is not taken. Write the value without it; quotation marks make a text.")

    def _refuse(self, line: int, text: str, path: str = "") -> NoReturn:
        raise file_error([Problem(self._file, line, path, text)])


def _shown_key(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)
