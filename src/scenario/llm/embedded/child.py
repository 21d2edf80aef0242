"""The child process that serves a model: run by its path, with its settings as JSON.

It prints one line of JSON when it answers requests, and ends with its parent. The parent holds the other end of
standard input, so its end closes that, however it came. A process that the parent has forked may hold it too;
therefore the parent's number is looked at as well.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

SLOTS = 2
SLOT_TOKENS = 4096
_LOOK_EVERY = 0.5
_ERRORS_ONLY = 1


class ChildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told on its command line, as JSON.

    Attributes:
        model: the path of the GGUF file.
        threads: for generation and for prompts.
        parent: the number of the process to end with.
    """

    model: str
    threads: int
    parent: int


def _end_with_standard_input() -> None:
    while os.read(0, 64):
        pass
    os._exit(0)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(0)


def _parameters(settings: ChildSettings) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings.model
    # Else every answer names the path of the file.
    parameters.model_alias = {Path(settings.model).stem}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.ui = False
    parameters.endpoint_slots = False
    # The default lets every web page that the user has open read the answers.
    parameters.cors_origins = "http://127.0.0.1"
    parameters.cors_credentials = False
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = settings.threads
    parameters.cpuparams_batch.n_threads = settings.threads
    # Reading the file into memory once takes 1.3 GB where mapping it takes 1.9.
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * SLOT_TOKENS
    # The slots keep their last prompt; a store of older ones would grow to 8 GB.
    parameters.cache_ram_mib = 0
    parameters.verbosity = _ERRORS_ONLY
    return parameters


def main() -> None:
    """Serve until the parent ends."""
    settings = msgspec.json.decode(sys.argv[1], type=ChildSettings)
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    if sys.platform != "win32":
        threading.Thread(target=_end_with_parent, args=(settings.parent,), daemon=True).start()
    parameters = _parameters(settings)
    import xllamacpp

    server = xllamacpp.Server(parameters)
    ready = msgspec.json.encode({"base_url": server.listening_address})
    sys.stdout.buffer.write(ready + b"\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
