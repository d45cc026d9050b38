"""Android's dynamic partitions (LP metadata, "super"), from the published format; writes and reads, for the tests.

    super        4096 bytes reserved; geometry at 0x1000, its backup at 0x2000; metadata slots from 0x3000, then as many backups
    super_empty  geometry at 0, one copy of the metadata at 0x1000

    geometry     magic 0x616C4467, size 52, sha256[32], metadata_max_size, metadata_slot_count, logical_block_size
    header       magic 0x414C5030, 10.minor, header_size (128; 10.2: 256), sha256[32], tables_size, sha256[32] of the tables,
                 {offset, count, entry size} of partitions, extents, groups, block devices; 10.2: flags u32, 124 bytes
    partition    name[36], attributes, first_extent, extents, group                 52
    extent       sectors u64, type (0 linear, 1 zero), first sector u64, device     24
    group        name[36], flags, maximum_size u64                                  48
    device       first_logical_sector u64, alignment, alignment_offset, size u64, partition_name[36], flags   64
"""
import hashlib
import struct

GEOMETRY, HEADER = 0x616C4467, 0x414C5030
RESERVED, BLOCK, SECTOR = 4096, 4096, 512
READONLY, SLOT_SUFFIXED, UPDATED = 1, 2, 4
LINEAR, ZERO = 0, 1


def geometry(max_size=65536, slots=2, block=4096):
    def pack(digest):
        return struct.pack("<II32sIII", GEOMETRY, 52, digest, max_size, slots, block)

    return pack(hashlib.sha256(pack(bytes(32))).digest())


def name36(text):
    return text.encode().ljust(36, b"\0")


def metadata(partitions, devices, groups=(("default", 0, 0),), minor=0, header_flags=0):
    """partitions: (name, attributes, group, [(sectors, type, first sector, device)]); devices: (first_logical_sector,
    alignment, alignment_offset, size, name, flags); groups: (name, flags, maximum)."""
    table, extents = b"", b""
    count = 0
    for name, attributes, group, rows in partitions:
        table += struct.pack("<36sIIII", name36(name), attributes, count, len(rows), group)
        count += len(rows)
        for sectors, kind, first, device in rows:
            extents += struct.pack("<QIQI", sectors, kind, first, device)
    group_table = b"".join(struct.pack("<36sIQ", name36(n), f, m) for n, f, m in groups)
    device_table = b"".join(struct.pack("<QIIQ36sI", fs, al, off, size, name36(n), fl) for fs, al, off, size, n, fl in devices)
    tables, descriptors = b"", b""
    for data, n, size in ((table, len(partitions), 52), (extents, count, 24), (group_table, len(groups), 48),
                          (device_table, len(devices), 64)):
        descriptors += struct.pack("<III", len(tables), n, size)
        tables += data
    size = 256 if minor >= 2 else 128

    def pack(digest):
        head = struct.pack("<IHHI32sI32s", HEADER, 10, minor, size, digest, len(tables), hashlib.sha256(tables).digest())
        head += descriptors
        return head + (struct.pack("<I124x", header_flags) if minor >= 2 else b"")

    return pack(hashlib.sha256(pack(bytes(32))).digest()) + tables


def head(slots, max_size=65536, block=4096, backup_slots=None):
    """The first bytes of a super: reserved, both geometries, the metadata of each slot, the backups."""
    geo = geometry(max_size, len(slots), block).ljust(4096, b"\0")
    out = bytes(RESERVED) + geo + geo
    for m in list(slots) + list(backup_slots or slots):
        out += m.ljust(max_size, b"\0")
    return out


def slot_at(slot, slots, max_size=65536, backup=False):
    return RESERVED + 2 * 4096 + max_size * (slot + (slots if backup else 0))


def empty_image(partitions, devices, groups, max_size=65536, slots=2, minor=0):
    return geometry(max_size, slots).ljust(4096, b"\0") + metadata(partitions, devices, groups, minor)


def parse(data, at):
    """The metadata at that offset: (partitions, devices, groups, minor) as metadata() takes them. Checks both sums."""
    magic, major, minor, size, digest, tables_size, tables_digest = struct.unpack_from("<IHHI32sI32s", data, at)
    assert magic == HEADER and major == 10
    raw = bytearray(data[at:at + size])
    raw[12:44] = bytes(32)
    assert hashlib.sha256(bytes(raw)).digest() == digest
    tables = data[at + size:at + size + tables_size]
    assert hashlib.sha256(tables).digest() == tables_digest
    table = [struct.unpack_from("<III", data, at + 80 + 12 * i) for i in range(4)]

    def rows(i, form):
        offset, n, step = table[i]
        return [struct.unpack_from(form, tables, offset + step * k) for k in range(n)]

    def text(b):
        return b.split(b"\0")[0].decode()

    extents = rows(1, "<QIQI")
    partitions = [(text(n), a, g, [tuple(e) for e in extents[f:f + c]]) for n, a, f, c, g in rows(0, "<36sIIII")]
    groups = [(text(n), f, m) for n, f, m in rows(2, "<36sIQ")]
    devices = [(fs, al, off, s, text(n), fl) for fs, al, off, s, n, fl in rows(3, "<QIIQ36sI")]
    return partitions, devices, groups, minor


def build(path, size, contents, max_size=65536, slots=2, extent_bytes=None, minor=0, first=1 << 20, slot_contents=None,
          device="super", attributes=READONLY):
    """A super of that size in a file. contents: [(name, bytes)], laid out from `first`; with extent_bytes each is torn
    into extents of so many bytes that lie interleaved with the others'. Returns {name: [(start, length)]} in super."""
    pieces = []
    for name, data in contents:
        step = extent_bytes or max(len(data), 1)
        pieces += [(k, name, data[k:k + step]) for k in range(0, len(data), step)]
    pieces.sort(key=lambda p: p[0])  # interleaved: first extents of all, then the second ones, ...
    where, at = {name: [] for name, _ in contents}, first
    with open(path, "wb") as f:
        f.truncate(size)
        for _, name, data in pieces:
            length = -(-len(data) // SECTOR) * SECTOR
            f.seek(at)
            f.write(data)
            where[name].append((at, length))
            at += -(-length // BLOCK) * BLOCK
            if at > size:
                raise ValueError("super is too small")

        def rows(names):
            return [(n, attributes, 1, [(length // SECTOR, LINEAR, start // SECTOR, 0) for start, length in where[n]])
                    for n in names]

        devices = [(first // SECTOR, 1 << 20, 0, size, device, 0)]
        groups = [("default", 0, 0), ("main", 0, size)]
        names = [n for n, _ in contents]
        per_slot = slot_contents or [names] * slots
        tables = [metadata(rows(n), devices, groups, minor) for n in per_slot]
        f.seek(0)
        f.write(head(tables, max_size))
    return where
