#!/usr/bin/env python3
"""Tables that people met: MediaTek's MBR wherever its EBRs are, and tables that tools and phones print.

The reported files are in ../shared/real/reports/mtk; their twins are made here, with partx, sfdisk and sgdisk for truth."""
import glob
import lzma
import os
import random
import re
import struct
import sys

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
import mbr
from dumps import *

MTK = REAL + "/reports/mtk"
KIB, POOL = 1 << 10, 0x1500000


def real(t, name):
    """The path of a reported file, unpacked and sparse."""
    if not os.path.exists(f"{MTK}/{name}.xz"):
        raise Skip("there are none here")
    with lzma.open(f"{MTK}/{name}.xz") as f, open(f"{t}/{name}", "wb") as out:
        while block := f.read(1 << 20):
            out.write(block) if block.strip(b"\0") else out.seek(len(block), 1)
        out.truncate(out.tell())
    return f"{t}/{name}"


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


SHAPE = [reported_mt6577, ebr_anywhere, ebr_chains, ebr_without_filesystem, ebr_missing, ebr_first_chips, ebr_linear, pc_cards]

if __name__ == "__main__":
    main(SHAPE)
