"""Where the store's folder is: a folder of the working directory, unless somebody names another one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = ".scenario"
# What the judges that were calibrated were found to be; it lies in the store's folder.
CALIBRATION: Final = "judge.json"


def store_folder(given: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the store, which need not exist: `given`, else `SCENARIO_STORE`, else `.scenario`.

    Args:
        given: what an argument or an option names; None or "" where there was none.
        environ: where `SCENARIO_STORE` is looked up; the process's environment, read now, by default.
    """
    named = given or (os.environ if environ is None else environ).get("SCENARIO_STORE") or FOLDER
    return Path(named).expanduser().absolute()
