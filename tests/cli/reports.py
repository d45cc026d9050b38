#!/usr/bin/env python3
"""What people reported of scatter files, tables and error codes: their files where they are at hand, and twins made here.

The real ones are in ../shared/real/reports/mtk (README.tsv: file, command, expected, got, source)."""
import lzma
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import contents
import gptmake
import scatter
import scatter_dump
from dumps import *

MTK = REAL + "/reports/mtk"
GIB = 1 << 30


def real(t, name):
    """The path of a reported file, unpacked and sparse where it is squeezed."""
    if os.path.exists(f"{MTK}/{name}"):
        return f"{MTK}/{name}"
    if not os.path.exists(f"{MTK}/{name}.xz"):
        raise Skip("there are none here")
    with lzma.open(f"{MTK}/{name}.xz") as f, open(f"{t}/{name}", "wb") as out:
        while block := f.read(1 << 20):
            out.write(block) if block.strip(b"\0") else out.seek(len(block), 1)
        out.truncate(out.tell())
    return f"{t}/{name}"


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


CHECK = [check_placeholder, check_preloader, check_backup_loader, check_size_0, grown_rows, grown_beside_wrong,
         not_grown_in_the_middle, placed_by_the_tool, loader_rows, other_storage, explain_4050]

if __name__ == "__main__":
    main(CHECK)
