#!/usr/bin/env python3
"""What people reported of scatter files, tables and error codes: their files where they are at hand, and twins made here.

The real ones are in ../shared/real/reports/mtk (README.tsv: file, command, expected, got, source)."""
import glob
import os
import re
import struct
import sys
import xml.etree.ElementTree

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
import contents
import lp
import gptmake
import mbr
import scatter
import scatter_dump
import lib as fixtures
from dumps import *

GIB = 1 << 30


def real(t, name):
    return reported_file(t, "mtk", name)


def check(dump, path, status):
    """What check says, {name: row} with it; --fix of what is accepted is the file itself."""
    a = json.loads(run("check", dump, "--scatter", path, "--json", status=status))
    assert a["accepted"] is (status == 0), a["reason"]
    if status == 0:
        assert run("check", dump, "--scatter", path, "--fix").lower() == open(path, "rb").read().lower(), "--fix touched a valid row"
    return a, {r["name"]: r for r in a["rows"]}


def differing(a):
    return {r["name"]: r["status"] for r in a["rows"] if r["status"] != "same"}


# ---- 15: check accepts what the phone accepts --------------------------------------------------------------------------------------

def check_placeholder(t):
    """reported: a factory file whose userdata is a template is accepted, with the note that it grows to the end"""
    a, rows = check(real(t, "gpt_mt6765_116g.bin"), real(t, "factory_MT6765_placeholder.txt"), 0)
    assert differing(a) == {"userdata": "placeholder"} and "end" in rows["userdata"]["note"], a["reason"]
    assert "userdata" in a["reason"] and "grows" in a["reason"], a["reason"]


def check_preloader(t):
    """reported: a preloader of 0x4e000 is accepted: it is in no table"""
    a, rows = check(real(t, "gpt_mt6765_116g.bin"), real(t, "factory_MT6765_preloader_4e000.txt"), 0)
    assert not differing(a) and rows["preloader"]["note"], a["rows"][0]


def check_backup_loader(t):
    """reported: preloader_backup in UFS_LU1 is accepted, and --fix leaves it there"""
    a, _ = check(real(t, "gpt_mt6781_ufs.bin"), real(t, "factory_MT6781_preloader_backup.txt"), 0)
    assert not set(differing(a)) & {"preloader", "preloader_backup"}, differing(a)


def check_size_0(t):
    """reported: a last row FAT of size 0 is the rest of the medium"""
    a, rows = check(real(t, "mt6572_pmt_fat_0.bin"), real(t, "factory_MT6572_FAT_0.txt"), 0)
    assert differing(a) == {"FAT": "placeholder"} and rows["FAT"]["note"], differing(a)


ROWS = [("pgpt", 0, 0x8000), ("recovery", 0x8000, 0x1000000), ("nvdata", 0x1008000, 0x2000000), ("proinfo", 0x3008000, 0x2F8000),
        ("nvram", 0x3300000, 0x500000), ("lk", 0x3800000, 0x100000), ("boot", 0x3900000, 0x1000000),
        ("seccfg", 0x4900000, 0x700000), ("userdata", 0x5000000, 0xC0000000)]
TAIL = [("otp", 0x2B00000), ("flashinfo", 0x1000000), ("sgpt", 0x4200)]


def own(userdata=0xC0000000, operation="UPDATE", extra=(), codes=(0x1D8, 0x80, 0), loader=("EMMC_BOOT_1", 0x40000), loaders=1):
    """A scatter file of our own as bytes."""
    rows = [(n, a, a, userdata if n == "userdata" else s, False) for n, a, s in ROWS] + [(*e, False) for e in extra]
    rows += [(n, f"0xFFFF{c:04x}", f"0xFFFF{c:04x}", s, True) for (n, s), c in zip(TAIL, codes)]
    data = scatter_dump.text("MT6765", "V1.1.2", rows, loader[1])
    data = re.sub(rb"(partition_name: userdata\n(?:  .*\n)*?  operation_type: )\w+", rb"\1" + operation.encode(), data)
    data = data.replace(b"region: EMMC_BOOT_1\n", b"region: " + loader[0].encode() + b"\n")
    if loaders > 1:
        head, first, rest = re.split(rb"(?m)^(?=- partition_index: SYS[01]\n)", data)
        second = first.replace(b"SYS0", b"SYS1").replace(b"name: preloader", b"name: preloader_backup")
        tail = re.sub(rb"SYS(\d+)", lambda m: b"SYS%d" % (int(m[1]) + 1), rest)
        data = head + first + second.replace(b"EMMC_BOOT1\n", b"EMMC_BOOT2\n") + tail
    return data


def own_phone(path, size, gap=0, behind=()):
    """Its phone: userdata up to what lies at the end, with a gap before that end. behind: rows between userdata and the end."""
    end, parts = size - 0x4200 - gap, []
    for name, length in reversed(TAIL[:-1]):
        end -= length
        parts.insert(0, (name, end, length))
    for name, length in reversed(behind):
        end -= length
        parts.insert(0, (name, end, length))
    front = [r for r in ROWS if r[0] not in ("pgpt", "userdata")]
    start = ROWS[-1][1]
    scatter.make_gpt(path, front + [("userdata", start, (end - start) // 512 * 512)] + parts, size)
    return path


def grown_rows(t):
    """userdata grows: templates of any size, NEEDRESIZE of any, size 0; larger than the phone it does not"""
    f = t + "/MT6765_Android_scatter.txt"
    for size in (8 * GIB, 32 * GIB, 58 * GIB):
        dump = own_phone(t + "/d", size)
        for template in (0x60000000, 0xC0000000, 0x12345000, 0):
            a, rows = check(dump, contents.write(f, own(template)), 0)
            assert differing(a) == {"userdata": "placeholder"} and rows["userdata"]["note"], (size, template, differing(a))
        a, _ = check(dump, contents.write(f, own(64 * GIB)), 1)
        assert differing(a) == {"userdata": "resized"} and "variant" in a["reason"], a["reason"]
        a, _ = check(dump, contents.write(f, own(64 * GIB, "NEEDRESIZE")), 0)
        assert differing(a) == {"userdata": "placeholder"}, differing(a)


def grown_beside_wrong(t):
    """userdata is a placeholder whatever else differs: only the other row is refused, and only that one fixed"""
    dump, f = own_phone(t + "/d", 16 * GIB), t + "/MT6765_Android_scatter.txt"
    bad = own().replace(b"partition_size: 0x700000", b"partition_size: 0x6e0000")
    a, _ = check(dump, contents.write(f, bad), 1)
    assert differing(a) == {"userdata": "placeholder", "seccfg": "resized"}, differing(a)
    assert run("check", dump, "--scatter", f, "--fix") == own(), "only seccfg was wrong"


def not_grown_in_the_middle(t):
    """a smaller row in the middle stays refused: userdata before another partition, any other last row"""
    dump, f = own_phone(t + "/d", 16 * GIB, behind=[("intsd", 0x20000000)]), t + "/MT6765_Android_scatter.txt"
    start = next(p for p in info(dump)["partitions"] if p["name"] == "intsd")["start"]
    a, _ = check(dump, contents.write(f, own(extra=[("intsd", start, start, 0x20000000)])), 1)
    assert differing(a) == {"userdata": "resized"}, differing(a)
    true = start - ROWS[-1][1]
    a, _ = check(dump, contents.write(f, own(true, extra=[("intsd", start, start, 0x10000000)])), 1)
    assert differing(a) == {"intsd": "resized"}, differing(a)
    a, _ = check(dump, contents.write(f, own(true, extra=[("intsd", start, start, 0)])), 0)
    assert differing(a) == {"intsd": "placeholder"}, differing(a)
    a, _ = check(dump, contents.write(f, own().replace(b"partition_size: 0x700000", b"partition_size: 0x0")), 1)
    assert differing(a)["seccfg"] == "resized", "a size of 0 is the rest of the medium in the last row only"


def placed_by_the_tool(t):
    """rows counted from the end are accepted wherever the phone has them at its end; other sizes, other places are not"""
    f = t + "/MT6765_Android_scatter.txt"
    for gap in (0, 0x80000, 0x300000):
        dump = own_phone(t + "/d", 16 * GIB, gap)
        a, rows = check(dump, contents.write(f, own()), 0)
        assert rows["sgpt"]["status"] in ("same", "placed-by-tool") and rows["userdata"]["status"] == "placeholder"
        assert {rows[n]["status"] for n in ("otp", "flashinfo")} == {"placed-by-tool" if gap else "same"}, (gap, differing(a))
        assert not gap or rows["otp"]["note"]
    dump = own_phone(t + "/d", 16 * GIB)
    a, _ = check(dump, contents.write(f, own(codes=(0x258, 0x100, 0x80))), 0)
    assert differing(a) == {"userdata": "placeholder", "otp": "placed-by-tool", "flashinfo": "placed-by-tool",
                            "sgpt": "placed-by-tool"}, differing(a)
    a, _ = check(dump, contents.write(f, own().replace(b"partition_size: 0x1000000\n", b"partition_size: 0x1020000\n")), 1)
    assert differing(a)["flashinfo"] == "resized", differing(a)
    # the phone has otp in the middle, as MT6781 and MT6893 do: a code for it is wrong
    parts = [r for r in ROWS if r[0] not in ("pgpt", "userdata")] + [
        ("otp", 0x5000000, 0x2B00000), ("userdata", 0x7B00000, 4 * GIB), ("flashinfo", 16 * GIB - 0x1004200, 0x1000000)]
    scatter.make_gpt(dump, parts, 16 * GIB)
    data = own(4 * GIB).replace(b"0x5000000", b"0x7b00000")
    a, _ = check(dump, contents.write(f, data), 1)
    assert differing(a) == {"otp": "moved"}, differing(a)


def loader_rows(t):
    """the preloader: any size, any boot area of the phone's storage, a second one; no other region, no other address"""
    dump, f = own_phone(t + "/d", 16 * GIB), t + "/MT6765_Android_scatter.txt"
    for region in ("EMMC_BOOT_1", "EMMC_BOOT_2", "EMMC_BOOT1", "EMMC_BOOT2", "EMMC_BOOT1_BOOT2"):
        for size in (0x40000, 0x80000, 0x4E000, 0x39000, 0x100000):
            a, rows = check(dump, contents.write(f, own(loader=(region, size))), 0)
            assert rows["preloader"]["status"] == "same" and bool(rows["preloader"]["note"]) is (size not in (0x40000, 0x80000))
    a, rows = check(dump, contents.write(f, own(loader=("EMMC_BOOT1", 0x80000), loaders=2)), 0)
    assert rows["preloader_backup"]["status"] == "same", rows["preloader_backup"]
    for region in ("EMMC_USER", "UFS_LU0", "UFS_LU0_LU1", "EMMC_BOOT_3", "EMMC_RPMB"):
        a, rows = check(dump, contents.write(f, own(loader=(region, 0x40000))), 1)
        assert rows["preloader"]["status"] == "region", region
    moved = own().replace(b"physical_start_addr: 0x0\n  partition_size: 0x40000", b"physical_start_addr: 0x800\n  partition_size: 0x40000")
    a, rows = check(dump, contents.write(f, moved), 1)
    assert rows["preloader"]["status"] == "moved"


def ufs_twin(data):
    """The same rows as of a phone with UFS."""
    return data.replace(b"EMMC_BOOT_1", b"UFS_LU0").replace(b"EMMC_USER", b"UFS_LU2").replace(b"HW_STORAGE_EMMC", b"HW_STORAGE_UFS") \
        .replace(b"storage: EMMC", b"storage: UFS").replace(b"MSDC_0", b"UFSHCI_0").replace(b"block_size: 0x20000", b"block_size: 0x80000")


def other_storage(t):
    """a file for eMMC on a dump of UFS, and the other way round: one sentence about the storage, no rows"""
    f, size = t + "/MT6765_Android_scatter.txt", 16 * GIB
    parts = [(n, a, s) for n, a, s in ROWS if n not in ("pgpt", "userdata")] + [("userdata", 0x5000000, GIB)]
    gptmake.write(t + "/ufs", parts, size, 4096)
    own_phone(t + "/emmc", size)
    for dump, data in ((t + "/ufs", own()), (t + "/emmc", ufs_twin(own()))):
        a, rows = check(dump, contents.write(f, data), 1)
        assert "another storage type" in a["reason"] and not rows, a
        text = run("check", dump, "--scatter", f, status=1).decode()
        assert text.count("\n") == 1 and "eMMC" in text and "UFS" in text, text
        run("check", dump, "--scatter", f, "--fix", status=1)
        assert "another storage" in run.stderr and run.stderr.count("\n") == 1, run.stderr
    a, _ = check(t + "/ufs", contents.write(f, ufs_twin(own(GIB))), 1)
    assert "storage" not in a["reason"], a["reason"]


def explain_4050(t):
    """explain 4050: another layout is the usual reason, not a template's size"""
    for code in ("4050", "0xC003000A"):
        said = run("explain", code).decode().lower()
        assert "layout" in said and "template" not in said and "check" in said, said


# ---- 16: no length is guessed ------------------------------------------------------------------------------------------------------

# Mobiwire's MT6572: its MBR and EBR1, and where its scatter file has what they do not tell
MBR = mbr.block([(5, 0x400, mbr.ALL), (0x83, 0x4800, 0x5000), (0x83, 0x9800, 0x5000), (0x83, 0x1BA00, 0x1DB000)])
EBR1 = mbr.block([(0x83, 0x1F6600, 0x71000), (0x83, 0x267600, 0xFFD989FF)])
USRDATA, BOOTIMG, RECOVERY, ANDROID = 0x4CF40000, 0x1D80000, 0x2380000, 0x3740000


def boot_image():
    head = b"ANDROID!" + struct.pack("<10I", 4096, 0x80008000, 4096, 0x84000000, 0, 0x80F00000, 0x80000100, 2048, 0, 0)
    body = b"".join((struct.pack("<II", 0x58881688, 3584) + n.ljust(32, b"\0")).ljust(512, b"\xff") + b"K" * 3584
                    for n in (b"KERNEL", b"ROOTFS"))
    return head.ljust(2048, b"\0") + body


def mbr_phone(path, size, base=0):
    with open(path, "wb") as f:
        f.truncate(base + size)
    if base:
        edit(path, 0, b"EMMC_BOOT\0\0\0" + struct.pack("<II", 1, 0x200))
    edit(path, base, MBR)
    edit(path, base + 0x80000, EBR1)
    for at in (BOOTIMG, RECOVERY):
        edit(path, base + at, boot_image())
    return path


def numbers(text):
    """{name: (linear, physical, size, reserved)}, and the general keys, of a scatter file."""
    general, rows = scatter.read(text)
    return general, {r["partition_name"]: (scatter.number(r["linear_start_addr"]), scatter.number(r["physical_start_addr"]),
                                           scatter.number(r["partition_size"]), r["is_reserved"]) for r in rows}


def linear_rows(text, base):
    general, rows = numbers(text)
    assert general["config_version"] == "V1.1.1" and rows["PRELOADER"][2] == base, (general, rows["PRELOADER"])
    for name, at in (("MBR", 0), ("EBR1", 0x80000), ("PROTECT_F", 0x900000), ("BOOTIMG", BOOTIMG), ("RECOVERY", RECOVERY),
                     ("ANDROID", ANDROID), ("CACHE", 0x3ED40000)):
        assert rows[name][0] == base + at, (name, hex(rows[name][0]))
    assert rows["BOOTIMG"][2] == RECOVERY - BOOTIMG and rows["RECOVERY"][2] == ANDROID - RECOVERY, "up to the next row"
    return rows


def no_base(t, dump):
    """Without the boot areas nothing tells the addresses of an MT6572's file: there is none, and no USRDATA of 0x200."""
    run("scatter", dump, "--platform", "MT6572", status=1)
    assert "BOOT1" in run.stderr and run.stderr.count("\n") == 1, run.stderr
    run("scatter", dump, status=1)
    assert "--platform" in run.stderr, run.stderr
    general, rows = numbers(run("scatter", dump, "--platform", "MT6592"))
    assert general["config_version"] == "V1.1.2" and rows["MBR"][0] == 0 and rows["BOOTIMG"][:3] == (BOOTIMG, BOOTIMG, 0x600000)
    assert "USRDATA" not in rows
    run("split", dump, "--platform", "MT6572", "-o", t + "/rom")
    assert not [n for n in os.listdir(t + "/rom") if "scatter" in n], os.listdir(t + "/rom")


def unknown_end(dump, base=0):
    """info and readback: USRDATA's length is unknown, and how to find the length to read is told."""
    r = info(dump)
    p = next(p for p in r["partitions"] if p["name"] == "USRDATA")
    assert (p["start"], p["size"], p["state"]) == (USRDATA, None, "missing"), p
    assert r["image"]["complete"] is False
    assert any("length" in n["text"] and hex(USRDATA) in n["text"] for n in r["notes"]), r["notes"]
    rows = {p["name"]: p for p in json.loads(run("readback", dump, "--json"))}
    assert rows["USRDATA"]["size"] is None and rows["BOOTIMG"]["size"] == 0x600000, rows["USRDATA"]
    assert rows[None]["size"] is None and rows[None]["at_least"] == USRDATA, rows[None]
    text = run("readback", dump).decode()
    assert f"at least {hex(USRDATA)}" in text and "EMMC_PART_USER" in text and "0x0000000000000200" not in text, text


def mbr_user(t):
    """reported: MBR and EBR of an MT6572 alone: no file with guessed addresses"""
    dump = real(t, "mt6572_mbr_user.bin")
    no_base(t, dump)
    unknown_end(dump)


def mbr_linear(t):
    """reported: a linear ROM_0: the base is that of the boot areas in it, USRDATA has no row"""
    dump = real(t, "mt6572_mbr_linear_ROM_0.bin")
    assert "USRDATA" not in linear_rows(run("scatter", dump, "--platform", "MT6572"), 0x1400000)
    unknown_end(dump, 0x1400000)


def own_mbr(t):
    """MBR and EBR alone, dumps that end before, in and behind USRDATA: rows only where the length is known"""
    dump = mbr_phone(t + "/d", ANDROID + (16 << 20))
    no_base(t, dump)
    unknown_end(dump)
    for base in (0x600000, 0xC00000, 0x1400000):
        dump = mbr_phone(t + "/l", ANDROID + (16 << 20), base)
        for chip in (("--platform", "MT6572"), ("--platform", "MT6582"), ()):  # read from linear 0: of such a chip
            assert "USRDATA" not in linear_rows(run("scatter", dump, *chip), base)
        unknown_end(dump, base)
    # all of the medium: USRDATA ends where the pool begins
    size = USRDATA + (256 << 20)
    dump = mbr_phone(t + "/l", size, 0xC00000)
    rows = linear_rows(run("scatter", dump, "--platform", "MT6572"), 0xC00000)
    assert rows["USRDATA"][2] == size - USRDATA - 0x1500000, rows["USRDATA"]
    # but not when the filesystem in it goes on: it is cut short there
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1,nodiscard", t + "/fs", "600M")
    with open(t + "/fs", "rb") as f, open(dump, "r+b") as out:
        out.seek(0xC00000 + USRDATA)
        out.write(f.read(1 << 20))
    r = info(dump)
    p = next(p for p in r["partitions"] if p["name"] == "USRDATA")
    assert (p["size"], p["state"], r["image"]["complete"]) == (600 << 20, "partial", False), p
    rows = {p["name"]: p for p in json.loads(run("readback", dump, "--json"))}
    assert rows["USRDATA"]["size"] == 600 << 20 and rows[None]["at_least"] == USRDATA + (600 << 20), rows[None]


def scatter_as_table(t):
    """--scatter as the table: its form, version, addresses, flags, platform, project; all of it, or the rows asked for"""
    files = [contents.write(t + "/MT6765_Android_scatter.txt", own())]
    base = 0x1400000
    rows = [(n, a + base, 0, s, False) for n, a, s in (("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("NVRAM", 0x100000, 0x500000),
                                                       ("BOOTIMG", 0x600000, 0x600000), ("USRDATA", 0xC00000, 0x40000000))]
    rows.append(("BMTPOOL", "0xFFFF00a8", 0, 0x1500000, True))
    files.append(contents.write(t + "/MT6572_Android_scatter.txt", scatter_dump.text("MT6572", "V1.1.1", rows, base)))
    files += sorted(glob.glob(REAL + "/scatter/MT*"))
    with open(t + "/zeros", "wb") as f:
        f.truncate(8 << 30)
    for path in files:
        want = open(path, "rb").read()
        got = run("scatter", t + "/zeros", "--scatter", path)
        assert got.lower() == want.lower(), f"{os.path.basename(path)}: {sum(a != b for a, b in zip(got, want))} bytes"
    path = files[1]
    general, rows = numbers(run("scatter", t + "/zeros", "--scatter", path, "--platform", "MT6582"))
    assert general["platform"] == "MT6582" and rows["BMTPOOL"][3] == "true" and rows["BOOTIMG"][:2] == (0x1A00000, 0)
    general, rows = numbers(run("scatter", t + "/zeros", "--scatter", path, "-p", "BOOTIMG"))
    assert list(rows) == ["PRELOADER", "BOOTIMG"] and general["project"] == "own", rows
    run("split", t + "/zeros", "--scatter", path, "-o", t + "/rom", "-p", "NVRAM")
    name, = [n for n in os.listdir(t + "/rom") if "scatter" in n]
    general, rows = numbers(t + "/rom/" + name)
    assert name == "MT6572_Android_scatter.txt" and general["config_version"] == "V1.1.1" and rows["NVRAM"][0] == base + 0x100000


def scatter_beside_mbr(t):
    """--scatter beside MBR and EBR: the file again, also where the dump alone tells no addresses"""
    dump = mbr_phone(t + "/d", USRDATA + (64 << 20))
    base = 0xC00000
    rows = [(n, a + base, 0, s, False) for n, a, s in (
        ("MBR", 0, 0x80000), ("EBR1", 0x80000, 0x80000), ("PRO_INFO", 0x100000, 0x300000), ("NVRAM", 0x400000, 0x500000),
        ("PROTECT_F", 0x900000, 0xA00000), ("PROTECT_S", 0x1300000, 0xA00000), ("SECCFG", 0x1D00000, 0x20000),
        ("UBOOT", 0x1D20000, 0x60000), ("BOOTIMG", BOOTIMG, 0x600000), ("RECOVERY", RECOVERY, 0x600000),
        ("ANDROID", ANDROID, 0x3B600000), ("CACHE", 0x3ED40000, 0xE200000), ("USRDATA", USRDATA, 0x40000000))]
    rows.append(("BMTPOOL", "0xFFFF00a8", 0, 0x1500000, True))
    path = contents.write(t + "/MT6572_Android_scatter.txt", scatter_dump.text("MT6572", "V1.1.1", rows, base))
    assert run("scatter", dump, "--scatter", path) == open(path, "rb").read()


# ---- 18: rawprogram ----------------------------------------------------------------------------------------------------------------

ONE_PHONE = ("modemst1 modemst2 fsg fsc ssd devinfo persist misc keystore frp sec DDR encrypt eksst rct persistent drm mpt "
             "persistbak modem_fs1 modem_fs2 config oplusreserve1 metadata fsg_a misc_b mdm1m9kefs1").split()
OF_ALL = "xbl xbl_a aboot abl_b tz rpm hyp boot recovery system vendor modem dsp splash bluetooth dtbo_a super cache".split()


def file_names(dump):
    out = run("scatter", dump, "--format", "rawprogram")
    return [(e.get("label"), e.get("filename")) for e in xml.etree.ElementTree.fromstring(out).iter("program")]


def rawprogram_reported(t):
    """reported: rawprogram of a real Qualcomm table names no file for modemst1, fsg, devinfo, ..."""
    rows = file_names(real(t, "gpt_qualcomm.bin"))
    named = {l for l, f in rows if f}
    assert not named & set("modemst1 modemst2 fsg fsc ssd devinfo persist misc keystore frp".split()), named
    assert {"xbl", "tz", "aboot", "boot", "recovery", "system", "modem", "userdata", "PrimaryGPT"} <= named, named


def rawprogram_own(t):
    """rawprogram: no file for what belongs to one phone, whatever its slot; every row stays, and all others have one"""
    names = ["sbl1"] + ONE_PHONE + OF_ALL
    gptmake.write(t + "/d", [(n, (1 + i) << 20, 1 << 20) for i, n in enumerate(names)], 256 << 20)
    rows = dict(file_names(t + "/d"))
    assert set(names) <= set(rows)
    assert [n for n in ONE_PHONE if rows[n]] == [], [n for n in ONE_PHONE if rows[n]]
    assert [n for n in OF_ALL if not rows[n]] == [], [n for n in OF_ALL if not rows[n]]


def rawprogram_real(t):
    """real: where the factory's rawprogram0.xml names no file for what is one phone's, neither does ours"""
    where = REAL + "/partition-tables"
    if not os.path.exists(where + "/lgh1_rawprogram0.xml"):
        raise Skip("there are none here")
    names = set("devinfo misc modemst1 modemst2 fsg fsc ssd keystore DDR sec encrypt eksst rct persistent drm mpt".split())
    factory = xml.etree.ElementTree.parse(where + "/lgh1_rawprogram0.xml").getroot().iter("program")
    assert names <= {e.get("label") for e in factory if not e.get("filename")}
    assert not [l for l, f in file_names(where + "/lgh1_gpt_both0.bin") if f and l in names]


# ---- 20: explain -------------------------------------------------------------------------------------------------------------------

# what people ask for: number or sentence, and words of the answer
EXPLAIN = [
    ("8038", "layout|scatter"), ("SP FLASH TOOL ERROR: (8038)", "layout"), ("8045", "PMT|table"), ("8417", "scatter.*(name|valid)"),
    ("8406", "driver|ROM"), ("6124", "S_SECURITY_INVALID_PROJECT"), ("S_SECURITY_INVALID_PROJECT (6124)", "model"),
    ("0xC0020003", "not supported"), ("0xC0030007", "invalid parameters"), ("C0030007", "invalid parameters"),
    ("-1073545209", "invalid parameters"), ("8502", "ERROR_ROM_MUST_ENABLE"), ("8505", "ERROR_ILLEGAL_ADDRESS"),
    ("Invalid ROM or PMT address.", "ERROR_ILLEGAL_ADDRESS"), ("Failed to get PMT info.", "ERROR_PMT_UNAVAILABLE"),
    ("Boundary Check Failed: rom_end_addr >= next rom begin_addr.", "next"), ("CHIP TYPE NOT match ! target refuse value: 0x94010000", "3184"),
    ("Storage type mismatch! scatter storage type is HW_STORAGE_EMMC", "3183"),
    ("lib DA NOT match, please re-select DA or ask for help", "download agent"),
    ('"Firmware Upgrade" could not be executed without PMT!', "1037"), ("Firmware Upgrade could not be executed without PMT", "1037"),
    ("Exceed available range", "0xC004000B"), ("STATUS_EXCEED_AVALIABLE_RANGE (0xC004000B)", "0xC004000B"),
    ("Initialize scatter file failed. Please check the scatter file name you load is legal", "8417"),
    ("[Android Download ] PMT is ready and Layout has been changed!", "8038"),
    ("The Scatter file does not correspond to this device, the partition table is different", "8502"),
    ('Partition[nvram] should NOT set "is_download" to true in scatter file', "is_download: false"),
    ("TOOL DL image Fail !", "Checksum"), ("5000", "S_AUTH_HANDLE_IS_NOT_READY"), ("6126", "S_SECURITY_SECRO_HASH_INCORRECT"),
    ("0xC002002C", "STATUS_SEC_IMG_HASH_VFY_FAIL"), ("0xC0070004", "STATUS_DA_HASH_MISMATCH"), ("3152", "S_DA_SDMMC_CONFIG_FAILED"),
    ("2020", "S_BROM_CHKSUM16_MEM_RESULT_DIFF"), ("0xC0050007", "STATUS_READ_DATA_EXCEPTION"),
    ("ERROR: STATUS_DA_SELECTION_ERR (0xC0030003)", "STATUS_DA_SELECTION_ERR")]


def explain_more(t):
    """explain: the codes and sentences met in forums; a sentence without a number has code null; in a log, too"""
    for what, words in EXPLAIN:
        text = run("explain", "--", what).decode()
        assert re.search(words, text, re.I), f"{what}: {text}"
        a = json.loads(run("explain", "--json", "--", what))
        first = a["errors"][0] if "errors" in a else a
        assert first["code"] or first["name"], a
    a = json.loads(run("explain", "--json", "lib DA not match"))
    assert a["code"] is None and a["name"] == "lib DA not match", a
    run("explain", "0", status=3)
    log = contents.write(t + "/QT_FLASH_TOOL.log", b"[0001] SP FLASH TOOL ERROR: (8038)\n[0002] Error: lib DA NOT match!\n"
                         b"[0003] Invalid ROM or PMT address.\n[0004] 8406 of 9000 bytes\n")
    found = json.loads(run("explain", log, "--json"))["errors"]
    assert [e["code"] for e in found] == [8038, None, 8505], found


def explain_table(t):
    """explain: no number and no name stands for two errors"""
    text = open(os.path.join(os.path.dirname(__file__), "../../src/flash_log/flash_errors.def")).read()
    rows = re.findall(r'^ERROR\((\w+), (?:"(\w[^"]*)"|NULL),$', text, re.M)
    assert len(rows) > 165, len(rows)
    numbers, names = [int(n, 0) for n, _ in rows if int(n, 0)], [n for _, n in rows if n]
    assert len(set(numbers)) == len(numbers) and len(set(names)) == len(names)
    for number, name in rows[::7]:
        assert (name or number) in run("explain", name or number).decode()


# ---- 17: platform ------------------------------------------------------------------------------------------------------------------

FAMILIES = {"MT6762": "MT6765", "MT8768": "MT6765", "MT8768T": "MT6765", "MT6769": "MT6768", "MT8183": "MT6771", "MT8385": "MT6771",
            "MT6574": "MT6582", "MT8382": "MT6582", "MT8392": "MT6592", "MT6583": "MT6589", "MT6767": "MT6797", "MT6883": "MT6885",
            "MT6891": "MT6893", "MT8781": "MT6789", "MT6765": "MT6765", "MT6750": "MT6750", "MT6755": "MT6755", "MT6737M": "MT6737M",
            "MT6757D": "MT6757D", "MT6781": "MT6781"}


def platform_reported(t):
    """reported: build.prop says MT6762, the scatter file MT6765; check refuses the marketing name, --fix corrects it"""
    dump = real(t, "mt6762_buildprop.bin")
    data = run("scatter", dump)
    assert scatter.read(data)[0]["platform"] == "MT6765", scatter.read(data)[0]
    marketing_name(t, dump, data)


def marketing_name(t, dump, data):
    f = contents.write(t + "/MT6765_Android_scatter.txt", data)
    check(dump, f, 0)
    contents.write(f, data.replace(b"platform: MT6765", b"platform: MT6762"))
    a, _ = check(dump, f, 1)
    assert "MT6765" in a["reason"] and "MT6762" in a["reason"], a["reason"]
    assert run("check", dump, "--scatter", f, "--fix") == data


def platform_names(t):
    """the tool's chip name is written, by --platform and by build.prop, in every form and in the file's name"""
    dump = own_phone(t + "/d", 8 * GIB)
    for given, want in FAMILIES.items():
        for style in ("factory", "wwr"):
            assert scatter.read(run("scatter", dump, "--platform", given, "--style", style))[0]["platform"] == want, given
    assert b"<platform>MT6768</platform>" in run("scatter", dump, "--platform", "MT6769", "--format", "xml")
    os.makedirs(t + "/sys")
    contents.write(t + "/sys/build.prop", b"ro.board.platform=mt6762\n")
    ext4(t + "/system", t + "/sys", 4)
    gpt(t + "/p", [(n, 1, None) for n in ("proinfo", "nvram", "lk", "seccfg")] + [("system", 4, t + "/system"), ("userdata", 8, None)], 20)
    assert info(t + "/p")["platform"]["chip"] == "MT6762", "the report says what the phone says"
    data = run("scatter", t + "/p")
    assert scatter.read(data)[0]["platform"] == "MT6765"
    marketing_name(t, t + "/p", data)
    run("split", t + "/p", "-o", t + "/rom", "-p", "lk")
    assert "MT6765_Android_scatter.txt" in os.listdir(t + "/rom"), os.listdir(t + "/rom")


def vendor_reported(t):
    """reported: four partitions and --platform: a scatter file"""
    dump = real(t, "gpt_4_partitions.bin")
    general, rows = numbers(run("scatter", dump, "--platform", "MT6765"))
    assert general["platform"] == "MT6765" and len(rows) >= 5, rows


def vendor_by_chip(t):
    """any chip source, or --platform, makes a table MediaTek's; without one, and for Qualcomm's names, it stays what it is"""
    parts = [("boot", 4, None), ("system", 4, None), ("cache", 4, None), ("userdata", 8, None)]
    gpt(t + "/d", parts, 24)
    run("scatter", t + "/d", status=1)
    assert info(t + "/d")["table"]["vendor"] == "other"
    assert numbers(run("scatter", t + "/d", "--platform", "MT6580"))[1]["userdata"][2] == 8 << 20
    assert info(t + "/d", "--platform", "MT6580")["table"]["vendor"] == "mediatek"
    os.makedirs(t + "/sys")
    contents.write(t + "/sys/build.prop", b"ro.board.platform=mt6580\n")
    ext4(t + "/system", t + "/sys", 4)
    parts[1] = ("system", 4, t + "/system")
    gpt(t + "/d", parts, 24)
    assert info(t + "/d")["table"]["vendor"] == "mediatek" and b"MT6580" in run("scatter", t + "/d")
    contents.write(t + "/sys/build.prop", b"ro.board.platform=msm8953\n")
    ext4(t + "/system", t + "/sys", 4)
    gpt(t + "/d", parts, 24)
    assert info(t + "/d")["table"]["vendor"] == "other"
    gpt(t + "/d", parts + [(n, 1, None) for n in ("sbl1", "aboot", "rpm", "tz")], 30)
    assert info(t + "/d")["table"]["vendor"] == "qualcomm"


# ---- 19: super, fit ----------------------------------------------------------------------------------------------------------------

def columns_hold(text):
    """All rows of the table of partitions have their columns where its head has them."""
    lines = text.splitlines()
    head = next(i for i, l in enumerate(lines) if l.split()[:2] in (["Name", "Start"], ["Name", "Region"]))
    at = lines[head].index(lines[head].split()[1])
    rows = []
    for line in lines[head + 1:]:
        if not line.startswith("  "):
            break
        rows += [line] if not line.startswith("  The table") else []
    assert len(rows) > 2, text
    for row in rows:
        assert row[at - 1:at] == " " and row[at:at + 1].strip(), f"{row!r} at {at}"


def super_reported(t):
    """reported: a super whose slots differ: facts of one slot, system_a by that name, columns"""
    dump = real(t, "super_slots_differ.img")
    one = info(dump)["platform"]
    with open(t + "/prop", "wb") as f:
        f.write(run("cat", "-p", "system_a", dump, "/build.prop"))
    props = dict(l.strip().split("=", 1) for l in open(t + "/prop") if "=" in l)
    model = next(v for k, v in props.items() if k.endswith("model"))
    assert (one["model"], one["android"]) == (model, props["ro.build.version.release"]), (one, props)
    run("split", dump, "-p", "system_a", "-o", t + "/out")
    assert os.listdir(t + "/out").count("system_a.img") == 1, os.listdir(t + "/out")
    assert run("cat", "-p", "super/system_a", dump, "/build.prop") == open(t + "/prop", "rb").read()
    columns_hold(run("info", dump).decode())


def super_slots(t):
    """slots of two releases: model, Android, patch all of slot a; of slot b where a has none"""
    def system(name, release, model):
        os.makedirs(f"{t}/{name}", exist_ok=True)
        contents.write(f"{t}/{name}/build.prop", f"ro.product.model={model}\nro.build.version.release={release}\n"
                       f"ro.build.version.security_patch=20{release}-01-05\n".encode())
        ext4(f"{t}/{name}.img", f"{t}/{name}", 4)
        return open(f"{t}/{name}.img", "rb").read()

    a, b, empty = system("a", 11, "One"), system("b", 13, "Two"), bytes(4 << 20)
    for order, want in (((("system_a", a), ("system_b", b)), ("One", "11", "2011-01-05")),
                        ((("system_b", b), ("system_a", a)), ("One", "11", "2011-01-05")),
                        ((("system_a", empty), ("system_b", b)), ("Two", "13", "2013-01-05"))):
        lp.build(t + "/super", 32 << 20, order, extent_bytes=1 << 20)
        p = info(t + "/super")["platform"]
        assert (p["model"], p["android"], p["security_patch"]) == want, (p, want)


def super_names(t):
    """a logical partition by its short name: split, ls, cat, extract; the columns hold with names of any length"""
    os.makedirs(t + "/x")
    contents.write(t + "/x/hello", b"hello")
    ext4(t + "/x.img", t + "/x", 4)
    data = open(t + "/x.img", "rb").read()
    long = "a_very_long_name_of_a_partition_b-c"
    lp.build(t + "/super", 32 << 20, [("odm_dlkm_a", data), (long, data), ("v", data)], extent_bytes=1 << 20)
    gpt(t + "/d", [("proinfo", 1, None), ("nvram", 1, None), ("lk", 1, None), ("seccfg", 1, None), ("super", 32, t + "/super"),
                   ("n" * 36, 1, None), ("\u00fcber" * 4, 1, None), ("userdata", 2, None)], 48)
    for dump in (t + "/super", t + "/d"):
        for name in ("odm_dlkm_a", long, "v"):
            assert run("cat", "-p", name, dump, "/hello") == b"hello"
            assert run("cat", "-p", "super/" + name, dump, "/hello") == b"hello"
        columns_hold(run("info", dump).decode())
        run("split", dump, "-p", "none_a", "-o", t + "/no", status=None)
        assert "none_a" in run.stderr and run.status
    columns_hold(run("readback", t + "/d").decode())
    run("split", t + "/d", "-p", long, "-o", t + "/out")
    assert sha256_file(f"{t}/out/{long}.img") == sha256(data)


def boot_file(path, kernel, ramdisk, version=4):
    """A boot image of header version 3 or 4: lengths of kernel and ramdisk."""
    head = b"ANDROID!" + struct.pack("<IIII16xI", kernel, ramdisk, 0, 1580, version) + bytes(1536)
    pad = lambda n: bytes([7]) * n + bytes(-n % 4096)
    return contents.write(path, head.ljust(4096, b"\0") + pad(kernel) + pad(ramdisk))


def fit_reported(t):
    """reported: init_boot.img is no boot image"""
    file, dump = real(t, "init_boot.img"), real(t, "gpt_mt6781_ufs.bin")
    a = json.loads(run("fit", file, "--as", "boot_a", dump, "--json", status=1))
    assert a["right_kind"] is False and "kernel" in a["reason"], a


def fit_boot(t):
    """fit: what has no kernel is no boot, what has one no init_boot, what has no ramdisk no init_boot either"""
    names = ("boot_a", "boot", "recovery", "init_boot_a", "init_boot")
    gpt(t + "/d", [(n, 1, None) for n in names + ("proinfo", "nvram", "lk", "seccfg")], 16)
    for version in (3, 4):
        for kernel, ramdisk in ((5000, 4000), (5000, 0), (0, 4000), (0, 0)):
            file = boot_file(t + "/b", kernel, ramdisk, version)
            for name in names:
                good = kernel == 0 and ramdisk > 0 if "init" in name else kernel > 0
                run("fit", file, "--as", name, t + "/d", status=0 if good else 1)


def fit_preloader(t):
    """fit --as preloader works without boot areas: the kind is judged, the room unknown"""
    dump = own_phone(t + "/d", 8 * GIB)
    good = contents.write(t + "/preloader_x.bin", fixtures.preloader(b"preloader_x.bin", "mt6765", b"MT6765"))
    for name in ("preloader", "PRELOADER", "preloader_backup"):
        a = json.loads(run("fit", good, "--as", name, dump, "--json"))
        assert a["fits"] and a["right_kind"] and a["room"] is None and a["content"] == "mtk-preloader", a
    assert b"yes" in run("fit", good, "--as", "preloader", dump)
    run("fit", good, "--as", "preloader", dump, "-o", t + "/out")
    assert sha256_file(t + "/out") == sha256_file(good)
    run("fit", boot_file(t + "/b", 4000, 4000), "--as", "preloader", dump, status=1)
    raw = contents.write(t + "/boot1", fixtures.boot1("EMMC_BOOT", open(good, "rb").read()))
    a = json.loads(run("fit", good, "--as", "preloader", dump, "--boot1", raw, "--json"))
    assert a["fits"] and a["room"] == 0x40000, a
    other = contents.write(t + "/p2", fixtures.preloader(b"preloader_y.bin", "mt6797", b"MT6797"))
    run("fit", other, "--as", "preloader", dump, "--platform", "MT6765", status=1)
    run("fit", good, "--as", "preloader", dump, "--platform", "MT6762")


CHECK = [check_placeholder, check_preloader, check_backup_loader, check_size_0, grown_rows, grown_beside_wrong,
         not_grown_in_the_middle, placed_by_the_tool, loader_rows, other_storage, explain_4050]

LENGTHS = [mbr_user, mbr_linear, own_mbr, scatter_as_table, scatter_beside_mbr]

RAWPROGRAM = [rawprogram_reported, rawprogram_own, rawprogram_real]

EXPLAIN_TESTS = [explain_more, explain_table]

PLATFORM = [platform_reported, platform_names, vendor_reported, vendor_by_chip]

SUPER = [super_reported, super_slots, super_names, fit_reported, fit_boot, fit_preloader]

if __name__ == "__main__":
    main(CHECK + LENGTHS + RAWPROGRAM + EXPLAIN_TESTS + PLATFORM + SUPER)
