"""The file by which a server of this package tells that it answers, and where."""

import json
import os
from collections.abc import Mapping
from pathlib import Path


def write_ready_file(path: Path, ready: Mapping[str, object]) -> None:
    """Write where a server answers; a reader that waits for the file never sees half of it.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(ready), encoding="utf-8")
    part.replace(path)
