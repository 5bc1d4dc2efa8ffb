"""Files that nobody but their owner may read, replaced whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from central.errors import CentralError


def write(file: Path, content: bytes) -> None:
    """Put ``content`` in the place of what is in ``file``.

    Raises:
        CentralError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CentralError(
            f"cannot be written ({error.strerror})", where=str(file), mend="check the folder and your rights"
        ) from error
