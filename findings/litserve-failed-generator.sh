#!/usr/bin/env bash
# litserve 0.2.19: an answer whose generator fails in mid-stream ends as a whole one does.
#
# A streaming LitAPI yields pieces. Where `predict` raises after some of them, the server logs the error, sends no event
# and no trailer, and ends the chunked response as HTTP says a whole one ends. The status, 200, was sent before. So a
# client cannot tell an answer that broke from one that is over; only a last piece of the application's own can.
#
# Seen: the same status, headers and proper end of the body, with "one two three" and with "one ".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check litserve==0.2.19
cat > "$folder/server.py" <<'PYTHON'
import sys

import litserve


class Pieces(litserve.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request["fails"]

    def predict(self, fails):
        yield "one "
        if fails:
            raise RuntimeError("the model broke")
        yield "two "
        yield "three"

    def encode_response(self, output):
        yield from output


if __name__ == "__main__":
    server = litserve.LitServer(Pieces(stream=True), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error")
PYTHON
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import http.client
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import time

folder = sys.argv[1]
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen(
    [sys.executable, f"{folder}/server.py", str(port)],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
)


def answer(fails: bool) -> tuple[int, str | None, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/predict", json.dumps({"fails": fails}), {"Content-Type": "application/json"})
    response = connection.getresponse()
    # http.client raises IncompleteRead where a chunked body has no proper end.
    body = response.read().decode()
    connection.close()
    return response.status, response.getheader("transfer-encoding"), body


try:
    for _ in range(120):
        try:
            whole = answer(False)
            break
        except OSError:
            time.sleep(0.5)
    broken = answer(True)
finally:
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(20)
print("litserve", importlib.metadata.version("litserve"), whole, broken)
assert whole == (200, "chunked", "one two three"), whole
assert broken == (200, "chunked", "one "), broken
PYTHON
