"""ZIP containers from strangers: sizes are counted while unpacking, never believed.

Promises: no member is written anywhere, names are only ever keys, and a member, or all of them together, that unpacks
to more than the limits is a BOMB before the memory is spent.
"""

import io
import zipfile
import zlib
from struct import Struct
from struct import error as struct_error

from ingestion.errors import Park, ParkReason
from ingestion.extraction.limits import Limits

_RATIO_FLOOR = 4 << 20  # below this size a high ratio harms nobody: empty sheets reach 500
_STEP = 1 << 16
_LOCAL_HEADER = 30  # bytes before a member's name and extra field, whose lengths are its last two numbers
_NAME_LENGTHS = Struct("<HH")


class Zipped:
    """A ZIP held in memory, with a budget that all reads from it share."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, struct_error, NotImplementedError):
            raise Park(ParkReason.MALFORMED) from None
        infos = self._zip.infolist()
        if len(infos) > limits.archive_entries:
            raise Park(ParkReason.BOMB)
        self._data = data
        self._ratio = limits.unpack_ratio
        self._left = limits.unpacked_bytes
        self._members = {info.filename: info for info in infos if not info.is_dir()}

    def names(self) -> list[str]:
        return list(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def encrypted(self, name: str) -> bool:
        return bool(self._members[name].flag_bits & 0x1)

    def read(self, name: str) -> bytes:
        """The member's bytes. Park(MALFORMED, ENCRYPTED or BOMB); b"" is never given for what is absent."""
        info = self._members.get(name)
        if info is None:
            raise Park(ParkReason.MALFORMED)
        if info.flag_bits & 0x1:
            raise Park(ParkReason.ENCRYPTED)
        allowed = min(self._left, max(_RATIO_FLOOR, info.compress_size * self._ratio))
        try:
            data = self._unpack(info, allowed)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError, struct_error):
            raise Park(ParkReason.MALFORMED) from None
        self._left -= len(data)
        return data

    def get(self, name: str) -> bytes | None:
        return self.read(name) if name in self._members else None

    def _unpack(self, info: zipfile.ZipInfo, allowed: int) -> bytes:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return self._unpack_slowly(info, allowed)
        names = _NAME_LENGTHS.unpack_from(self._data, info.header_offset + _LOCAL_HEADER - _NAME_LENGTHS.size)
        start = info.header_offset + _LOCAL_HEADER + sum(names)
        packed = self._data[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            data, whole = packed, len(packed) == info.compress_size
        else:
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            data = inflater.decompress(packed, allowed + 1)
            whole = inflater.eof or len(data) > allowed
        if len(data) > allowed:
            raise Park(ParkReason.BOMB)
        if not whole or zlib.crc32(data) != info.CRC:
            raise zipfile.BadZipFile
        return data

    def _unpack_slowly(self, info: zipfile.ZipInfo, allowed: int) -> bytes:
        """What the stdlib knows besides: bzip2, LZMA, Zstandard."""
        pieces, size = [], 0
        with self._zip.open(info) as member:
            while piece := member.read(_STEP):
                size += len(piece)
                if size > allowed:
                    raise Park(ParkReason.BOMB)
                pieces.append(piece)
        return b"".join(pieces)
