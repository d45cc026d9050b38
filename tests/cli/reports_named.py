#!/usr/bin/env python3
"""What is no raw dump is named, with what converts it, and not judged; tables of other vendors; what adb shell did to a dump.

The real ones are in ../shared/real/reports/fs; disks of virtual machines are made by qemu-img, archives by their tools, the
rest from the published layouts."""
import io
import lzma
import os
import shutil
import struct
import sys
import tarfile
import zipfile


for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
import lib as fixtures
from dumps import *



def real(t, name):
    return reported_file(t, "fs", name)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def userdata(t, mib=8, seed=1):
    """An ext4 with photos as bytes, and {name: SHA-256} of them."""
    folder = f"{t}/tree{len(os.listdir(t))}"
    os.makedirs(folder + "/media/0/DCIM")
    rng, names = random.Random(seed), {}
    for i in range(5):
        photo = b"\xff\xd8\xff\xe0" + rng.randbytes(rng.choice([3000, 70000]))
        names[f"IMG_{i}.jpg"] = sha256(photo)
        write(f"{folder}/media/0/DCIM/IMG_{i}.jpg", photo)
    ext4(folder + ".img", folder, mib)
    return open(folder + ".img", "rb").read(), names


def photos(t, image, *args):
    out = f"{t}/out{len(os.listdir(t))}"
    run("extract", image, "-o", out, "--no-sync", *args)
    return {name: sha256_file(os.path.join(f, name)) for f, _, names in os.walk(out) for name in names if name.endswith(".jpg")}


def named(t, path, content, word):
    """It is called what it is, with what converts it, in one line; nothing judges its bytes, and no command reads them."""
    before = sha256_file(path)
    a = info(path, status=3)
    row, = a["partitions"]
    assert row["content"] == content and a["userdata"]["verdict"] == "absent" and a["userdata"]["openable"] == "no", a
    assert word in a["userdata"]["sentence"] and "userdata is" not in a["userdata"]["sentence"], a["userdata"]
    for args in (["info"], ["unlock"], ["split"], []):
        run(*args, path, *(["-o", t + "/none"] if not args or args == ["split"] else []), status=3)
        assert word in run.stderr and path in run.stderr and run.stderr.count("\n") == 1, run.stderr
    assert not os.path.exists(t + "/none") and sha256_file(path) == before


# ---- containers --------------------------------------------------------------------------------------------------------------------

def reported_containers(t):
    """reported: an adb backup and a QCOW2 disk are named, not judged"""
    named(t, real(t, "adb_backup.ab"), "adb-backup", "abe.jar unpack")
    named(t, real(t, "userdata.qcow2"), "qcow2", "qemu-img convert -O raw")


def virtual_disks(t):
    """disks of virtual machines by qemu-img: qcow, qcow2 of both versions, qed, vmdk, vhd, vhdx, vdi; converted back, they are read"""
    if not shutil.which("qemu-img"):
        raise Skip("qemu-img is not installed")
    data, names = userdata(t)
    raw = write(t + "/raw.img", data)
    for n, (fmt, content, options) in enumerate([
            ("qcow2", "qcow2", "compat=1.1"), ("qcow2", "qcow2", "compat=0.10,cluster_size=4096"), ("qcow", "qcow", ""),
            ("qed", "qed", ""), ("vmdk", "vmdk", "subformat=monolithicSparse"), ("vmdk", "vmdk", "subformat=streamOptimized"),
            ("vmdk", "vmdk", "subformat=twoGbMaxExtentSparse"), ("vpc", "vhd", "subformat=dynamic"), ("vhdx", "vhdx", ""),
            ("vdi", "vdi", "")]):
        disk = f"{t}/disk{n}.{fmt}"
        tool("qemu-img", "convert", "-f", "raw", "-O", fmt, *(["-o", options] if options else []), raw, disk)
        named(t, disk, content, "qemu-img convert")
        tool("qemu-img", "convert", "-f", fmt, "-O", "raw", disk, disk + ".raw")
        assert photos(t, disk + ".raw") == names, fmt


def fixed_vhd(t):
    """a fixed VHD is a raw dump with a footer: it is read, and the footer is left out"""
    if not shutil.which("qemu-img"):
        raise Skip("qemu-img is not installed")
    data, names = userdata(t)
    write(t + "/ext4", data)
    gpt(t + "/full.bin", [("boot", 1, None), ("userdata", 8, t + "/ext4")], 12)
    tool("qemu-img", "convert", "-f", "raw", "-O", "vpc", "-o", "subformat=fixed,force_size=on", t + "/full.bin", t + "/full.vhd")
    size = os.path.getsize(t + "/full.bin")
    assert os.path.getsize(t + "/full.vhd") == size + 512
    a = info(t + "/full.vhd")
    assert a["image"]["size"] == size and any("fixed VHD" in n["text"] for n in a["notes"]), a["notes"]
    assert photos(t, t + "/full.vhd") == names


def archives(t):
    """tar (a nandroid, TWRP's .win), zip, 7z and compressed partitions: named with what unpacks them"""
    data, _ = userdata(t, 4)
    os.makedirs(t + "/data/app")
    write(t + "/data/app/x", data[:70000])
    write(t + "/boot.img", b"ANDROID!" + data[:90000])
    for name, fmt in (("data.ext4.win000", tarfile.USTAR_FORMAT), ("data.ext4.tar", tarfile.GNU_FORMAT), ("pax.tar", tarfile.PAX_FORMAT)):
        with tarfile.open(f"{t}/{name}", "w", format=fmt) as f:
            f.add(t + "/boot.img", "boot.img")
            f.add(t + "/data", "data")
        named(t, f"{t}/{name}", "tar", "tar -xf")
    with zipfile.ZipFile(t + "/rom.zip", "w", zipfile.ZIP_DEFLATED) as f:
        f.write(t + "/boot.img", "boot.img")
    named(t, t + "/rom.zip", "zip", "decompress it first: unzip")
    named(t, write(t + "/u.xz", lzma.compress(data)), "xz", "decompress it first: unxz")
    if shutil.which("7z"):
        tool("7z", "a", t + "/rom.7z", t + "/boot.img")
        named(t, t + "/rom.7z", "7z", "7z x")


def gfh(flash):
    return b"MMM\1" + struct.pack("<HH", 0x38, 0) + b"FILE_INFO".ljust(12, b"\0") + struct.pack("<IHBB", 1, 1, flash, 0)


def by_layout(t):
    """forensic images, raw NAND and NOR flash, firmware packages: each by its magic, at any size and with any bytes behind"""
    rng = random.Random(7)
    nand = b"BOOTLOADER!\0V006NFIINFO\0" + struct.pack("<8H", 0, 2048, 5, 64, 64, 2048, 16, 22)
    kinds = [(b"AFF10\r\n\0", 0, "aff", "affconvert"), (b"ADSEGMENTEDFILE\0", 0, "ad1", "FTK Imager"),
             (b"ADCRYPT\0", 0, "adcrypt", "FTK Imager"), (b"EVF2\r\n\x81\0\2\1", 0, "ex01", "Ex01"), (b"LEF2\r\n\x81\0", 0, "lx01", "Lx01"),
             (b"LVF\t\r\n\xff\0", 0, "l01", "L01"), (nand, 0, "mtk-nand", "NAND"), (b"NANDCFG!", 0, "mtk-nand", "NAND"),
             (b"UBI#\1\0\0\0", 0, "ubi", "ubireader_extract_images"),
             (b"\x31\x18\x10\x06" + bytes(16) + b"\6", 0, "ubifs", "ubireader_extract_files"),
             (b"\3\0\0\0\1\0\0\0\xff\xff\0", 0, "yaffs2", "unyaffs"), (b"SF_BOOT\0\0\0\0\0\1\0\0\0", 0, "mtk-nor", "feature phone"),
             (gfh(1), 0, "mtk-nor", "feature phone"), (gfh(7), 0, "mtk-nor", "feature phone"),
             (b"CrAU" + struct.pack(">Q", 2), 0, "android-ota", "payload"), (b"RKFW\x66\0", 0, "rockchip-update", "Rockchip"),
             (struct.pack("<I", 0x27B51956), 8, "amlogic-update", "Amlogic"), (b"IMAGEWTY", 0, "allwinner-update", "Allwinner"),
             (b"OPPOENCRYPT!", 0, "ozip", "OPPO"), (b"ANDROID BACKUP\n5\n1\nAES-256\n", 0, "adb-backup", "adb backup"),
             (bytes(92) + b"\x55\xaa\x5a\xa5", 0, "huawei-update", "Huawei"),
             (b"\x06\0\0\xea" + bytes(900) + b"MTK_ROMINFO_v07\0", 0, "mtk-nor", "feature phone")]
    for n, (magic, at, content, word) in enumerate(kinds):
        size = rng.choice([4096, 70000, 3 << 20])
        body = bytearray(rng.randbytes(size) if n % 2 else bytes(size))
        body[at:at + len(magic)] = magic
        named(t, write(f"{t}/f{n}", body), content, word)


def not_named(t):
    """the magic alone is not enough where more can be checked: such dumps are read as before"""
    data, names = userdata(t)
    for head in (b"QFI\xfb\0\0\0\x63", b"KDMV\xff\xff\xff\xff", b"conectix", b"MMM\1" + bytes(20), b"BOOTLOADER!\0V006" + bytes(8),
                 b"\x31\x18\x10\x06" + bytes(17), b"UBI#\7", b"QED\0\xff\xff", b"\6\0\0\xea", bytes(257) + b"ustar\x0000"):
        assert photos(t, write(t + "/u.img", head + data[len(head):])) == names, head
    loader = write(t + "/preloader.bin", fixtures.preloader(b"preloader_k6797v1_64.bin", "mt6797", b"MT6797").ljust(1 << 20, b"\0"))
    assert info(loader)["partitions"][0]["content"] == "mtk-preloader"


# ---- tables of other vendors -------------------------------------------------------------------------------------------------------

def ept_entry(name, size, offset):
    return name.encode().ljust(16, b"\0") + struct.pack("<QQII", size, offset, 1, 0)


def ept(rows, full_sum=False):
    """Amlogic's table; its checksum is that of the first entry, once for each."""
    body = b"".join(ept_entry(*r) for r in rows)
    words = struct.unpack(f"<{len(body) // 4}I", body)
    total = sum(words) if full_sum else sum(words[:10]) * len(rows)
    return b"MPT\0" + b"01.00.00".ljust(12, b"\0") + struct.pack("<II", len(rows), total & 0xffffffff) + body.ljust(40 * 32, b"\0")


def amlogic(t, at=36 * MIB, sizes=(4, 64, 8, 16, 24), damage=None, full_sum=False):
    """(the dump, rows, userdata's bytes, its photos)"""
    data, names = userdata(t, sizes[4])
    rows, where = [("bootloader", sizes[0] * MIB, 0), ("reserved", sizes[1] * MIB, at)], at + sizes[1] * MIB + 8 * MIB
    for name, size in zip(("cache", "system", "data"), sizes[2:]):
        rows.append((name, size * MIB, where))
        where += size * MIB + 8 * MIB
    end = rows[-1][1] + rows[-1][2]
    path = f"{t}/amlogic{len(os.listdir(t))}.bin"
    with open(path, "wb") as f:
        f.truncate(end)
        f.write(random.Random(1).randbytes(1 << 20))
        f.seek(at)
        f.write(damage(ept(rows)) if damage else ept(rows, full_sum))
        f.seek(rows[-1][2])
        f.write(data)
    return path, rows, data, names


def amlogic_table(t):
    """Amlogic's EPT: rows and length, cut and read; wherever reserved lies, with either checksum"""
    for args in ({}, {"at": 12 * MIB, "sizes": (4, 8, 1, 2, 9)}, {"at": 20 * MIB, "full_sum": True}):
        path, rows, data, names = amlogic(t, **args)
        a = info(path)
        assert a["table"]["kind"] == "ept" and a["table"]["vendor"] == "other", a["table"]
        found = [(p["name"], p["size"], p["start"]) for p in a["partitions"] if p["name"]]
        assert found == rows, found
        assert sum(p["size"] for p in a["partitions"]) == a["image"]["device_size"] == os.path.getsize(path)
        assert a["userdata"]["partition"] == "data" and a["userdata"]["verdict"] == "plain" and a["image"]["complete"]
        run("split", path, "-o", t + "/rom", "-p", "data", "--no-sync")
        assert any(sha256_file(f"{t}/rom/{n}") == sha256(data) for n in os.listdir(t + "/rom")), os.listdir(t + "/rom")
        shutil.rmtree(t + "/rom")
        assert photos(t, path) == names


def amlogic_short(t):
    """a readback of 48 MiB has the table: what is missing, and the length to read, is told"""
    path, rows, _, _ = amlogic(t)
    os.truncate(path, 48 * MIB)
    a = info(path, status=1)
    assert not a["image"]["complete"] and a["image"]["device_size"] == rows[-1][1] + rows[-1][2]
    assert [p["state"] for p in a["partitions"] if p["name"]] == ["complete", "partial", "missing", "missing", "missing"]


def amlogic_damaged(t):
    """a damaged EPT: a wrong checksum is said, an impossible row is left out and named, a wrong count is no table"""
    path, rows, _, names = amlogic(t, damage=lambda e: e[:20] + b"\1\2\3\4" + e[24:])
    a = info(path, status=1)
    assert len([p for p in a["partitions"] if p["name"]]) == 5 and any("checksum" in n["text"] for n in a["notes"])
    path, rows, _, names = amlogic(t, damage=lambda e: e[:24 + 80 + 24] + b"\xff" * 8 + e[24 + 80 + 32:])
    a = info(path, status=1)
    assert [p["name"] for p in a["partitions"] if p["name"]] == ["bootloader", "reserved", "system", "data"]
    assert any("left out" in n["text"] and "cache" in n["text"] for n in a["notes"]), a["notes"]
    for count in (0, 33, 0xffffffff):
        path, *_ = amlogic(t, damage=lambda e: e[:16] + struct.pack("<I", count) + e[20:])
        assert info(path, status=None)["table"]["kind"] != "ept"


def rk_crc(data):
    crc = 0
    for b in data:
        crc ^= b << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C10DB7 if crc >> 31 else 0)) & 0xffffffff
    return crc


def parameter(parts, rest=None, flags="", device="rk29xxnand"):
    """Rockchip's parameter file; parts: (name, sectors, start)."""
    listed = ",".join(f"0x{size:08x}@0x{start:08x}({name})" for name, size, start in parts)
    if rest:
        listed += f",-@0x{rest[1]:08x}({rest[0]}{flags})"
    text = ("FIRMWARE_VER:8.1\nMACHINE_MODEL:RK3128\nMAGIC: 0x5041524B\nCHECK_MASK: 0x80\nCMDLINE:console=ttyFIQ0 "
            f"androidboot.console=ttyFIQ0 initrd=0x62000000,0x00800000 mtdparts={device}:{listed} bootver=1\n").encode()
    return b"PARM" + struct.pack("<I", len(text)) + text + struct.pack("<I", rk_crc(text))


def rockchip(t, base=0x2000, absolute=False, copies=(0,), damage=(), rest=True, flags=""):
    data, names = userdata(t, 12)
    parts = [("uboot", 0x2000, 0x2000), ("misc", 0x2000, 0x4000), ("boot", 0x4000, 0x8000), ("system", 0x4000, 0xC000)]
    last = ("userdata", 0x10000)
    end = (0 if absolute else base) + last[1] + len(data) // 512
    if not rest:
        parts.append((last[0], len(data) // 512, last[1]))
    table = parameter(parts, last if rest else None, flags)
    path = f"{t}/rockchip{len(os.listdir(t))}.bin"
    with open(path, "wb") as f:
        f.truncate(end * 512)
        for i in copies:
            f.seek((base + i * 0x400) * 512)
            f.write(table if i not in damage else table[:-1] + bytes([table[-1] ^ 1]))
        f.seek(((0 if absolute else base) + last[1]) * 512)
        f.write(data)
        f.seek(((0 if absolute else base) + 0x8000) * 512)
        f.write(b"ANDROID!")
    shift = 0 if absolute else base
    rows = [(n, s * 512, (a + shift) * 512) for n, s, a in parts] + [(last[0], len(data), (last[1] + shift) * 512)] * rest
    return path, rows, data, names


def rockchip_table(t):
    """Rockchip's parameter file at 4 MiB and at 0, starts from it or from the medium, with the rest as the last row or none"""
    for args in ({}, {"base": 0}, {"absolute": True}, {"rest": False}, {"flags": ":grow"}, {"copies": (1, 2)}, {"copies": (0, 1), "damage": (0,)}):
        path, rows, data, names = rockchip(t, **args)
        a = info(path)
        assert a["table"]["kind"] == "rockchip", (args, a["table"])
        found = [(p["name"], p["size"], p["start"]) for p in a["partitions"] if p["name"]]
        assert found == rows, (args, found)
        assert a["userdata"]["partition"] == "userdata" and a["userdata"]["verdict"] == "plain", a["userdata"]
        assert photos(t, path) == names, args
        run("split", path, "-o", t + "/rom", "-p", "userdata", "--no-sync")
        assert any(sha256_file(f"{t}/rom/{n}") == sha256(data) for n in os.listdir(t + "/rom")), os.listdir(t + "/rom")
        shutil.rmtree(t + "/rom")


def rockchip_damaged(t):
    """a parameter file whose checksum is wrong is used and said; torn lists end where they are torn; nonsense is no table"""
    path, rows, _, _ = rockchip(t, damage=(0,))
    a = info(path, status=1)
    assert len([p for p in a["partitions"] if p["name"]]) == 5 and any("checksum" in n["text"] for n in a["notes"])
    for cut, n in (("(system)", 3), ("@0x0000c000", 3), (",0x00002000@0x00004000(misc)", None)):
        body = read(path, 0x2000 * 512, 2000)
        at = body.index(cut.encode())
        edit(path, 0x2000 * 512, body[:at] + b"\n" + body[at + 1:])
        names = [p["name"] for p in info(path, status=None)["partitions"] if p["name"]]
        assert n is None or len(names) == n, (cut, names)
        edit(path, 0x2000 * 512, body)
    for text in (b"", b"mtdparts=", b"mtdparts=x:", b"mtdparts=x:-@", b"mtdparts=x:0x@0x()", b"mtdparts=x:0xffffffffffffffff@0xffffffffffffffff(a)"):
        edit(path, 0x2000 * 512, b"PARM" + struct.pack("<I", len(text)) + text + bytes(400))
        assert info(path, status=None)["table"]["kind"] != "rockchip", text


# ---- adb shell ---------------------------------------------------------------------------------------------------------------------

def crlf(data, times=1):
    for _ in range(times):
        data = data.replace(b"\n", b"\r\n")
    return data


def reported_crlf(t):
    """reported: an ext4 that came through adb shell is told, nothing else is said of it, and repair-crlf gives its photos back"""
    image = real(t, "ext4_crlf.img")
    a = info(image, status=1)
    assert a["userdata"]["verdict"] == "damaged" and "repair-crlf" in a["userdata"]["sentence"], a["userdata"]
    assert any("0A" in n["text"] and n["level"] == "damage" for n in a["notes"])
    run("repair-crlf", image, t + "/fixed.img")
    assert open(t + "/fixed.img", "rb").read() == open(image, "rb").read().replace(b"\r\n", b"\n")
    assert len(photos(t, t + "/fixed.img")) == 8


def crlf_whole_dumps(t):
    """whole dumps, encrypted ones, with pairs of their own, from Windows: told by info, refused by the rest, undone byte for byte"""
    data, names = userdata(t)
    write(t + "/ext4", data)
    gpt(t + "/full.bin", [("boot", 1, None), ("userdata", 8, t + "/ext4")], 12)
    full = open(t + "/full.bin", "rb").read()
    rng = random.Random(5)
    pairs = bytearray(rng.randbytes(3 << 20))
    for i in range(0, len(pairs) - 3, 9001):
        pairs[i:i + 3] = b"\r\r\n"
    for n, (original, times) in enumerate([(full, 1), (full, 2), (bytes(rng.randbytes(2 << 20)), 1), (bytes(pairs), 1), (bytes(pairs), 2),
                                           (b"\r" * 70000 + full[70000:], 1), (full + b"\r", 1)]):
        bad = write(f"{t}/bad{n}", crlf(original, times))
        a = info(bad, status=1)
        assert a["userdata"]["verdict"] == "damaged" and "repair-crlf" in a["userdata"]["sentence"], (n, a["userdata"])
        for args in (["split", bad, "-o", t + "/none"], ["extract", bad, "-o", t + "/none"], [bad, "-o", t + "/none"], ["ls", bad], ["diff", bad, bad]):
            run(*args, status=1)
            assert "repair-crlf" in run.stderr and not os.path.exists(t + "/none"), run.stderr
        said = run("repair-crlf", bad, f"{t}/good{n}").decode()
        assert open(f"{t}/good{n}", "rb").read() == original, n
        assert sha256_file(bad) == sha256(crlf(original, times)) and ("two 0D" in said) == (times == 2), said
        assert ("multiple" in said) == (len(original) % 512 != 0), said
    assert photos(t, t + "/good0") == names


def crlf_borders(t):
    """pairs on the borders of the program's blocks, and at the ends of the file"""
    for n, original in enumerate([b"\n", b"\n" * 3000000, b"x" * ((1 << 20) - 1) + b"\n" + b"y" * 10, b"x" * (1 << 20) + b"\n\n",
                                  b"\r" * (1 << 20) + b"\n", b"\r" * ((2 << 20) + 5) + b"\nz\r", b"a\n" + b"\r" * (3 << 20)]):
        for times in (1, 2):
            bad = write(t + "/bad", crlf(original, times))
            out = f"{t}/out{n}{times}"
            run("repair-crlf", bad, out)
            got = open(out, "rb").read()
            # where each 0A of the phone stands behind an 0D, how many were added cannot be known: that it gives no longer run
            assert got == original or crlf(got, times) == crlf(original, times) or original.count(b"\r\n") == original.count(b"\n"), n


def crlf_refused(t):
    """what did not come this way is left alone: status 1 with the offset; OUT is never written over, IN never changed"""
    data, _ = userdata(t)
    good, bad = write(t + "/good", data), write(t + "/bad", crlf(data))
    run("repair-crlf", good, t + "/out", status=1)
    at = data.index(b"\n")
    assert f"0x{at:x}" in run.stderr and not os.path.exists(t + "/out") and not os.path.exists(t + "/out.part"), run.stderr
    run("repair-crlf", write(t + "/zeros", bytes(70000)), t + "/out", status=1)
    run("repair-crlf", write(t + "/half", crlf(data) + random.Random(1).randbytes(70000)), t + "/out", status=1)
    for out in (bad, good):
        before = sha256_file(out)
        run("repair-crlf", bad, out, status=5)
        assert sha256_file(out) == before and "exists" in run.stderr
    os.symlink(t + "/target", t + "/link")
    run("repair-crlf", bad, t + "/link", status=5)
    assert not os.path.exists(t + "/target")
    run("repair-crlf", t + "/missing", t + "/out", status=3)
    run("repair-crlf", bad, status=2)
    run("repair-crlf", bad, t + "/no/folder", status=5)
    assert sorted(n for n in os.listdir(t) if n.endswith(".part")) == []


def crlf_false_alarms(t):
    """sound dumps are not suspected: noise, ext4, Windows text in a partition of zeros, one lone 0A among thousands of pairs"""
    data, names = userdata(t)
    assert photos(t, write(t + "/u", data)) == names
    text = b"".join(b"line %d of a file of Windows\r\n" % i for i in range(3000))
    for size in (0, 2 << 20):
        assert b"repair-crlf" not in run("info", write(t + "/text", text.ljust(size, b"\0")), status=None) and "repair-crlf" not in run.stderr
    noise = crlf(random.Random(3).randbytes(2 << 20))
    a = info(write(t + "/noise", noise[:700001] + b"x\n" + noise[700001:]), status=None)
    assert "repair-crlf" not in json.dumps(a)
    assert "repair-crlf" not in json.dumps(info(write(t + "/random", random.Random(4).randbytes(2 << 20)), status=None))


if __name__ == "__main__":
    main([reported_containers, virtual_disks, fixed_vhd, archives, by_layout, not_named, amlogic_table, amlogic_short, amlogic_damaged,
          rockchip_table, rockchip_damaged, reported_crlf, crlf_whole_dumps, crlf_borders, crlf_refused, crlf_false_alarms])
