#!/usr/bin/env bash
# msgspec 0.22.0: `json.Decoder.decode_lines` reads values one after the other, wherever the line ends stand.
#
# It is documented to decode newline-delimited JSON. A line with two values gives two, and a value that goes on over a
# line's end is one, without an error: a stream whose line ends were lost or doubled on the way decodes as if it were
# whole, and the number of values need not be the number of lines. Decoding line by line raises for each of them.
#
# Seen: two values of one line, two values of three lines, and the errors of `decode` for the same lines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check msgspec==0.22.0
"$folder/venv/bin/python" - <<'PYTHON'
import msgspec

decoder = msgspec.json.Decoder()


def by_line(body: bytes) -> list[object]:
    found: list[object] = []
    for line in body.splitlines():
        try:
            found.append(decoder.decode(line))
        except msgspec.DecodeError:
            found.append("error")
    return found


one_line, three_lines = b'{"text": "Hel"} {"text": "lo"}\n', b'{"text":\n"Hel"}\n{"text": "lo"}\n'
values = [{"text": "Hel"}, {"text": "lo"}]
found = decoder.decode_lines(one_line), decoder.decode_lines(three_lines)
strict = by_line(one_line), by_line(three_lines)
print("msgspec", msgspec.__version__, "decode_lines", *found, "line by line", *strict)
assert found == (values, values), found
assert strict == (["error"], ["error", "error", {"text": "lo"}]), strict
PYTHON
