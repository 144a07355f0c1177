"""Files that are either whole or not there."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

INCOMING = "incoming"  # what a killed process left here is nobody's, and swept up hourly


class DurableFileSystemStorage(FileSystemStorage):
    """Writes to a temporary file, syncs it, and renames it into place.

    A disk that fills up or a process that dies half-way would otherwise leave part of a badge
    behind under its final name.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """Names are digests or ids of ours: the same name is the same content."""
        return name

    def _save(self, name: str, content: "File[bytes]") -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming = Path(self.path(INCOMING))
        incoming.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name
