"""Writes OLE compound files ([MS-CFB]) for tests: streams by path, each below 4 KiB, a few dozen of them."""

import struct
from collections.abc import Mapping
from itertools import pairwise

_SECTOR, _MINI = 512, 64
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A file with these streams; storages are made from the paths."""
    entries: list[tuple[str, int, bytes, list[int]]] = [("Root Entry", _ROOT, b"", [])]
    known = {"": 0}
    for path, data in streams.items():
        *folders, name = path.split("/")
        parent = 0
        for depth in range(len(folders)):
            key = "/".join(folders[: depth + 1])
            if key not in known:
                known[key] = len(entries)
                entries[parent][3].append(len(entries))
                entries.append((folders[depth], _STORAGE, b"", []))
            parent = known[key]
        entries[parent][3].append(len(entries))
        entries.append((name, _STREAM, data, []))
    return _laid_out(entries)


def _laid_out(entries: list[tuple[str, int, bytes, list[int]]]) -> bytes:
    """Sectors: one of the FAT, one of the mini FAT, the directory, the mini stream that holds every stream."""
    directory_sectors = -(-len(entries) // 4)
    mini_fat: list[int] = []
    mini, starts = b"", []
    for _, _, data, _ in entries:
        assert len(data) < 4096, "longer streams do not belong into the mini stream"
        starts.append(len(mini_fat) if data else _END)
        mini_fat += _chain(len(mini_fat), -(-len(data) // _MINI))
        mini += data.ljust(-(-len(data) // _MINI) * _MINI, b"\0")
    fat = [_FAT, _END, *_chain(2, directory_sectors)]
    starts[0] = len(fat)
    fat += _chain(len(fat), -(-len(mini) // _SECTOR))
    siblings = {left: right for _, _, _, children in entries for left, right in pairwise(children)}
    directory = b"".join(
        _entry(name, kind, siblings.get(index, _NONE), children[0] if children else _NONE, starts[index],
               len(data) if index else len(mini))
        for index, (name, kind, data, children) in enumerate(entries)
    ).ljust(directory_sectors * _SECTOR, b"\0")  # fmt: skip
    return (
        _header() + _table(fat) + _table(mini_fat) + directory + mini.ljust(-(-len(mini) // _SECTOR) * _SECTOR, b"\0")
    )


def _table(entries: list[int]) -> bytes:
    assert len(entries) <= 128, "one sector holds 128 entries"
    return struct.pack("<128I", *entries, *[_FREE] * (128 - len(entries)))


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), _END] if count else []


def _header() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 2, 0, 4096, 1, 1, _END, 0)
    return head + struct.pack("<109I", 0, *[_FREE] * 108)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, _NONE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
