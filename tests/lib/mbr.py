"""MBR, EBR1, EBR2 as MediaTek's ptgen chains them: several 0x83 slots in each EBR, every start relative to the EBR it
stands in, lengths of 0xFFFFFFFF where nobody wanted to count. Not a standard chain of logical partitions."""
import struct

EXTENDED, LINUX = 0x05, 0x83
ALL = 0xFFFFFFFF


def block(slots):
    """512 bytes; slots: (type, start, length) in sectors, or None for an empty one."""
    data = bytearray(512)
    for i, slot in enumerate(slots):
        if slot:
            kind, start, length = slot
            data[446 + 16 * i:462 + 16 * i] = struct.pack("<4xB3xII", kind, start, length)
    data[510:] = b"\x55\xAA"
    return bytes(data)


def chain(ebrs, parts):
    """{offset: block} for EBRs at these user offsets (ebrs[0] is EBR1) and parts (start, length) in bytes, ascending.

    The MBR holds EBR1 and three partitions, EBR1 holds three and the way to EBR2, and so on. The last partition's
    length is 0xFFFFFFFF less the distance from EBR1, as on the phones."""
    out, left = {}, [(s // 512, n // 512) for s, n in parts]
    first = ebrs[0] // 512
    last = left[-1] if left else None

    def take(n, base):
        rows = []
        while left and len(rows) < n:
            start, length = left.pop(0)
            if (start, length) == last:
                length = ALL - (start - first)
            rows.append((LINUX, start - base, length))
        return rows

    out[0] = block([(EXTENDED, first, ALL)] + take(3, 0))
    for i, at in enumerate(ebrs):
        base, more = at // 512, i + 1 < len(ebrs)
        slots = take(3 if more else 4, base)
        if more:
            slots = slots + [None] * (3 - len(slots)) + [(EXTENDED, ebrs[i + 1] // 512 - first, ALL)]
        out[at] = block(slots)
    return out


def write(path, blocks):
    with open(path, "r+b") as f:
        for at, data in blocks.items():
            f.seek(at)
            f.write(data)


def parse(data):
    """The slots of one block, read back for checking: [(type, start, length)]."""
    assert data[510:512] == b"\x55\xAA"
    rows = [struct.unpack_from("<4xB3xII", data, 446 + 16 * i) for i in range(4)]
    return [r for r in rows if r != (0, 0, 0)]
