"""The way of a file from the browser to the disk: bounded, only for who is signed in, and never through memory."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

MIB = 1024 * 1024


class Bounded(FileUploadHandler):
    """Stands before Django's own handlers: what is too large, or nobody's, is never kept."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, str], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        self.too_large = content_length > settings.SIYU.upload_mb * MIB

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        assert self.request
        if self.too_large or not self.request.user.is_authenticated:
            self.request.META["siyu.too_large"] = self.too_large
            raise SkipFile
        Path(settings.FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def too_large(request: HttpRequest) -> bool:
    return bool(request.META.get("siyu.too_large"))


def move(file: UploadedFile, place: Path) -> None:
    """From where it arrived to where it waits; a large one is only renamed."""
    if isinstance(file, TemporaryUploadedFile):
        shutil.move(file.temporary_file_path(), place)
    else:
        place.write_bytes(file.read())
