#!/usr/bin/env bash
# langserve 0.3.3: the end of its event stream is a block without data, of which the standard makes no event.
#
# `/stream` ends with the lines "event: end" and nothing else. By the standard for server-sent events a block whose data
# is empty is not dispatched: browsers' EventSource, and parsers that keep to it, never see this end, and take a stream
# that was cut for one that is over. httpx-sse, which LangServe's own client reads with, hands it out.
#
# Seen: the last block is b"event: end"; httpx-sse 0.4.3 names "metadata", "data", "end"; sseclient-py 1.8.0 leaves "end"
# out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "langserve[server]==0.3.3" langchain-core==1.8.3 \
  fastapi==0.165.0 sseclient-py==1.8.0 httpx-sse==0.4.3
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.metadata
import json
import warnings

warnings.simplefilter("ignore")

import httpx_sse
import sseclient
from fastapi import FastAPI
from fastapi.testclient import TestClient
from langchain_core.runnables import RunnableLambda
from langserve import add_routes

app = FastAPI()
add_routes(app, RunnableLambda(lambda text: text.upper()).with_types(input_type=str), path="/loud")
client = TestClient(app)
response = client.post("/loud/stream", json={"input": "hello"})
body = response.content
last = body.replace(b"\r\n", b"\n").rstrip(b"\n").rpartition(b"\n\n")[2]


class Recorded:
    def __iter__(self):
        yield body

    def close(self):
        pass


standard = [event.event for event in sseclient.SSEClient(Recorded()).events()]
own = [event.event for event in httpx_sse.EventSource(response).iter_sse()]
print("langserve", importlib.metadata.version("langserve"), last, own, standard)
assert last == b"event: end", last
assert own == ["metadata", "data", "end"], own
assert "end" not in standard, standard
PYTHON
