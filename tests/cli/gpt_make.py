#!/usr/bin/env python3
"""romsplit gpt: pgpt.bin and sgpt.bin from a scatter file, a printed table, what a dump has left of its table.

Truth: sgdisk -v and -i on a sparse disk with both files in place (through a loop device for sectors of 4096), partx, the real tables
of ../shared/real, and the files that described them."""
import glob
import os
import re
import shutil
import struct
import sys
import zlib

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
import gptmake
import scatter_dump
from dumps import *

GIB = 1 << 30
BASIC = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"


def made(t, *args, status=0, out="gpt"):
    """Runs romsplit gpt into a directory of its own: (pgpt.bin, sgpt.bin, what it says)."""
    text = run("gpt", *args, "-o", f"{t}/{out}", "--no-sync", status=status).decode()
    assert sorted(os.listdir(f"{t}/{out}")) == ["pgpt.bin", "sgpt.bin"], os.listdir(f"{t}/{out}")
    return open(f"{t}/{out}/pgpt.bin", "rb").read(), open(f"{t}/{out}/sgpt.bin", "rb").read(), text


def refused(t, *args, why, status=1):
    run("gpt", *args, "-o", t + "/refused", "--no-sync", status=status)
    assert re.search(why, run.stderr), (why, run.stderr)
    assert not glob.glob(t + "/refused/*"), "nothing may be written"


def disk(t, size, primary, backup):
    """A sparse disk of that size with both in place."""
    with open(t + "/disk", "wb") as f:
        f.truncate(size)
        f.write(primary)
        f.seek(size - len(backup))
        f.write(backup)
    return t + "/disk"


class Loop:
    """The disk as a device with sectors of that size."""

    def __init__(self, path, sector):
        try:
            self.name = tool("losetup", "-f", "--show", "-b", sector, path).strip()
        except Exception:
            raise Skip("there are no loop devices here")

    def __enter__(self):
        return self.name

    def __exit__(self, *_):
        tool("losetup", "-d", self.name)


def verified(device, parts, sector=512):
    """sgdisk has no complaint, and finds these parts; [{field: value}] of all that it says of each."""
    said = tool("sgdisk", "-v", device)
    assert "No problems found" in said and "Problem:" not in said and "arning" not in said, said
    rows = re.findall(r"^ +(\d+) +(\d+) +(\d+) +\S+ \S+ +\w{4}  ?(.*)$", tool("sgdisk", "-p", device), re.M)
    have = [(n.strip(), int(a) * sector, (int(b) - int(a) + 1) * sector) for _, a, b, n in rows]
    assert have == list(parts), (have, parts)
    info = []
    for number, *_ in rows:
        text = tool("sgdisk", "-i", number, device)
        info.append({"type": re.search(r"code: ([\w-]+)", text)[1], "unique": re.search(r"unique GUID: ([\w-]+)", text)[1],
                     "flags": int(re.search(r"flags: (\w+)", text)[1], 16), "number": int(number)})
    return info


def checked(device, parts, sector=512):
    info = verified(device, parts, sector)
    assert len({x["unique"] for x in info}) == len(info), "unique GUIDs"
    return info


# ---- from a scatter file ---------------------------------------------------------------------------------------------------------

def real_scatters(t):
    """real: every factory scatter file of a GPT phone, media of several sizes: sgdisk has no complaint and finds the layout"""
    files = sorted(glob.glob(REAL + "/scatter/MT*_Android_scatter*")) if REAL else []
    if not files:
        raise Skip("there are none here")
    old = 0
    for path in files:
        s = scatter_dump.Scatter(path)
        if s.old:
            refused(t, "--scatter", path, "--size", "16G", "--sector", 512, why="MBR era")
            old += 1
            continue
        # WwR's files have the places of one medium
        ends = [int(x, 16) for x in re.findall(rb"name: sgpt\r?\n(?:  .*\n)*?  physical_start_addr: 0x(?!FFFF)(\w+)", s.data)]
        if ends:
            refused(t, "--scatter", path, "--size", "16G", why="userdata")
        for size in [ends[0] + 0x4200] if ends else (31268536320, 64 * GIB):
            parts = s.layout(size)
            template = next(int(r["partition_size"], 16) for r in s.rows if r["partition_name"] == "userdata")
            if template > next(n for name, _, n in parts if name == "userdata"):
                refused(t, "--scatter", path, "--size", size, "--sector", 512, why="userdata: begins at .* but the medium leaves")
                continue
            sector = ["--sector", "512"] if s.kind == "v2" or b"storage_type" in s.data else []
            primary, backup, text = made(t, "--scatter", path, "--size", size, *sector, out=f"{os.path.basename(path)}{size}")
            info = checked(disk(t, size, primary, backup), parts)
            assert {x["type"] for x in info} == {BASIC} and {x["flags"] for x in info} == {0}, path
            assert len(primary) == 34 * 512 and len(backup) == 33 * 512
            assert (ends or "userdata takes all" in text) and "derived" in text and BASIC in text, text
            assert f"0x{size - len(backup):x}" in text, text
    assert old >= 4 and len(files) - old >= 10


def ufs(t):
    """sectors of 4096: the UFS section of a real V2 file; sgdisk, partx and the sums agree"""
    path = REAL + "/scatter/MT6893_Android_scatter__k6893v1_64.txt"
    if not REAL or not os.path.exists(path):
        raise Skip("there are none here")
    if not shutil.which("partx", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        raise Skip("there is no partx")
    size = 128 * GIB - 4096 * 7
    refused(t, "--scatter", path, "--size", size, why="eMMC and for UFS")
    primary, backup, text = made(t, "--scatter", path, "--size", size, "--sector", 4096)
    parts = scatter_dump.Scatter(path, "UFS").layout(size)
    assert len(primary) == 6 * 4096 and len(backup) == 5 * 4096
    for header, entries in ((primary[4096:4188], primary[8192:]), (backup[-4096:-4004], backup[:-4096])):
        assert struct.unpack_from("<I", header, 0x58)[0] == zlib.crc32(entries[:16384])
        assert struct.unpack_from("<I", header, 0x10)[0] == zlib.crc32(header[:16] + bytes(4) + header[20:])
    d = disk(t, size, primary, backup)
    rows = [x.split() for x in tool("partx", "-g", "-S", "4096", "-o", "NAME,START,SECTORS", d).splitlines()]
    assert [(n, int(a) * 512, int(b) * 512) for n, a, b in rows] == parts, rows[:3]
    with Loop(d, 4096) as device:
        checked(device, parts, 4096)
    # the eMMC section for UFS, or the other way round, is none
    emmc = REAL + "/scatter/MT6768_Android_scatter__biloba.txt"
    refused(t, "--scatter", emmc, "--size", "64G", "--sector", 4096, why="for eMMC, which has sectors of 512")


def text_of(rows, platform="MT6765", storage="EMMC"):
    """A scatter file of ours; rows: (name, address, size, operation)."""
    lines = ["- general: MTK_PLATFORM_CFG", "  info: ", "    - config_version: V1.1.2", f"      platform: {platform}",
             f"      storage: {storage}", "      block_size: 0x20000"]
    for i, (name, at, size, *operation) in enumerate(rows):
        region = "EMMC_BOOT_1" if name == "preloader" else "EMMC_USER"
        lines += [f"- partition_index: SYS{i}", f"  partition_name: {name}", "  file_name: NONE", "  is_download: false",
                  "  type: NORMAL_ROM", f"  linear_start_addr: 0x{at:x}", f"  physical_start_addr: 0x{at:x}",
                  f"  partition_size: 0x{size:x}", f"  region: {region}", "  storage: HW_STORAGE_EMMC",
                  f"  is_reserved: {'true' if at >> 16 == 0xFFFF else 'false'}",
                  f"  operation_type: {operation[0] if operation else 'UPDATE'}", "  reserve: 0x00", ""]
    return "\n".join(lines) + "\n"


FRONT = [("preloader", 0, 0x40000), ("pgpt", 0, 0x8000), ("proinfo", 0x8000, 0x300000), ("nvram", 0x308000, 0x500000)]
BOOT, USERDATA = ("boot", 0x1000000, 0x2000000), 0x3000000
TAIL = [("flashinfo", 0xFFFF0080, 0x1000000), ("sgpt", 0xFFFF0000, 0x4200)]


def scatter_file(t, rows):
    with open(t + "/MT6765_Android_scatter.txt", "w") as f:
        f.write(text_of(rows))
    return t + "/MT6765_Android_scatter.txt"


def growth(t):
    """userdata takes what is left, whatever its template says: up to what stands at the end, or to the end; nothing else grows"""
    size = 4 * GIB
    end = size - 0x4200
    user = ("userdata", USERDATA, 0x60000000)
    for rows, last in ((FRONT + [BOOT, user] + TAIL, end - 0x1000000), (FRONT + [BOOT, user] + TAIL[1:], end),
                       (FRONT + [BOOT, ("userdata", USERDATA, 0)] + TAIL, end - 0x1000000),
                       (FRONT + [BOOT, ("intsd", USERDATA, 0)], end),
                       (FRONT + [BOOT, ("userdata", USERDATA, 0x1C0000000, "NEEDRESIZE")] + TAIL, end - 0x1000000)):
        primary, backup, text = made(t, "--scatter", scatter_file(t, rows), "--size", "4G", out=f"o{len(os.listdir(t))}")
        want = [r[:3] for r in rows if r[0] not in ("preloader", "pgpt", "sgpt", "flashinfo")][:-1]
        want.append((rows[len(want) + 2][0], USERDATA, last - USERDATA))
        if rows[-2][0] == "flashinfo":
            want.append(("flashinfo", end - 0x1000000, 0x1000000))
        checked(disk(t, size, primary, backup), want)
        assert re.search(r"(userdata|intsd) takes all", text), text
    # before another partition its size is meant
    rows = FRONT + [BOOT, ("userdata", USERDATA, 0x10000000), ("custom", 0x20000000, 0x1000000)] + TAIL
    primary, backup, text = made(t, "--scatter", scatter_file(t, rows), "--size", "4G")
    parts = [r[:3] for r in rows[2:-2]] + [("flashinfo", end - 0x1000000, 0x1000000)]
    checked(disk(t, size, primary, backup), parts)
    assert "takes all" not in text and "0xd000000 bytes from 0x13000000 on belong to no partition" in text, text


def refusals(t):
    """overlaps, what lies outside, unknown lengths and sizes, odd numbers, too many or too long names: refused by name, nothing written"""
    user = ("userdata", USERDATA, 0x60000000)

    def scatter(*rows):
        return "--scatter", scatter_file(t, FRONT + list(rows) + TAIL)

    refused(t, *scatter(BOOT, user), why="--size")
    refused(t, *scatter(("boot", 0x600000, 0x2000000), user), "--size", "4G", why="nvram and boot overlap")
    refused(t, *scatter(BOOT, ("recovery", 0x2000000, 0x2000000), user), "--size", "4G", why="boot and recovery overlap")
    refused(t, *scatter(BOOT, user), "--size", "1G", why="userdata: begins at 0x3000000 with 0x60000000 bytes at least")
    refused(t, *scatter(BOOT, user), "--size", "32M", why="userdata|boot")
    refused(t, *scatter(BOOT, user), "--size", 4 * GIB + 100, why="whole number of sectors")
    refused(t, *scatter(BOOT, user), "--size", 8192, why="is none|room|leaves|does not tell where it begins")
    refused(t, *scatter(("boot", 0x1000000, 0), user), "--size", "4G", why="boot: its length is not known")
    refused(t, *scatter(("boot", 0x1000000, 0x2000100), user), "--size", "4G", why="boot: .*sectors of 512|overlap")
    refused(t, *scatter(("boot", 0x1000100, 0x1000000), user), "--size", "4G", why="boot: .*sectors of 512")
    refused(t, "--scatter", scatter_file(t, [("boot", 0x4000, 0x1000), user]), "--size", "4G", why="boot: .*where the table itself is")
    refused(t, *scatter(("b" * 37, 0x1000000, 0x1000), user), "--size", "4G", why="36")
    refused(t, *scatter(*[(f"p{i}", 0x1000000 + i * 0x1000, 0x1000) for i in range(130)], user), "--size", "4G", why="128 entries")
    refused(t, *scatter(("MBR", 0, 0x80000), BOOT, user), "--size", "4G", why="MBR era")
    for size in ("0", "x", "-5", "5P", "64GB", "99999999999999999999", "0x", "17179869184G"):
        run("gpt", *scatter(BOOT, user), "--size", size, "-o", t + "/refused", status=2)
    run("gpt", *scatter(BOOT, user), "--size", "4G", status=2)
    run("gpt", "--size", "4G", "-o", t + "/refused", status=2)
    primary, _, _ = made(t, *scatter(*[(f"p{i}", 0x1000000 + i * 0x1000, 0x1000) for i in range(124)], user), "--size", "0x100000000")
    assert primary == made(t, *scatter(*[(f"p{i}", 0x1000000 + i * 0x1000, 0x1000) for i in range(124)], user), "--size", 4 * GIB, out="b")[0]


def same_each_time(t):
    """the same input makes the same bytes; another name or number makes another unique GUID"""
    rows = FRONT + [BOOT, ("userdata", USERDATA, 0)] + TAIL
    f = scatter_file(t, rows)
    first = made(t, "--scatter", f, "--size", "4G")
    assert first[:2] == made(t, "--scatter", f, "--size", "4G", out="again")[:2]
    unique = [first[0][1024 + 128 * i + 16:1024 + 128 * i + 32] for i in range(5)]
    assert all(u[7] >> 4 == 5 and u[8] >> 6 == 2 for u in unique) and len(set(unique)) == 5
    rows[4] = ("recovery",) + BOOT[1:]
    other = made(t, "--scatter", scatter_file(t, rows), "--size", "4G", out="other")[0]
    changed = [i for i in range(5) if other[1024 + 128 * i + 16:1024 + 128 * i + 32] != unique[i]]
    assert changed == [2], changed


# ---- from what is left of a table --------------------------------------------------------------------------------------------------

PARTS = [("boot_para", 64, 2048, "A053AA7F-40B8-4B1C-BA08-2F68AC71A4F4", 0), ("lk", 4096, 2048, BASIC, 4),
         ("süper-名", 8192, 65536, "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 1 << 62), ("nvram", 81920, 10240, BASIC, 0),
         ("userdata", 131072, 262144, BASIC, 0)]


def gpt_disk(t, mib=256):
    """A disk by sgdisk with types, attributes, names and numbers of all sorts, entry 4 unused: path, its rows."""
    path = t + "/phone.bin"
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    args = ["sgdisk", "-a", "1", "-U", "12345678-1234-5678-9ABC-DEF012345678"]
    for i, (name, start, n, kind, flags) in enumerate(PARTS, 1):
        number = i + (i > 3)
        args += ["-n", f"{number}:{start}:{start + n - 1}", "-c", f"{number}:{name}", "-t", f"{number}:{kind}",
                 "-u", f"{number}:C4C310E2-4A7E-77D3-4818-61E2D8BB5E{number:02X}"]
        args += [x for bit in range(64) if flags >> bit & 1 for x in ("-A", f"{number}:set:{bit}")]
    tool(*args, path)
    return path, [(name, start * 512, n * 512) for name, start, n, *_ in PARTS]


def damage(path, what):
    size = os.path.getsize(path)
    if what in ("primary", "entries"):
        edit(path, 0 if what == "primary" else 1024, bytes(34 * 512 if what == "primary" else 128 * 6))
    if what in ("backup", "entries"):
        edit(path, size - 33 * 512, bytes(33 * 512) if what == "backup" else read(path, size - 33 * 512, 128) + bytes(128))
    if what == "headers":
        edit(path, 512, bytes(512)), edit(path, size - 512, bytes(512))
    if what == "both":  # the first entries of one copy, the last of the other
        edit(path, 1024, b"\xff" * 256)
        edit(path, size - 33 * 512 + 3 * 128, b"\xff" * 384)


def from_damaged(t):
    """a dump whose table is damaged: both copies come back byte for byte as sgdisk wrote them, GUIDs, attributes, numbers and all"""
    path, rows = gpt_disk(t)
    size = os.path.getsize(path)
    whole = read(path, 512, 33 * 512), read(path, size - 33 * 512, 33 * 512)
    was = verified(path, rows)
    assert [x["number"] for x in was] == [1, 2, 3, 5, 6]
    for what, status in (("nothing", 0), ("primary", 0), ("backup", 0), ("both", 0)):
        gpt_disk(t)
        damage(path, what)
        before = sha256_file(path)
        primary, backup, text = made(t, path, status=status, out=what)
        assert primary[512:] == whole[0] and backup == whole[1], what
        assert sha256_file(path) == before, "the dump is not written to"
        assert verified(disk(t, size, primary, backup), rows) == was, what
        assert "derived" not in text and "usual type" not in text, text
        assert "damaged: check" not in text, "the sum of the merged entries is that of the headers"
    # both headers gone: the entries alone, and the size is not known any more
    rows = gpt(path, [(f"part_{x}", 2, None) for x in "abcdefghijkl"], 64)
    was = verified(path, rows)
    damage(path, "headers")
    refused(t, path, why="--size")
    primary, backup, text = made(t, path, "--size", "64M", status=1, out="headers")
    assert verified(disk(t, 64 << 20, primary, backup), rows) == was and "disk is zero" in text, text
    gpt_disk(t)
    damage(path, "entries")  # entry 2 is lost in both: the gap that it leaves is told
    primary, backup, text = made(t, path, status=1, out="lost")
    assert "0x1f0000 bytes from 0x108000" not in text or "belong to no partition" in text
    assert "damaged: check" in text and "belong to no partition" in text, text


def other_medium(t):
    """for a larger medium the rows stay where they are, and what is left over is told; for a smaller one it is refused"""
    path, rows = gpt_disk(t)
    primary, backup, text = made(t, path, "--size", "1G")
    verified(disk(t, GIB, primary, backup), rows)
    assert re.search(r"from 0xc000000 on belong to no partition", text), text
    refused(t, path, "--size", "160M", why="userdata: ends at 0xc000000")
    refused(t, path, "--sector", 4096, why="sectors of 512 bytes, not of 4096")


def real_emtee(t):
    """real: the table of a MediaTek phone, cut short, backup gone: pgpt.bin is its first 34 sectors, byte for byte"""
    path = REAL + "/partition-tables/emtee40_gpt.bin"
    if not REAL or not os.path.exists(path):
        raise Skip("there are none here")
    primary, backup, text = made(t, path)
    data = open(path, "rb").read()
    assert primary == data[:34 * 512], "protective MBR, header, entries"
    assert "derived" not in text and len(backup) == 33 * 512
    d = disk(t, 122142720 * 512, primary, backup)
    facts = re.findall(r"^ +\d+ +(\d+) +(\d+) +\S+ \S+ +\w{4}  ?(\S+)$", open(REAL + "/partition-tables/facts/emtee40_gpt.bin.txt").read(), re.M)
    parts = [(n, int(a) * 512, (int(b) - int(a) + 1) * 512) for a, b, n in facts]
    verified(d, parts)
    # MediaTek's own 4096 table, too
    path = REAL + "/reports/mtk/gpt_mt6781_ufs.bin"
    primary, backup, text = made(t, path, out="ufs")
    assert primary[4096:] == open(path, "rb").read()[4096:6 * 4096], "but for the CHS in the MBR, which sgdisk wrote"
    size = 31240192 * 4096
    with Loop(disk(t, size, primary, backup), 4096) as device:
        assert "No problems found" in tool("sgdisk", "-v", device)


def no_table(t):
    """a dump without a table: refused, with what would help; with --scatter or --table as good as that file"""
    with open(t + "/d", "wb") as f:
        f.truncate(64 << 20)
    refused(t, t + "/d", why="--scatter.*--table")
    f = scatter_file(t, FRONT + [BOOT, ("userdata", USERDATA, 0)] + TAIL)
    a = made(t, t + "/d", "--scatter", f, "--size", "4G")
    assert a[:2] == made(t, "--scatter", f, "--size", "4G", out="b")[:2]
    gptmake_rows = [("mbr", 0, 0x80000)]
    with open(t + "/old.txt", "w") as out:
        out.write("Part_Name\tSize\tStartAddr\tType\tMapTo\n" + "".join(
            f"{n} 0x{b:016x} 0x{a:016x} 2 /dev/block/mmcblk0\n" for n, a, b in gptmake_rows))
    refused(t, "--table", t + "/old.txt", "--size", "4G", why="MBR era")


# ---- from a printed table ----------------------------------------------------------------------------------------------------------

def printgpt(rows, info, size):
    """As mtkclient prints a table: it swaps two bytes of a GUID, and knows few types by name."""
    types = {BASIC: "EFI_BASIC_DATA", "0FC63DAF-8483-4772-8E79-3D69D8477DE4": "EFI_LINUX_DAYA"}
    text = "GPT Table:\n-------------\n"
    for (name, start, n), x in zip(rows, info):
        a, b, c, d, e = x["unique"].lower().split("-")
        text += (f"{name + ':':20} Offset 0x{start:016x}, Length 0x{n:016x}, Flags 0x{x['flags']:016x}, "
                 f"UUID {a}-{b}-{c}-{d[2:] + d[:2]}-{e}, Type {types.get(x['type'], '0x' + x['type'][:8].lower())}\n")
    return text + f"\nTotal disk size:0x{size:016x}, sectors:0x{size // 512:016x}\n"


def from_printed(t):
    """a printed table: places, unique GUIDs and attributes as printed, the type where it is printed in full; the rest is said"""
    path, rows = gpt_disk(t)
    size, was = os.path.getsize(path), verified(path, rows)
    with open(t + "/table.txt", "w") as f:
        f.write(printgpt(rows, was, size))
    primary, backup, text = made(t, "--table", t + "/table.txt")
    now = verified(disk(t, size, primary, backup), rows)
    for x, y in zip(was, now):
        assert (x["unique"], x["flags"]) == (y["unique"], y["flags"]), (x, y)
        assert y["type"] == (BASIC if x["type"].startswith("A053") else x["type"]), (x, y)
    assert "1 partitions get MediaTek's usual type" in text and "derived" not in text, text
    for text, said in (("".join(f"[GPT_LK][{i}]name={n}, part_id=8, start_sect=0x{a // 512:x}, nr_sects=0x{b // 512:x}\n"
                                for i, (n, a, b) in enumerate(rows)), "derived"),
                       ("Name Start Size\n" + "".join(f"{n} 0x{a:016x} 0x{b:016x}\n" for n, a, b in rows), "sectors have 512 bytes")):
        with open(t + "/table.txt", "w") as f:
            f.write(text)
        refused(t, "--table", t + "/table.txt", why="--size")
        primary, backup, text = made(t, "--table", t + "/table.txt", "--size", "256M", out=said[:4])
        checked(disk(t, size, primary, backup), rows)
        assert said in text, text
    with open(t + "/table.txt", "a") as f:
        f.write("nothing 0x0000000001000000 0x0000000000000000\n")
    refused(t, "--table", t + "/table.txt", "--size", "256M", why="nothing: line 7")
    with open(t + "/table.txt", "w") as f:
        f.write("(bootloader) partition-size:boot: 0x2000000\n")
    run("gpt", "--table", t + "/table.txt", "--size", "4G", "-o", t + "/refused", status=1)
    assert "begin" in run.stderr


def from_getvar(t):
    """MediaTek's getvar all: a medium of the size that its sizes add up to; a list that does not add up is refused"""
    rows, at = [], 0x8000
    for name, n in (("misc", 0x80000), ("nvram", 0x500000), ("super", 0x4000000), ("userdata", 0x8A70000), ("flashinfo", 0x1000000)):
        rows.append((name, at, n))
        at += n
    assert (at + 0x8000) % MIB == 0
    text = "".join(f"(bootloader) partition-size:{n}: {b:x}\n" for n, b in
                   [("sgpt", 0x8000)] + [(n, b) for n, _, b in rows[::-1]] + [("pgpt", 0x8000), ("preloader", 0x40000)])
    with open(t + "/g.txt", "w") as f:
        f.write(text)
    primary, backup, said = made(t, "--table", t + "/g.txt")
    checked(disk(t, at + 0x8000, primary, backup), rows)
    assert "sums of the sizes" in said, said
    with open(t + "/g.txt", "w") as f:
        f.write(text.replace("(bootloader) partition-size:misc: 80000\n", ""))
    refused(t, "--table", t + "/g.txt", why="begin")


def printed_4096(t):
    """a list of sectors of 4096: as a loop device of such sectors has it; without their size it is asked for"""
    size, rows = GIB, [("misc", 0x100000, 0x100000), ("super", 0x400000, 0x8000000), ("userdata", 0x8800000, 0x36000000)]
    with open(t + "/table.txt", "w") as f:
        f.write("".join(f"[GPT_LK][{i}]name={n}, start_sect=0x{a // 4096:x}, nr_sects=0x{b // 4096:x}\n" for i, (n, a, b) in enumerate(rows)))
    refused(t, "--table", t + "/table.txt", "--size", "1G", why="--sector 4096")
    primary, backup, text = made(t, "--table", t + "/table.txt", "--size", "1G", "--sector", 4096)
    assert len(primary) == 6 * 4096 and len(backup) == 5 * 4096
    with Loop(disk(t, size, primary, backup), 4096) as device:
        checked(device, rows, 4096)
    # a dump that ends where the list does tells it as well
    with open(t + "/dump", "wb") as f:
        f.truncate(size)
    again = made(t, t + "/dump", "--table", t + "/table.txt", "--size", "1G", out="again")
    assert again[:2] == (primary, backup)


# ---- writing -----------------------------------------------------------------------------------------------------------------------

def never_over(t):
    """files that are there: the same ones stay, another one is never overwritten, and then neither is written"""
    f = scatter_file(t, FRONT + [BOOT, ("userdata", USERDATA, 0)] + TAIL)
    primary, backup, _ = made(t, "--scatter", f, "--size", "4G")
    before = {n: os.stat(f"{t}/gpt/{n}").st_mtime_ns for n in ("pgpt.bin", "sgpt.bin")}
    made(t, "--scatter", f, "--size", "4G")
    assert before == {n: os.stat(f"{t}/gpt/{n}").st_mtime_ns for n in before}
    run("gpt", "--scatter", f, "--size", "8G", "-o", t + "/gpt", status=5)
    assert "already there" in run.stderr and open(t + "/gpt/pgpt.bin", "rb").read() == primary
    for name, what in (("pgpt.bin", "link"), ("sgpt.bin", "folder")):
        os.makedirs(t + "/" + what)
        if what == "link":
            os.symlink(t + "/target", f"{t}/{what}/{name}")
        else:
            os.makedirs(f"{t}/{what}/{name}")
        run("gpt", "--scatter", f, "--size", "4G", "-o", t + "/" + what, status=5)
        assert os.listdir(t + "/" + what) == [name] and not os.path.exists(t + "/target"), what
    assert not os.path.exists(t + "/gpt/.part")
    assert run("gpt", "--scatter", f, "--size", "4G", "-o", t + "/quiet", "-q") == b"" and os.path.exists(t + "/quiet/sgpt.bin")


if __name__ == "__main__":
    tests = [real_scatters, ufs, growth, refusals, same_each_time, from_damaged, other_medium, real_emtee, no_table, from_printed,
             from_getvar, printed_4096, never_over]
    main([x for x in tests if x.__name__ in os.environ.get("ONLY", x.__name__)])
