#!/usr/bin/env python3
"""Tables that people met: MediaTek's MBR wherever its EBRs are, and tables that tools and phones print.

The reported files are in ../shared/real/reports/mtk; their twins are made here, with partx, sfdisk and sgdisk for truth."""
import glob
import os
import random
import re
import shutil
import struct
import sys
import time

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
import mbr
from dumps import *

KIB, POOL = 1 << 10, 0x1500000


def real(t, name):
    return reported_file(t, "mtk", name)


def needed(program):
    if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        raise Skip(f"there is no {program}")


def rows_of(report, source=None):
    return {p["name"]: (p["start"], p["size"]) for p in report["partitions"]
            if p["name"] and (source is None or p["source"] == source)}


def noted(report, *words):
    return any(all(w.lower() in n["text"].lower() for w in words) for n in report["notes"])


# ---- 8: MediaTek's MBR by its shape ------------------------------------------------------------------------------------------------

PHOTO = b"\x89PNG\r\n\x1a\n" + random.Random(8).randbytes(700)
LENGTHS = {"PROTECT_F": 0xA00000, "PROTECT_S": 0xA00000, "SEC_RO": 0x600000, "FRP": 0x100000, "ANDROID": 24 * MIB, "CACHE": 16 * MIB,
           "USRDATA": 32 * MIB, "FAT": 40 * MIB, "APPS": 20 * MIB}


def filesystem(path, name, mount=None):
    """An ext4 as the phone has it: USRDATA holds the photo."""
    os.makedirs(f"{path}.d", exist_ok=True)
    if name == "USRDATA":
        os.makedirs(f"{path}.d/media/0/DCIM", exist_ok=True)
        contents = {"media/0/DCIM/p.png": PHOTO, "local.prop": b"x"}
    else:
        contents = {name + ".txt": name.encode() * 9}
    for k, v in contents.items():
        with open(f"{path}.d/{k}", "wb") as f:
            f.write(v)
    ext4(path, path + ".d", 8, *(["-M", mount] if mount else []))
    tool("rm", "-rf", path + ".d")


def place(dump, at, path):
    with open(path, "rb") as f, open(dump, "r+b") as out:
        out.seek(at)
        while block := f.read(1 << 16):
            out.write(block) if block.strip(b"\0") else out.seek(len(block), 1)


def mtk_mbr(t, names, ebr1=0x20, ebrs=1, fill=("ANDROID", "CACHE", "USRDATA"), mounts=(), base=0, short=0):
    """A dump with MediaTek's MBR, EBR1 at that sector, further EBRs behind it; names in the order of the medium.

    short: entries are that much shorter than the way to the next one, as on MT6577. Returns (path, {name: (start, length)})."""
    blocks = [ebr1 * SECTOR * (i + 1) for i in range(ebrs)]
    at, parts = max(0x900000, blocks[-1] + ebr1 * SECTOR), {}
    for n in names:
        parts[n] = (at, LENGTHS[n] - short)
        at += LENGTHS[n] + 0x180000
    last = names[-1]
    size = parts[last][0] + LENGTHS[last] + POOL
    path = t + "/mtk.bin"
    with open(path, "wb") as f:
        f.truncate(base + size)
    mbr.write(path, {base + k: v for k, v in mbr.chain(blocks, list(parts.values())).items()})
    for n in fill:
        if n in parts:
            filesystem(t + "/fs", n, dict(mounts).get(n))
            place(path, base + parts[n][0], t + "/fs")
    parts[last] = (parts[last][0], size - POOL - parts[last][0])  # it goes on up to the pool
    return path, parts, blocks


def photo_saved(t, dump, *options):
    out = t + "/out"
    run("extract", dump, "-o", out, *options)
    found = [p for p in glob.glob(out + "/**/*.png", recursive=True)]
    assert [open(p, "rb").read() for p in found] == [PHOTO], found
    tool("rm", "-rf", out)


def reported_mt6577(t):
    """reported: EBR1 at sector 0x20: MediaTek's, USRDATA is partition 5, its photo is saved"""
    dump = real(t, "mt6577_ebr1_at_0x20.bin")
    r = info(dump)
    assert (r["table"]["kind"], r["table"]["vendor"]) == ("mbr", "mediatek"), r["table"]
    have = rows_of(r)
    for name, start, sectors in (("SEC_RO", 0xAC40, 0x2800), ("ANDROID", 0x10740, 0x8000), ("CACHE", 0x10A740, 0x8000),
                                 ("USRDATA", 0x13C740, 0x10000), ("FAT", 0x150000, 0x20000)):
        assert have[name] == (start * SECTOR, sectors * SECTOR), name
    assert have["MBR"] == (0, 0x4000) and have["EBR1"] == (0x4000, 0x4000), have
    assert r["userdata"]["verdict"] == "plain", r["userdata"]
    run("extract", dump, "-o", t + "/out")
    found = glob.glob(t + "/out/**/q.png", recursive=True)
    assert len(found) == 1 and open(found[0], "rb").read() == b"\x89PNG\r\n\x1a\n" + b"q" * 500
    # MT6577's scatter files count from BOOT1, and nothing tells how far that is
    run("scatter", dump, status=1)
    assert "BOOT1" in run.stderr, run.stderr


def ebr_anywhere(t):
    """MediaTek's MBR with EBR1 at any sector: names, places, photo; partx finds the same starts"""
    needed("partx")
    names = ["SEC_RO", "ANDROID", "CACHE", "USRDATA", "FAT"]
    for sector in (1, 0x20, 0x100, 0x400, 0x2000):
        dump, parts, blocks = mtk_mbr(t, names, sector, short=0x100000 if sector == 0x20 else 0)
        r = info(dump)
        have = rows_of(r, "mbr-chain")
        assert r["table"]["vendor"] == "mediatek" and {n: have[n] for n in names} == parts, (sector, have)
        assert have["MBR"][0] == 0 and have["EBR1"][0] == blocks[0], have
        # no block reaches into what follows it
        assert have["MBR"][1] == min(blocks[0], 0x80000) and have["EBR1"][1] == min(blocks[0], 0x80000), have
        starts = {int(s) * SECTOR for s in tool("partx", "-g", "-o", "START", dump).split()}
        assert {s for s, _ in parts.values()} - {parts["FAT"][0]} <= starts, (sector, starts)
        photo_saved(t, dump)


def ebr_chains(t):
    """up to four EBRs, with PROTECT_F and PROTECT_S or without, with FAT or without: every entry named, the photo saved"""
    front = ["PROTECT_F", "PROTECT_S", "SEC_RO"]
    tail = ["ANDROID", "CACHE", "USRDATA"]
    for names, ebrs, sector in ((front + tail, 1, 0x400), (front + tail + ["FAT"], 2, 0x20), (tail, 1, 0x20),
                                (front[:2] + ["FRP"] + tail, 2, 0x80), (front + tail + ["FAT"], 3, 0x400),
                                (front + tail + ["FAT"], 4, 0x20)):
        dump, parts, blocks = mtk_mbr(t, names, sector, ebrs)
        r = info(dump)
        have = rows_of(r, "mbr-chain")
        assert {n: have.get(n) for n in names} == parts, (names, ebrs, have)
        assert [have[f"EBR{i + 1}"][0] for i in range(ebrs)] == blocks, have
        assert sum(p["size"] for p in r["partitions"]) == os.path.getsize(dump), (ebrs, names, r["partitions"])
        photo_saved(t, dump)


def ebr_without_filesystem(t):
    """USRDATA encrypted, FAT wiped, one partition more than usual: named by order, by boot sector, by the last mount point"""
    front, tail = ["PROTECT_F", "PROTECT_S", "SEC_RO"], ["ANDROID", "CACHE", "USRDATA"]
    noise = t + "/noise"
    with open(noise, "wb") as f:
        f.write(random.Random(5).randbytes(1 << 20))
    for names in (front + tail, front + tail + ["FAT"], tail, tail + ["FAT"], ["SEC_RO"] + tail + ["FAT"]):
        dump, parts, _ = mtk_mbr(t, names, 0x20, 2, fill=("ANDROID", "CACHE"))
        place(dump, parts["USRDATA"][0], noise)
        have = rows_of(info(dump, status=None), "mbr-chain")
        assert {n: have.get(n) for n in names} == parts, (names, have)
    names = front + ["APPS"] + tail  # as vivo has it: four behind SEC_RO, none of them FAT
    for fill, mounts in (("ANDROID", "CACHE", "USRDATA"), {}), (("ANDROID", "CACHE"), {"CACHE": "/cache"}):
        dump, parts, _ = mtk_mbr(t, names, 0x400, 2, fill, mounts)
        have = rows_of(info(dump, status=None), "mbr-chain")
        for n in tail:
            assert have.get(n) == parts[n], (n, fill, have)
        assert "FAT" not in have, have
    dump, parts, _ = mtk_mbr(t, names, 0x400, 2, ("ANDROID", "CACHE"))
    place(dump, parts["USRDATA"][0], noise)  # nothing but its ciphertext tells it from FAT
    have = rows_of(info(dump, status=None), "mbr-chain")
    assert have.get("USRDATA") == parts["USRDATA"] and have.get("CACHE") == parts["CACHE"] and "FAT" not in have, have
    dump, parts, _ = mtk_mbr(t, names + ["FAT"], 0x400, 2, ("ANDROID", "CACHE", "USRDATA"), {"USRDATA": "/data"})
    have = rows_of(info(dump), "mbr-chain")
    assert all(have.get(n) == parts[n] for n in tail + ["FAT"]), have
    photo_saved(t, dump)


def ebr_missing(t):
    """an EBR that is overwritten or not read: said, and nothing is called USRDATA that is not the last"""
    names = ["PROTECT_F", "PROTECT_S", "SEC_RO", "ANDROID", "CACHE", "USRDATA"]
    for lost in (0, 1):
        dump, parts, blocks = mtk_mbr(t, names, 0x20, 2)
        edit(dump, blocks[lost], bytes(512))
        r = info(dump, status=1)
        have = rows_of(r, "mbr-chain")
        assert r["table"]["vendor"] == "mediatek" and noted(r, "EBR", "breaks"), r["notes"]
        assert "USRDATA" not in have or have["USRDATA"] == parts["USRDATA"], have
        assert have["PROTECT_F"] == parts["PROTECT_F"] and have["SEC_RO"] == parts["SEC_RO"], have


def ebr_first_chips(t):
    """MT6573's form: the way to EBR1 has a length, FAT in the MBR has none; it is MediaTek's"""
    path, parts = t + "/d", {"SEC_RO": (0x900000, 0x500000), "ANDROID": (0xF00000, 24 * MIB), "CACHE": (0x2800000, 16 * MIB),
                             "USRDATA": (0x3900000, 32 * MIB), "FAT": (0x5A00000, 40 * MIB)}
    s = {n: (a // SECTOR, b // SECTOR) for n, (a, b) in parts.items()}
    with open(path, "wb") as f:
        f.truncate(0x5A00000 + 40 * MIB + POOL)
    ebr2 = s["ANDROID"][0] - 0x20
    mbr.write(path, {0: mbr.block([(5, 0x20, s["CACHE"][0] - 0x20), (0x83, *s["CACHE"]), (0x83, *s["USRDATA"]),
                                   (0x0B, s["FAT"][0], mbr.ALL)]),
                     0x20 * SECTOR: mbr.block([(0x83, s["SEC_RO"][0] - 0x20, s["SEC_RO"][1]), (5, ebr2 - 0x20, s["ANDROID"][1] + 0x20)]),
                     ebr2 * SECTOR: mbr.block([(0x83, 0x20, s["ANDROID"][1])])})
    for n in ("ANDROID", "CACHE", "USRDATA"):
        filesystem(t + "/fs", n)
        place(path, parts[n][0], t + "/fs")
    r = info(path)
    have = rows_of(r, "mbr-chain")
    assert r["table"]["vendor"] == "mediatek" and {n: have.get(n) for n in parts} == parts, have
    photo_saved(t, path)


def ebr_linear(t):
    """boot areas in front of an MBR whose EBR1 is at sector 0x20: the user area is found"""
    dump, parts, _ = mtk_mbr(t, ["SEC_RO", "ANDROID", "CACHE", "USRDATA", "FAT"], 0x20, base=0x600000)
    edit(dump, 0, b"EMMC_BOOT\0\0\0" + struct.pack("<II", 1, 0x200))
    r = info(dump)
    have = {p["name"]: p["start"] for p in r["partitions"] if p["region"] == "EMMC_USER" and p["name"]}
    assert r["table"]["vendor"] == "mediatek" and have["USRDATA"] - have["MBR"] == parts["USRDATA"][0], have
    photo_saved(t, dump)


def pc_cards(t):
    """control: an SD card, a disk with logical partitions, in any order of slots: not MediaTek's, numbers as sfdisk has them"""
    needed("sfdisk")
    tables = {
        "one FAT": "start=8192, type=c",
        "two": "start=2048, size=20480, type=c\nstart=24576, type=83",
        "logical": "start=2048, size=8192, type=83\nstart=12288, type=5\nstart=14336, size=8192, type=83\nstart=24576, size=8192, type=83",
        "extended first": "1: start=2048, size=40960, type=f\n2: start=45056, size=8192, type=83\n"
                          "5: start=4096, size=8192, type=83\n6: start=14336, size=4096, type=83",
        "extended second": "1: start=2048, size=4096, type=83\n2: start=8192, size=32768, type=5\n3: start=45056, size=8192, type=c\n"
                           "5: start=10240, size=4096, type=83",
    }
    for what, script in tables.items():
        path = t + "/card"
        with open(path, "wb") as f:
            f.truncate(64 * MIB)
        tool("sfdisk", "-q", "--label", "dos", path, input=script.encode())
        dump = json.loads(tool("sfdisk", "--json", path))["partitiontable"]["partitions"]
        want = {"part" + re.search(r"(\d+)$", p["node"])[1]: (p["start"] * SECTOR, p["size"] * SECTOR)
                for p in dump if p["type"] not in ("5", "f", "85")}
        first = min(want.values())
        with open(t + "/fat", "wb") as f:
            f.truncate(min(first[1], 32 * MIB))
        tool("mkfs.vfat", t + "/fat")
        place(path, first[0], t + "/fat")
        r = info(path, status=None)
        assert (r["table"]["kind"], r["table"]["vendor"]) == ("mbr", "other"), (what, r["table"])
        assert rows_of(r) == want, (what, rows_of(r), want)
        assert not noted(r, "MediaTek"), (what, r["notes"])
    with open(t + "/bare", "wb") as f:
        f.truncate(8 * MIB)
    tool("mkfs.vfat", t + "/bare")
    assert info(t + "/bare", status=None)["table"]["kind"] == "none"


# ---- 20: tables that tools and phones print ----------------------------------------------------------------------------------------

GUID = "a0d65bf8-e8de-4107-9434-1d318c843d37"


def swapped(guid):
    """As mtkclient prints a GUID: the two bytes of its fourth group the other way round."""
    a, b, c, d, e = guid.split("-")
    return "-".join((a, b, c, d[2:] + d[:2], e))


def printgpt(rows, size, sector=512, two_lines=False, add=34):
    """As mtkclient prints it; its disk size is the last usable sector and 34."""
    text = "Port - Device detected :)\n\nGPT Table:\n-------------\n"
    for name, start, n in rows:
        between = "\n" + " " * 21 if two_lines else ", "
        text += f"{name + ':':20} Offset 0x{start:016x}, Length 0x{n:016x}{between}Flags 0x{0:016x}, UUID {swapped(GUID)}, Type EFI_BASIC_DATA\n"
    total = size // sector - 1 - (33 if sector == 512 else 5) + add
    return text + f"\nTotal disk size:0x{total * sector:016x}, sectors:0x{total:016x}\n\nDone\n"


def lk(rows, sector=512, part_id=8, uuid=False, prefix="[{n}] [GPT_LK]"):
    return "[0] [GPT_LK]Parsing Primary GPT now...\n" + "".join(
        prefix.format(n=7000 + i) + f"[{i}]name={name}, " + (f"part_id={part_id}, " if part_id else "") +
        f"start_sect=0x{start // sector:x}, nr_sects=0x{n // sector:x}" + (f", uuid={GUID}" if uuid else "") + "\n"
        for i, (name, start, n) in enumerate(rows)) + "[9999] [GPT_LK]Success to find valid GPT.\n"


def partinfo(rows, size=None):
    text = "Name             Start                  Size\n" + f"{'pgpt':16} 0x{0:016x}     0x{0x80000:016x}\n"
    text += "".join(f"{name:16} 0x{start:016x}     0x{n:016x}\n" for name, start, n in rows)
    return text + (f"{'sgpt':16} 0x{size - 0x80000:016x}     0x{0x80000:016x}\n" if size else "")


def dumchar(rows, tail="", kind=2):
    return ("Part_Name\tSize\tStartAddr\tType\tMapTo\npreloader    0x0000000000040000   0x0000000000000000   2   /dev/misc-sd\n" +
            "".join(f"{name:12} 0x{n:016x}   0x{start:016x}   {kind}   /dev/block/mmcblk0\n" for name, start, n in rows) + tail +
            "Part_Name:Partition name you should open;\nSize:size of partition\nStartAddr:Start Address of partition;\n"
            "Type:Type of partition(MTD=1,EMMC=2)\nMapTo:actual device you operate\n")


def proc_emmc(rows):
    return "partno:    start_sect   nr_sects  partition_name\n" + "".join(
        f'emmc_p{i}: {start // 512:08x} {n // 512:08x} "{name}"\n' for i, (name, start, n) in enumerate(rows, 1))


def save(t, text, name="table.txt"):
    with open(f"{t}/{name}", "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return f"{t}/{name}"


def without_table(t, files=12):
    """A phone whose GPT is gone: path, tree, rows, {name: sha256 of its bytes}."""
    dump, media, rows = phone(t, files)
    size = os.path.getsize(dump)
    sums = {name: sha256(read(dump, start, n)) for name, start, n in rows}
    edit(dump, 0, bytes(34 * 512))
    edit(dump, size - 33 * 512, bytes(33 * 512))
    return dump, media, rows, sums


def explained(path, *more, status=0):
    return json.loads(run("explain", "--json", path, *more, status=status))


def every_form(t):
    """a dump without a table, cut by every printed form: the rows, the bytes of each, the photos; explain lists the same"""
    dump, media, rows, sums = without_table(t)
    size = os.path.getsize(dump)
    forms = {
        "printgpt": printgpt(rows, size), "/proc/dumchar_info": dumchar(rows), "/proc/emmc": proc_emmc(rows),
        "printgpt in two lines": printgpt(rows, size, two_lines=True), "printgpt of before": printgpt(rows, size, add=0),
        "[GPT_LK]": lk(rows), "[GPT_LK] with uuid": lk(rows, part_id=None, uuid=True),
        "/proc/partinfo": partinfo(rows), "/proc/partinfo with sgpt": partinfo(rows, size),
        "quoted": "".join("> " + x + "\n" for x in printgpt(rows, size).splitlines()),
        "two times": lk(rows) + "some log\n" + lk(rows), "with CR": partinfo(rows).replace("\n", "\r\n"),
        "PowerShell": ("\ufeff" + partinfo(rows)).encode("utf-16-le"),
    }
    want = {n: (a, b) for n, a, b in rows}
    for what, text in forms.items():
        f = save(t, text)
        r = info(dump, "--table", f)
        assert r["table"]["kind"] == "printed" and r["table"]["source"] == "printed", (what, r["table"])
        assert r["table"]["vendor"] == "mediatek", (what, r["table"])
        have = {n: v for n, v in rows_of(r).items() if n not in ("pgpt", "sgpt")}
        assert have == want, (what, have)
        assert r["image"]["complete"] is True and noted(r, "printed", "check the contents"), (what, r["notes"])
        assert sum(p["size"] for p in r["partitions"] if not p["parent"]) == size, what
        a = explained(f)
        assert len(a["tables"]) == 1 and a["tables"][0]["kind"] == what.split(" ")[0] or what[0] not in "p/[", (what, a["tables"])
        listed = {p["name"]: (p["start"], p["size"]) for p in a["tables"][0]["partitions"] if p["region"] == "EMMC_USER"}
        listed.pop("pgpt", 0), listed.pop("sgpt", 0)
        if "uuid" in what:  # no part_id: explain cannot tell the size of a sector
            assert a["tables"][0]["unit"] == "sectors"
            listed = {k: (x * 512, y * 512) for k, (x, y) in listed.items()}
        assert listed == want and a["problems"] == [], (what, a)
    f = save(t, proc_emmc(rows))
    run("split", dump, "--table", f, "-o", t + "/rom", "--no-sync")
    for name, _, _ in rows:
        assert sha256_file(f"{t}/rom/{name}.bin" if os.path.exists(f"{t}/rom/{name}.bin") else
                           glob.glob(f"{t}/rom/{name}*")[0]) == sums[name], name
    run("extract", dump, "--table", f, "-o", t + "/out", "--no-sync")
    want = {k: v[4] for k, v in listing(media).items() if v[0] == 8 and k.startswith(b"DCIM")}
    have = {k: v[4] for k, v in listing(t + "/out").items() if v[0] == 8 and k.startswith(b"DCIM")}
    assert len(want) >= 12 and have == want


def every_command(t):
    """--table with every command that takes a dump"""
    dump, media, rows, sums = without_table(t)
    f = save(t, lk(rows))
    assert b"DCIM" in run("ls", dump, "/media/0", "--table", f)
    photo = sorted(os.listdir(media + "/DCIM/Camera"))[3]
    assert run("cat", dump, f"/media/0/DCIM/Camera/{photo}", "--table", f) == open(f"{media}/DCIM/Camera/{photo}", "rb").read()
    s = run("scatter", dump, "--table", f)
    for name, start, n in rows:
        assert re.search(rb"partition_name: %s\n(?:  .*\n)*?  physical_start_addr: 0x%x\n  partition_size: 0x%x\n" % (name.encode(), start, n), s), name
    save(t, s, "MT6797_Android_scatter.txt")
    a = json.loads(run("check", dump, "--table", f, "--scatter", t + "/MT6797_Android_scatter.txt", "--json"))
    assert a["accepted"], a
    back = json.loads(run("readback", dump, "--table", f, "--json"))
    assert {(r["name"], r["start"], r["size"]) for r in back} >= set(rows), back
    assert run("unlock", dump, "--table", f) and run("fit", t + "/system", dump, "--table", f, "--as", "system")
    run("-o", t + "/all", dump, "--table", f, "--no-sync")
    assert json.load(open(t + "/all/report.json"))["table"]["kind"] == "printed"
    # a scatter file given as --table is one
    assert info(dump, "--table", t + "/MT6797_Android_scatter.txt")["table"]["kind"] == "scatter"


def sectors_of_4096(t):
    """UFS: the size of a sector is taken from what is printed, or from the end of the dump; where nothing tells it, it is asked for"""
    dump, media, rows, sums = without_table(t)
    size = os.path.getsize(dump)
    low = [("misc", 0x8000, 0x80000)] + rows
    for text in (printgpt(rows, size, 4096), lk(low, 4096, part_id=3), lk(rows, 4096, part_id=None)):
        r = info(dump, "--table", save(t, text))
        have = rows_of(r)
        assert all(have[n] == (a, b) for n, a, b in rows) and r["table"]["sector_size"] == 4096, (text[:80], have)
        assert next(p for p in r["partitions"] if p["name"] == "userdata")["region"] == "UFS_LU2", r["partitions"]
    with open(dump, "r+b") as f:
        f.truncate(rows[-2][1] + (1 << 20))  # ends in userdata: nothing tells the sectors
    for sector in (512, 4096):
        f = save(t, lk(rows, sector, part_id=None))
        run("info", dump, "--table", f, status=2)
        assert "--sector" in run.stderr and explained(f)["tables"][0]["unit"] == "sectors", run.stderr
        have = rows_of(info(dump, "--table", f, "--sector", sector, status=None))
        assert all(have[n] == (a, b) for n, a, b in rows), have
    run("info", dump, "--sector", "1024", status=2)


def cut_short(t):
    """a partition that the dump holds in part is partial, one behind its end missing; both are in the table with their length"""
    dump, media, rows, sums = without_table(t)
    name, start, n = rows[-2]
    with open(dump, "r+b") as f:
        f.truncate(start + n // 2)
    for text in (printgpt(rows, 44 << 20), partinfo(rows), dumchar(rows)):
        r = info(dump, "--table", save(t, text), status=None)
        p = {p["name"]: p for p in r["partitions"]}
        assert (p["userdata"]["state"], p["userdata"]["size"], p["userdata"]["present"]) == ("partial", n, n // 2), p["userdata"]
        assert p[rows[-1][0]]["state"] == "missing" and p["lk"]["state"] == "complete" and r["image"]["complete"] is False


def beside_a_table(t):
    """a dump that has a table: that is used; the printed one agrees, or each difference is said with its line"""
    dump, media, rows = phone(t, 2)
    for text in (lk(rows), partinfo(rows), printgpt(rows, os.path.getsize(dump))):
        r = info(dump, "--table", save(t, text))
        assert r["table"]["kind"] == "gpt" and noted(r, "agrees") and not [n for n in r["notes"] if n["level"] != "info"], r["notes"]
    other = [(n, a + 0x1000 * (n == "lk"), b - 512 * (n == "seccfg")) for n, a, b in rows if n != "nvram"] + [("para", 40 << 20, 1 << 19)]
    f = save(t, dumchar(other))
    r = info(dump, "--table", f)
    said = {n["partition"]: n["text"] for n in r["notes"] if n["level"] == "warning"}
    assert set(said) == {"lk", "seccfg", "nvram", "para"} and r["table"]["kind"] == "gpt", said
    assert f"line {3 + [x[0] for x in other].index('lk')}" in said["lk"] and f"0x{dict((n, a) for n, a, _ in rows)['lk']:x}" in said["lk"], said
    assert rows_of(r)["lk"] == next((a, b) for n, a, b in rows if n == "lk"), "the dump's own table is used"
    out = run("explain", f, dump, status=1).decode()
    for n in said:
        assert re.search(rf"^  {n}: ", out, re.M), out
    assert "agrees" in run("explain", save(t, lk(rows)), dump).decode()


def getvar_sizes(t):
    """fastboot getvar all: 0x, MediaTek's bare digits, decimal ones; what cannot be told is left out; never a table"""
    dump, media, rows = phone(t, 2)
    forms = {
        "0x": [f"(bootloader) partition-size:{n}: 0x{b:x}" for n, _, b in rows],
        "bare": [f"(bootloader) partition-size:{n}: {b:x}" for n, _, b in rows] + ["(bootloader) partition-size:sgpt: 8000"],
        "decimal": [f"partition-size:{n}:   {b}" for n, _, b in rows],
    }
    for what, lines in forms.items():
        f = save(t, "\n".join(x + "\n(bootloader) partition-type:x: ext4" for x in lines) + "\nall:\nFinished. Total time: 0.045s\n")
        a = explained(f)
        assert a["tables"][0]["kind"].startswith("fastboot"), a
        have = {p["name"]: p["size"] for p in a["tables"][0]["partitions"] if p["name"] != "sgpt"}
        assert have == {n: b for n, _, b in rows}, (what, have)
        assert all(p["start"] is None for p in a["tables"][0]["partitions"])
        assert "agrees" in run("explain", f, dump).decode()
        run("info", dump, "--table", f, status=2)
        assert "begin" in run.stderr, run.stderr
    f = save(t, "".join(f"(bootloader) partition-size:{n}: {b}\n" for n, b in (("a", 20000000), ("b", 4000000))))
    a = explained(f)  # 4000000 is no multiple of 512, 0x4000000 is
    assert [p["size"] for p in a["tables"][0]["partitions"]] == [0x20000000, 0x4000000], a
    f = save(t, "(bootloader) partition-size:a: 1024000\n(bootloader) partition-size:b: 51200000\n")
    a = explained(f, status=1)
    assert all(p["size"] is None for p in a["tables"][0]["partitions"]) and "hexadecimal" in a["problems"][0]["text"], a


def getvar_table(t):
    """MediaTek's getvar lists every partition from sgpt to pgpt: the sums of the sizes are the places, if they make a medium"""
    sizes = [("pgpt", 0x8000), ("misc", 0x80000), ("para", 0x80000), ("nvram", 0x4000000), ("protect2", 0x95E000), ("seccfg", 0x800000),
             ("super", 0x2000000), ("userdata", 0x24F8000), ("otp", 0x2B00000), ("flashinfo", 0x1000000), ("sgpt", 0x8000)]
    pad = -sum(n for _, n in sizes) % MIB
    sizes[4] = ("protect2", 0x95E000 + pad)
    rows, at = {}, 0
    for n, size in sizes:
        rows[n] = (at, size)
        at += size
    dump = t + "/d"
    with open(dump, "wb") as f:
        f.truncate(at)
    filesystem(t + "/fs", "USRDATA")
    place(dump, rows["userdata"][0], t + "/fs")

    def getvar(sizes, form="{:x}", block="0x200"):
        return (f"(bootloader) max-download-size: 0x8000000\n(bootloader) logical-block-size: {block}\n" + "".join(
            f"(bootloader) partition-size:{n}: {form.format(size)}\n(bootloader) partition-type:{n}: raw data\n" for n, size in sizes))

    loaders = [("preloader_b", 0x80000), ("preloader_a", 0x80000), ("preloader", 0x80000)]
    for text in (getvar(sizes[::-1] + loaders), getvar(loaders[::-1] + sizes, "0x{:x}"), getvar(sizes[::-1] + loaders, "{}")):
        f = save(t, text)
        r = info(dump, "--table", f)
        assert rows_of(r) == rows and r["table"]["vendor"] == "mediatek" and r["image"]["complete"], rows_of(r)
        assert r["image"]["device_size"] == at and noted(r, "sums", "size of this dump"), r["notes"]
        photo_saved(t, dump, "--table", f)
        a = explained(f)["tables"][0]
        assert {p["name"]: (p["start"], p["size"]) for p in a["partitions"] if p["region"] == "EMMC_USER"} == rows, a
        assert a["device_size"] == at and a["sector_size"] == 512
    r = info(dump, "--table", save(t, getvar(sizes[::-1], block="0x1000")))
    assert rows_of(r) == rows and r["table"]["sector_size"] == 4096
    f = save(t, getvar([x for x in sizes[::-1] if x[0] != "para"]))  # half a MiB is missing: no medium
    run("info", dump, "--table", f, status=2)
    assert "begin" in run.stderr and "rows are missing" in explained(f, status=1)["problems"][0]["text"], run.stderr
    f = save(t, getvar([x for x in sizes[::-1] if x[0] != "seccfg"]))  # 8 MiB: a medium, but a smaller one than the dump
    run("info", dump, "--table", f, status=2)
    assert "rows are missing" in run.stderr, run.stderr
    with open(dump, "r+b") as f:
        f.truncate(rows["userdata"][0] + MIB)
    r = info(dump, "--table", save(t, getvar(sizes[::-1])), status=None)
    assert rows_of(r) == rows and noted(r, "would shift"), r["notes"]
    p = {p["name"]: p["state"] for p in r["partitions"]}
    assert (p["userdata"], p["otp"], p["super"]) == ("partial", "missing", "complete"), p


def other_lists(t):
    """lists without places, or of NAND: told, and refused as a table"""
    dump, media, rows, sums = without_table(t)
    lists = {
        "begin": 'dev:        size     erasesize name\nmmcblk0p22: 000ffa00 00000200 "misc"\nmmcblk0p33: 67fffc00 00000200 "system"\n',
        "NAND": 'dev:    size   erasesize  name\nmtd0: 00040000 00020000 "preloader"\nmtd1: 00fc0000 00020000 "dsp_bl"\n',
        "begin ": "major minor  #blocks  name\n\n 179        0    3795968 mmcblk0\n 179        2      10240 mmcblk0p2\n",
        "NAND ": dumchar([("nvram", 0x100000, 0x300000)], kind=1),
        "no table": "nothing here\nname 0x1 0x2\nproinfo 0x80000 0x300000\n",
    }
    sizes = {"begin": [0xFFA00, 0x67FFFC00], "NAND": [0x40000, 0xFC0000], "begin ": [3795968 * 1024, 10240 * 1024]}
    for why, text in lists.items():
        f = save(t, text)
        run("info", dump, "--table", f, status=2)
        assert why.strip() in run.stderr, (why, run.stderr)
        a = explained(f, status=1 if why == "no table" else 0)
        assert bool(a["tables"]) == (why != "no table"), a
        if why in sizes:
            assert [p["size"] for p in a["tables"][0]["partitions"]] == sizes[why], a
    assert explained(save(t, lists["begin "]))["tables"][0]["device_size"] == 3795968 * 1024


def several_tables(t):
    """several tables in one file that differ: refused with their lines; a repeated one counts once"""
    dump, media, rows, sums = without_table(t)
    size = os.path.getsize(dump)
    other = [(n, a + 0x200000, b) for n, a, b in rows]
    f = save(t, printgpt(rows, size) + printgpt(other, size))
    run("info", dump, "--table", f, status=2)
    lines = [int(x) for x in re.findall(r"line (\d+)", run.stderr)]
    text = open(f).read().splitlines()
    assert len(lines) == 2 and all("proinfo" in text[i - 1] for i in lines), run.stderr
    assert len(explained(f)["tables"]) == 2
    assert len(explained(save(t, printgpt(rows, size) * 3))["tables"]) == 1


OLD = [("mbr", 0, 0x4000), ("ebr1", 0x4000, 0x4000), ("pmt", 0x8000, 0x400000), ("nvram", 0x408000, 0x500000),
       ("seccfg", 0x908000, 0x20000), ("uboot", 0x928000, 0x60000), ("bootimg", 0x988000, 0x600000), ("recovery", 0xF88000, 0x600000),
       ("sec_ro", 0x1588000, 0x600000), ("misc", 0x1B88000, 0x60000), ("logo", 0x1BE8000, 0x300000), ("expdb", 0x1EE8000, 0x200000),
       ("android", 0x20E8000, 0x1800000), ("cache", 0x38E8000, 0x1000000), ("usrdata", 0x48E8000, 0x2000000), ("fat", 0x68E8000, 0x2000000)]
BMT = "bmtpool      0x0000000001500000   0x00000000ff9f00a8   2   /dev/block/mmcblk0\n"


def old_phone(t):
    """dumchar_info of an MT6577: as a table of its own, and beside MBR and EBR, where it names what they leave out"""
    path, end = t + "/d", 0x88E8000
    with open(path, "wb") as f:
        f.truncate(end + POOL)
    filesystem(t + "/fs", "USRDATA")
    place(path, 0x48E8000, t + "/fs")
    f = save(t, dumchar(OLD, BMT))
    want = {n.upper(): (a, b) for n, a, b in OLD}
    for chained in (False, True):
        if chained:
            parts = [(a, b - 0x100000 * (n != "fat")) for n, a, b in OLD if n in ("sec_ro", "android", "cache", "usrdata", "fat")]
            mbr.write(path, mbr.chain([0x4000], parts))
        r = info(path, "--table", f)
        have = rows_of(r)
        assert r["table"]["kind"] == ("mbr" if chained else "printed") and r["table"]["vendor"] == "mediatek"
        for n, (a, b) in want.items():
            assert have[n][0] == a and (have[n][1] == b or (chained and have[n][1] in (b - 0x100000, end - a))), (chained, n, have[n])
        assert "PRELOADER" not in have and "BMTPOOL" not in have, "the preloader is in BOOT1; where the pool is, is not known"
        assert not noted(r, "guessed"), r["notes"]
        photo_saved(t, path, "--table", f)
        run("scatter", path, "--table", f, "--platform", "MT6577", status=1)
    a = explained(f)["tables"][0]["partitions"]
    assert next(p for p in a if p["name"] == "bmtpool")["start"] is None and a[0]["region"] == "EMMC_BOOT_1", a
    # /proc/partitions tells nothing of that; a linear table begins with the MBR at its base
    linear = dumchar([(n, a + 0x600000, b) for n, a, b in OLD])
    edit(path, 0, bytes(512))
    have = rows_of(info(path, "--table", save(t, linear)))
    assert {n: have[n] for n in want} == want, have


def hostile_text(t):
    """lines that are too long, numbers too large, names without end, a hundred thousand rows: bounded, and said with the line"""
    dump, media, rows, sums = without_table(t, 2)
    size = os.path.getsize(dump)
    bad = {
        "no number": lk(rows).replace("start_sect=0x", "start_sect=zz", 1),
        "too large": printgpt(rows + [("huge", 1 << 60, 1 << 60)], size).replace("Offset 0x1", "Offset 0x111111111111111111", 1),
        "wraps": proc_emmc(rows) + 'emmc_p99: ffffffffffffffff ffffffffffffffff "x"\n',
        "name": lk(rows) + "[GPT_LK][9]name=" + "x" * 300 + ", part_id=8, start_sect=0x1, nr_sects=0x1\n",
        "dumchar": dumchar(rows).replace("0x", "0xg", 1),
        "line": lk(rows) + "x" * 100000 + "name=y, part_id=8, start_sect=0x99999, nr_sects=0x1\n",
        "rows": lk(rows) + "".join(f"[GPT_LK][{i}]name=p{i}, part_id=8, start_sect=0x{i + 90000:x}, nr_sects=0x1\n" for i in range(9, 100000)),
        "tables": "".join(lk([(n, a, b + 512 * i) for n, a, b in rows]) for i in range(300)),
        "escape": lk(rows) + "[GPT_LK][9]name=a\x1b[31m/../x, part_id=8, start_sect=0x1, nr_sects=0x1\n",
        "noise": random.Random(1).randbytes(1 << 18),
    }
    for what, text in bad.items():
        f = save(t, text)
        begin = time.monotonic()
        a = explained(f, status=None)
        out = run("explain", f, status=None)
        r = run("info", "--json", dump, "--table", f, status=None)
        assert run.status in (0, 1, 2) and time.monotonic() - begin < 20, (what, run.status, time.monotonic() - begin)
        assert b"\x1b" not in out and b"\x1b" not in r, what
        assert len(a["tables"]) <= 32 and all(len(x["partitions"]) <= 1024 for x in a["tables"]), what
        if what in ("no number", "wraps", "name", "dumchar"):
            assert a["problems"] and a["problems"][0]["line"] > 0, (what, a["problems"])
            assert run.status == 1 and json.loads(r)["notes"], what
        if what == "line":
            assert len(a["tables"][0]["partitions"]) == len(rows), "the rest of a line that is too long is no row"
    r = info(dump, "--table", save(t, printgpt(rows + [("huge", 1 << 58, 1 << 58), ("none", 40 << 20, 0)], size)), status=None)
    assert "huge" not in rows_of(r) and "none" not in rows_of(r), rows_of(r)
    assert sum("left out" in n["text"] for n in r["notes"]) == 1 and noted(r, "line 12", "larger than any medium"), r["notes"]


SHAPE = [reported_mt6577, ebr_anywhere, ebr_chains, ebr_without_filesystem, ebr_missing, ebr_first_chips, ebr_linear, pc_cards]
PRINTED = [every_form, every_command, sectors_of_4096, cut_short, beside_a_table, getvar_sizes, getvar_table, other_lists, several_tables, old_phone,
           hostile_text]

if __name__ == "__main__":
    main([x for x in SHAPE + PRINTED if x.__name__ in os.environ.get('ONLY', x.__name__)])
