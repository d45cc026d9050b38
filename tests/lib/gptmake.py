"""GPTs from the published layout, for what sgdisk does not write: other sector sizes, hostile entries, gaps in one copy.

Checked against sgdisk -v. A medium of `sectors` sectors: protective MBR, header, 128 entries, ..., entries, header."""
import os
import struct
import zlib

BASIC_DATA = bytes.fromhex("a2a0d0ebe5b9334487c068b6b72699c7")


def entry(name, first, last, kind=BASIC_DATA, unique=None, attributes=0):
    return (kind + (unique or os.urandom(16)) + struct.pack("<QQQ", first, last, attributes)
            + name.encode("utf-16-le")[:72].ljust(72, b"\0"))


def header(my, other, entries_at, table, sectors, sector=512, count=128, guid=bytes(16)):
    room = -(-len(table) // sector)
    h = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, my, other, 2 + room, sectors - 2 - room,
                              guid, entries_at, count, 128, zlib.crc32(table)))
    h[0x10:0x14] = struct.pack("<I", zlib.crc32(bytes(h)))
    return bytes(h)


def blocks(parts, size, sector=512, kind=BASIC_DATA):
    """{offset: bytes} of both copies; parts: (name, start, length) in bytes."""
    table = b"".join(entry(n, s // sector, (s + length) // sector - 1, kind) for n, s, length in parts).ljust(128 * 128, b"\0")
    sectors, room = size // sector, -(-len(table) // sector)
    last = sectors - 1
    mbr = bytearray(512)
    mbr[446:462] = struct.pack("<4xB3xII", 0xEE, 1, min(last, 0xFFFFFFFF))
    mbr[510:] = b"\x55\xAA"
    return {0: bytes(mbr), sector: header(1, last, 2, table, sectors, sector), 2 * sector: table,
            (last - room) * sector: table, last * sector: header(last, 1, last - room, table, sectors, sector)}


def write(path, parts, size, sector=512, kind=BASIC_DATA):
    with open(path, "wb") as f:
        f.truncate(size)
        for at, data in blocks(parts, size, sector, kind).items():
            f.seek(at)
            f.write(data)


def recrc(path, header_at, entries_at):
    """Makes both sums of a header good again after an edit of its entries."""
    with open(path, "r+b") as f:
        f.seek(header_at)
        h = bytearray(f.read(92))
        n, size = struct.unpack_from("<II", h, 0x50)
        f.seek(entries_at)
        h[0x58:0x5C] = struct.pack("<I", zlib.crc32(f.read(n * size)))
        h[0x10:0x14] = bytes(4)
        h[0x10:0x14] = struct.pack("<I", zlib.crc32(bytes(h)))
        f.seek(header_at)
        f.write(h)
