"""PMT blocks of MediaTek's MBR era, built from the published structs (ptgen's pmt.h); shares nothing with the program.

    old form   2048 bytes: signature, entries from 4, pt_info at 2040, signature in the last 4; mirror 2048 further
    new form   4096 bytes: signature, version text[4], entries from 8, pt_info before the signature at 0xFFC; mirror at +0x1000

    entry      name[64], then    76: size u32, offset u32, mask u32
                                 88: size u64, offset u64, mask u64          (offset linear: boot areas count)
                                 96: size u64, part_id u64, offset u64, mask u64   (offset within its region)
"""
import struct

MAIN, MIRROR = 0x50547631, 0x4D505431  # "PTv1", "MPT1"
MAIN2, MIRROR2 = 0x50547632, 0x4D505432
MAIN3, MIRROR3 = 0x50547633, 0x4D505433
OLD, NEW = 2048, 4096
BOOT1, BOOT2, RPMB, USER = 1, 2, 3, 8
TAIL = 0x100000  # the newer form lies so far before the end of the user area
BMTPOOL = 0x1500000


def entry(size, name, length, offset, mask=0, part_id=USER):
    text = name if isinstance(name, bytes) else name.encode()
    text = text[:64].ljust(64, b"\0")
    if size == 76:
        return text + struct.pack("<III", length & 0xFFFFFFFF, offset & 0xFFFFFFFF, mask)
    if size == 88:
        return text + struct.pack("<QQQ", length, offset, mask)
    if size == 96:
        return text + struct.pack("<QQQQ", length, part_id, offset, mask)
    raise ValueError(size)


def block(entries, form=NEW, size=88, signature=MAIN, sequence=1, version=None, begin=True, end=True):
    """One copy. entries: (name, length, offset) or with mask and part_id. begin, end: is that signature there?"""
    version = version or (b"1.1\0" if size == 96 else b"1.0\0")
    sig = struct.pack("<I", signature)
    data = (sig if begin else bytes(4)) + (version if form == NEW else b"")
    for e in entries:
        data += entry(size, *e)
    if len(data) > form - 8:
        raise ValueError("too many entries for one block")
    info = struct.pack("<BBBB", sequence, 0, 0x11, 0x10)
    return data.ljust(form - 8, b"\0") + info + (sig if end else bytes(4))


def pair(entries, form=NEW, size=88, mirror_entries=None, main=True, mirror=True, sequence=1, mirror_sequence=None, **kw):
    """Main copy and mirror, one after the other; main or mirror False leaves that one out (zeros)."""
    signature = kw.pop("signature", MAIN)
    other = {MAIN: MIRROR, MAIN2: MIRROR2, MAIN3: MIRROR3}[signature]
    a = block(entries, form, size, signature, sequence, **kw) if main else bytes(form)
    b = block(mirror_entries or entries, form, size, other,
              sequence if mirror_sequence is None else mirror_sequence, **kw) if mirror else bytes(form)
    return a + b


def entries(rows, size=88, mbr_start=0xC00000, boot=True):
    """Entries for (name, start in the user area, length); linear but for 96-byte entries. PRELOADER comes first."""
    out = []
    if boot:
        out.append(("PRELOADER", mbr_start if size != 96 else 0x40000, 0, 0, BOOT1))
    for name, start, length in rows:
        out.append((name, length, start + (0 if size == 96 else mbr_start), 0, USER))
    out.append(("BMTPOOL", BMTPOOL, 0xFFFF00A8, 0, USER))
    return out


def parse(data, form, size):
    """An independent reading back, for checking this helper: (signature, [(name, length, offset, part_id)])."""
    sig, = struct.unpack_from("<I", data)
    rows, at = [], 8 if form == NEW else 4
    while at + size <= form - 8 and data[at]:
        name = data[at:at + 64].rstrip(b"\0").decode()
        numbers = {76: "<III", 88: "<QQQ", 96: "<QQQQ"}[size]
        v = struct.unpack_from(numbers, data, at + 64)
        rows.append((name, v[0], v[2], v[1]) if size == 96 else (name, v[0], v[1], None))
        at += size
    return sig, rows
