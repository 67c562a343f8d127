"""The file itself: kept in pieces in the database, so that any worker can read it."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings

from members.models import ImportPiece
from members.services.importing.refused import FileRefused

PIECE = 1024 * 1024  # bytes
AT_ONCE = 8  # pieces in one statement
_MB = 1_000_000


def store_pieces(import_id: UUID, chunks: Iterable[bytes]) -> str:
    """Keep the file, and answer its SHA-256. Raises FileRefused for one that is too large or empty."""
    digest = hashlib.sha256()
    size = 0
    waiting: list[ImportPiece] = []
    for number, content in enumerate(_in_pieces(chunks)):
        digest.update(content)
        size += len(content)
        if size > settings.IMPORT_MAX_BYTES:
            raise FileRefused("too_large", settings.IMPORT_MAX_BYTES // _MB)
        waiting.append(ImportPiece(of_id=import_id, number=number, content=content))
        if len(waiting) == AT_ONCE:
            ImportPiece.objects.bulk_create(waiting)
            waiting = []
    ImportPiece.objects.bulk_create(waiting)
    if not size:
        raise FileRefused("empty")
    return digest.hexdigest()


def _in_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, PIECE at a time."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    if waiting:
        yield bytes(waiting)


class PieceFile(io.RawIOBase):
    """The kept file as one that can be read and sought; two pieces of it are in memory at a time."""

    def __init__(self, import_id: UUID) -> None:
        self._import_id = import_id
        last = (
            ImportPiece.objects.filter(of_id=import_id).order_by("-number").values_list("number")
        ).first()
        if last is None:
            raise FileRefused("empty")
        self._place = 0
        self._known: dict[int, bytes] = {}
        self._size = last[0] * PIECE + len(self._piece(last[0]))

    @property
    def size(self) -> int:
        """Of the whole file, in bytes."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._place >= self._size:
            return 0
        number, at = divmod(self._place, PIECE)
        found = self._piece(number)[at : at + len(buffer)]
        buffer[: len(found)] = found
        self._place += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if number not in self._known:
            if len(self._known) > 1:
                self._known.pop(next(iter(self._known)))
            kept = ImportPiece.objects.values_list("content", flat=True)
            self._known[number] = bytes(kept.get(of_id=self._import_id, number=number))
        return self._known[number]


def open_pieces(import_id: UUID) -> io.BufferedReader:
    """The kept file, to be read from its beginning. Raises FileRefused when it is gone."""
    return io.BufferedReader(PieceFile(import_id), buffer_size=64 * 1024)
