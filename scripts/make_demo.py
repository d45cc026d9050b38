#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make_demo.py FILE: makes the dump of an invented phone, for `make demo`.

An MT6797 phone with 256 MiB, the partitions in the order of such phones, most of them smaller than real ones. The
table is made by sgdisk, the filesystems by mke2fs, boot and recovery by mkbootimg; MediaTek's own partitions are put
together here from their published layouts. Nothing in it is anybody's: the photos are drawn by this script."""
import calendar
import gzip
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib

KIB, MIB, SECTOR = 1 << 10, 1 << 20, 512
DUMP = 256 * MIB
FIRST = 64 * SECTOR                  # pgpt has 0x8000 bytes before the first partition
END = DUMP - 33 * SECTOR             # behind the last usable sector lies the copy of the table
ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C.UTF-8", TZ="UTC",
           E2FSPROGS_FAKE_TIME="1546300800")
BUILD_PROP = """# begin build properties of a phone that never was
ro.build.version.release=7.1.1
ro.build.version.security_patch=2018-05-05
ro.build.product=demo6797_64_n
ro.product.brand=Example
ro.product.model=Phone X20
ro.product.device=demo6797_64_n
ro.mediatek.platform=MT6797
ro.crypto.state=unencrypted
"""

rng = random.Random(6797)


def run(*args):
    """A tool of the field; what it says is shown when it fails."""
    done = subprocess.run([str(a) for a in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENV)
    if done.returncode:
        sys.exit(f"make_demo.py: {' '.join(map(str, args))}\n{done.stdout.decode(errors='replace')}")


def has(tool):
    return any(os.access(os.path.join(d, tool), os.X_OK) for d in ENV["PATH"].split(":"))


def put(path, data, when=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    if when:
        seconds = stamp(when)
        os.utime(path, (seconds, seconds))
    return path


def date_folders(root):
    """Each folder is as old as the newest thing in it."""
    for folder, _, _ in os.walk(root, topdown=False):
        newest = max((os.stat(f"{folder}/{name}").st_mtime for name in os.listdir(folder)),
                     default=stamp("2017-06-01 00:00:00"))
        os.utime(folder, (newest, newest))


def stamp(when):
    """Seconds since 1970 of "2018-07-15 18:22:33", UTC."""
    return calendar.timegm(time.strptime(when, "%Y-%m-%d %H:%M:%S"))


# ---- pictures ---------------------------------------------------------------------------------------------------


def mix(a, b, t):
    return bytes(int(x + (y - x) * t) for x, y in zip(a, b))


def landscape(width, height, seed):
    """Rows of RGB pixels: a sky, a sun, two ridges of hills."""
    r = random.Random(seed)
    top, low = r.choice([((40, 90, 180), (190, 215, 240)), ((35, 30, 80), (250, 150, 80)),
                         ((90, 120, 150), (225, 220, 210))])
    sun = (r.uniform(0.15, 0.85) * width, r.uniform(0.15, 0.45) * height, height * r.uniform(0.05, 0.09))
    ridges = []
    for base, color in ((0.62, (70, 110, 90)), (0.80, (35, 70, 40))):
        waves = [(r.uniform(0.01, 0.05), r.uniform(0, 6.3), height * r.uniform(0.02, 0.06)) for _ in range(3)]
        ridges.append(([base * height + sum(a * math.sin(f * x + p) for f, p, a in waves) for x in range(width)],
                       bytes(max(0, min(255, c + r.randint(-15, 15))) for c in color)))
    rows = []
    for y in range(height):
        row = bytearray(mix(top, low, y / height) * width)
        reach = sun[2] ** 2 - (y - sun[1]) ** 2
        if reach > 0:
            half = int(math.sqrt(reach))
            left, right = max(0, int(sun[0]) - half), min(width, int(sun[0]) + half)
            row[3 * left:3 * right] = bytes((255, 240, 190)) * (right - left)
        for edge, color in ridges:
            for x in range(width):
                if y > edge[x]:
                    row[3 * x:3 * x + 3] = color
        rows.append(bytes(row))
    return rows


def png(width, height, seed):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row for row in landscape(width, height, seed))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")


# ---- what the user kept -------------------------------------------------------------------------------------------


def pdf(text):
    """One page with one line on it."""
    stream = f"BT /F1 18 Tf 60 760 Td ({text}) Tj ET"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
               " /Resources << /Font << /F1 5 0 R >> >> >>",
               f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = "%PDF-1.4\n", []
    for i, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{i} 0 obj\n{body}\nendobj\n"
    xref = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{p:010} 00000 n \n" for p in places)
    return out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n"


def wav(seconds):
    """A voice message: a tone that fades."""
    rate, n = 8000, 8000 * seconds
    data = b"".join(struct.pack("<h", int(9000 * (1 - i / n) * math.sin(i * 0.35))) for i in range(n))
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + \
        struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" + struct.pack("<I", len(data)) + data


def userdata(root):
    media = root + "/media/0"
    photos = ["2017-08-12 14:03:21", "2017-12-24 19:45:02", "2018-03-31 11:20:47", "2018-07-15 18:22:33",
              "2018-07-15 18:22:51", "2018-07-16 06:05:10", "2018-10-03 15:38:59", "2019-01-01 00:00:42"]
    for i, when in enumerate(photos):
        name = "IMG_" + when.replace("-", "").replace(":", "").replace(" ", "_") + ".png"
        put(f"{media}/DCIM/Camera/{name}", png(480, 320, i), when)
    put(media + "/Pictures/Screenshots/Screenshot_20181120-080112.png", png(180, 320, 100), "2018-11-20 08:01:12")
    chat = media + "/WhatsApp/Media"
    put(chat + "/WhatsApp Images/IMG-20180716-WA0004.png", png(320, 240, 200), "2018-07-16 07:12:00")
    put(chat + "/WhatsApp Images/Sent/IMG-20181225-WA0000.png", png(320, 240, 201), "2018-12-25 10:30:00")
    put(chat + "/WhatsApp Voice Notes/PTT-20181225-WA0001.wav", wav(2), "2018-12-25 10:31:30")
    put(media + "/WhatsApp/Databases/msgstore.db.crypt12", rng.randbytes(60000), "2019-01-02 02:00:00")
    put(media + "/Documents/Letter to Anna.txt", "Dear Anna,\n\nthe pictures from the lake are on my phone.\n",
        "2018-07-20 21:15:00")
    put(media + "/Documents/Rezept Käsekuchen.txt", "250 g flour, 750 g curd cheese, 3 eggs ...\n",
        "2018-04-01 09:00:00")
    put(media + "/Documents/contract.pdf", pdf("Rental contract, page 1 of 1"), "2018-02-14 12:00:00")
    put(media + "/Download/timetable.pdf", pdf("Bus line 42"), "2018-09-03 07:30:00")
    put(media + "/contacts.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Anna Demo\nTEL:+00 000 000\nEND:VCARD\n",
        "2018-12-30 17:00:00")
    os.makedirs(media + "/Music")
    put(root + "/app/com.example.notes-1/base.apk", b"PK\x05\x06" + bytes(18), "2018-01-05 10:00:00")
    put(root + "/system/packages.xml", "<?xml version='1.0'?>\n<packages />\n", "2019-01-02 07:00:00")
    put(root + "/misc/wifi/wpa_supplicant.conf", "ctrl_interface=/data/misc/wifi/sockets\n", "2019-01-02 07:00:00")


# ---- partitions ---------------------------------------------------------------------------------------------------


def ext4(path, size, label, root=None, block=4096):
    more = ["-d", root] if root else []
    seed = f"67970000-0000-4000-8000-{zlib.crc32(label.encode()):012x}"
    run("mke2fs", "-q", "-F", "-t", "ext4", "-b", block, "-m", 0, "-L", label, "-U", seed, "-E",
        f"hash_seed={seed},root_owner=0:0,lazy_itable_init=1", *more, path, f"{size // KIB}k")
    return path


def mtk(name, body, last=True):
    """The 512 bytes before MediaTek's images, and the image."""
    head = struct.pack("<II32sII", 0x58881688, len(body), name.encode(), 0xFFFFFFFF, 0xFFFFFFFF)
    head += struct.pack("<8I", 0x58891689, 512, 1, 0, last, 16, 0, 0)
    return head.ljust(512, b"\xff") + body + bytes(-len(body) % 16)


def logo():
    """Two pictures as lk draws them: zlib streams of RGB565."""
    def rgb565(row):
        return b"".join(struct.pack("<H", row[i] >> 3 << 11 | row[i + 1] >> 2 << 5 | row[i + 2] >> 3)
                        for i in range(0, len(row), 3))

    pictures = [zlib.compress(b"".join(map(rgb565, landscape(120, 200, seed)))) for seed in (300, 301)]
    head = 8 + 4 * len(pictures)
    places = [head + sum(map(len, pictures[:i])) for i in range(len(pictures))]
    total = head + sum(map(len, pictures))
    return mtk("logo", struct.pack(f"<{2 + len(places)}I", len(pictures), total, *places) + b"".join(pictures))


def little_kernel():
    text = b"\0platform/mt6797/platform.c\0bootopt=64S3,32N2,64N2\0"
    return mtk("lk", rng.randbytes(180000) + text.ljust(4096, b"\0"))


def boot(folder, kind):
    if not has("mkbootimg"):
        return b""
    kernel = gzip.compress(rng.randbytes(600000), mtime=0) + b"\0mediatek,MT6797\0"
    ramdisk = gzip.compress(f"{kind} of the demo phone\n".encode() * 500, mtime=0)
    run("mkbootimg", "--kernel", put(folder + "/kernel", kernel), "--ramdisk", put(folder + "/ramdisk", ramdisk),
        "--os_version", "7.1.1", "--os_patch_level", "2018-05", "--cmdline", "bootopt=64S3,32N2,64N2",
        "--pagesize", "2048", "-o", folder + "/" + kind)
    with open(folder + "/" + kind, "rb") as f:
        return f.read()


def para():
    env = b"ENV_v1\0\0" + b"off-mode-charge=1\0\0"
    return bytes(0x20000) + env.ljust(16 * KIB - 12, b"\0")


def partitions(tmp):
    """(name, bytes or None for all that is left, content: bytes or the path of a file)."""
    lk = little_kernel()
    system, data = tmp + "/system", tmp + "/data"
    put(system + "/build.prop", BUILD_PROP, "2018-06-01 08:00:00")
    put(system + "/app/Camera/Camera.apk", b"PK\x05\x06" + bytes(18), "2018-06-01 08:00:00")
    put(system + "/etc/hosts", "127.0.0.1 localhost\n", "2018-06-01 08:00:00")
    userdata(data)
    date_folders(system)
    date_folders(data)
    filesystem = lambda name, size, root=None, block=4096: ext4(f"{tmp}/{name}.img", size, name, root, block)
    yield "recovery", 16 * MIB, boot(tmp, "recovery")
    yield "para", 512 * KIB, para()
    yield "expdb", 10 * MIB, b""
    yield "nvcfg", 8 * MIB, filesystem("nvcfg", 8 * MIB)
    yield "nvdata", 8 * MIB, filesystem("nvdata", 8 * MIB)
    yield "metadata", 8 * MIB, b""
    yield "protect1", 8 * MIB, filesystem("protect1", 8 * MIB)
    yield "protect2", 8 * MIB, filesystem("protect2", 8 * MIB)
    yield "seccfg", 512 * KIB, struct.pack("<4s5I4s", b"MMMM", 4, 0x3C, 4, 0, 0, b"EEEE") + rng.randbytes(32)
    yield "proinfo", 3 * MIB, b"DEMO000000000000".ljust(64, b"\0")
    yield "md1img", 16 * MIB, mtk("md1rom", rng.randbytes(400000) + b"MT6797_S00".ljust(512, b"\0"))
    yield "lk", 512 * KIB, lk
    yield "lk2", 512 * KIB, lk
    yield "boot", 16 * MIB, boot(tmp, "boot")
    yield "logo", 8 * MIB, logo()
    for name in ("tee1", "tee2"):
        yield name, 5 * MIB, mtk("atf", rng.randbytes(60000), last=False) + mtk("tee", rng.randbytes(90000))
    yield "keystore", 8 * MIB, b""
    yield "system", 24 * MIB, filesystem("system", 24 * MIB, system)
    yield "cache", 8 * MIB, filesystem("cache", 8 * MIB)
    yield "userdata", None, lambda size: filesystem("userdata", size, data)
    yield "flashinfo", 16 * MIB, b""


def write_at(dump, at, content):
    """Zeros are not written: the dump has holes there."""
    if isinstance(content, str):
        with open(content, "rb") as f:
            content = f.read()
    for off in range(0, len(content), 4096):
        piece = content[off:off + 4096]
        if piece.strip(b"\0"):
            dump.seek(at + off)
            dump.write(piece)


def make(path, tmp):
    rows = list(partitions(tmp))
    left = END - FIRST - sum(size for _, size, _ in rows if size)
    table, at = ["sgdisk", "-a", "1"], FIRST
    with open(path, "wb") as dump:
        dump.truncate(DUMP)
        for i, (name, size, content) in enumerate(rows, 1):
            size = size or left
            content = content(size) if callable(content) else content
            write_at(dump, at, content)
            table += ["-n", f"{i}:{at // SECTOR}:{(at + size) // SECTOR - 1}", "-c", f"{i}:{name}", "-t", f"{i}:0700",
                      "-u", f"{i}:67970000-0000-4000-8000-{i:012x}"]
            at += size
    run(*table, "-U", "00000000-0000-0000-0000-000000000000", path)


def main():
    if len(sys.argv) != 2:
        sys.exit("make_demo.py FILE: makes the demo dump FILE")
    for tool in ("sgdisk", "mke2fs"):
        if not has(tool):
            sys.exit(f"make_demo.py: {tool} is missing: scripts/install-deps.sh test installs it")
    with tempfile.TemporaryDirectory(prefix=".make-demo-", dir=os.path.dirname(os.path.abspath(sys.argv[1]))) as tmp:
        make(sys.argv[1], tmp)


main()
