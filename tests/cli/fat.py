#!/usr/bin/env python3
"""FAT and exFAT: what the kernel wrote and showed, every way of damage, and the storage of old phones."""
import lzma
import os
import random
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
KINDS = ("fat12", "fat16", "fat32", "exfat")
BS = 512


def fixture(kind, path):
    with open(path, "wb") as f:
        f.write(lzma.open(f"{FIXTURES}/{kind}-kernel/image.xz").read())
    return path, json.load(open(f"{FIXTURES}/{kind}-kernel/tree.json"))


def extract(image, out, *args, status=0):
    """{path: manifest row} of the whole filesystem."""
    shutil.rmtree(out, ignore_errors=True)
    run("extract", image, "/", "-o", out, *args, status=status)
    return {r["path"]: {"sha256": None} | r for r in map(json.loads, open(out + ".manifest.jsonl"))}


def nanoseconds(text):
    seconds, _, rest = text.partition(".")
    return int(seconds) * 10**9 + int(rest.ljust(9, "0"))


def is_told(row):
    return bool(row["damage"] or row.get("error"))


class Fat:
    """The layout of a FAT image, by its boot sector (Microsoft FAT specification); for changing it."""

    def __init__(self, path):
        self.path = path
        b = read(path, 0, BS)
        self.sector, self.per, self.reserved, self.fats, self.entries = struct.unpack_from("<HBHBH", b, 11)
        self.fat_sectors = struct.unpack_from("<H", b, 22)[0] or struct.unpack_from("<I", b, 36)[0]
        self.bits = 32 if not struct.unpack_from("<H", b, 22)[0] else 12 if b[54:59] == b"FAT12" else 16
        self.cluster = self.sector * self.per
        self.fat_at = self.reserved * self.sector
        self.fat_len = self.fat_sectors * self.sector
        self.root_at = self.fat_at + self.fats * self.fat_len
        self.data_at = self.root_at + self.entries * 32

    def place(self, cluster):
        return self.data_at + (cluster - 2) * self.cluster

    def entry(self, cluster):
        at = self.fat_at + cluster * self.bits // 8
        if self.bits == 12:
            v = struct.unpack("<H", read(self.path, at, 2))[0]
            return v >> 4 if cluster & 1 else v & 0xfff
        return struct.unpack("<H" if self.bits == 16 else "<I", read(self.path, at, self.bits // 8))[0]

    def set(self, cluster, value, copies=(0, 1)):
        for i in copies:
            at = self.fat_at + i * self.fat_len + cluster * self.bits // 8
            if self.bits == 12:
                old = struct.unpack("<H", read(self.path, at, 2))[0]
                value12 = (old & 0xf | value << 4) if cluster & 1 else (old & 0xf000 | value)
                edit(self.path, at, struct.pack("<H", value12 & 0xffff))
            else:
                edit(self.path, at, struct.pack("<H" if self.bits == 16 else "<I", value))

    def find(self, short):
        """Where the entry of an 8.3 name lies."""
        data = open(self.path, "rb").read()
        at = data.index(short, self.root_at)
        assert (at - self.root_at) % 32 == 0
        return at

    def chain(self, at):
        lo, hi = struct.unpack("<H", read(self.path, at + 26, 2))[0], struct.unpack("<H", read(self.path, at + 20, 2))[0]
        cluster, out = lo | (hi << 16 if self.bits == 32 else 0), []
        while 2 <= cluster < {12: 0xff0, 16: 0xfff0, 32: 0xffffff0}[self.bits]:
            out.append(cluster)
            cluster = self.entry(cluster)
        return out


def kernel(t):
    """FAT12, FAT16, FAT32 and exFAT: names, sizes, times, modes and contents are the kernel's"""
    for kind in KINDS:
        image, want = fixture(kind, f"{t}/{kind}")
        before = sha256_file(image)
        rows = extract(image, t + "/out")
        assert set(rows) == set(want), (kind, set(rows) ^ set(want))
        for path, (letter, mode, mtime, size, content) in want.items():
            r = rows[path]
            assert r["type"] == {"d": "directory", "f": "file"}[letter], (kind, path)
            assert nanoseconds(r["mtime"]) == mtime, (kind, path, r["mtime"], mtime)
            assert letter == "d" or (r["size"], r["sha256"]) == (size, content), (kind, path)
            assert letter == "d" or bool(int(r["mode"], 8) & 0o200) == bool(mode & 0o200), (kind, path)
        assert sha256_file(image) == before
        long = next(p for p in want if len(p.encode()) > 255)
        assert rows[long]["file"].endswith(".jpg") and rows[long]["sha256"] == want[long][4]


def mtools(t):
    """what mtools wrote, in all cluster and sector sizes, is what comes out; and as mtools itself reads it"""
    os.makedirs(t + "/src/DCIM/Camera")
    rng = random.Random(2)
    for i in range(30):
        with open(f"{t}/src/DCIM/Camera/IMG_{i:04}.jpg", "wb") as f:
            f.write(rng.randbytes(rng.choice([0, 1, 511, 512, 513, 5000, 40000])))
    for name in ("UPPER.TXT", "lower.txt", "Mixed name.Txt", "no extension"):
        with open(f"{t}/src/{name}", "w") as f:
            f.write(name)
    for bits, sector, per, kib in ((12, 512, 1, 1900), (12, 512, 8, 4000), (12, 4096, 1, 8000), (16, 512, 1, 4000), (16, 2048, 4, 40000),
                                   (16, 512, 64, 140000), (32, 512, 1, 36000), (32, 512, 8, 280000), (32, 4096, 1, 280000)):
        image = t + "/img"
        if os.path.exists(image):
            os.unlink(image)
        tool("mkfs.vfat", "-C", "-F", bits, "-S", sector, "-s", per, image, kib)
        os.environ["MTOOLS_SKIP_CHECK"] = "1"
        tool("mcopy", "-s", "-m", "-i", image, *(f"{t}/src/{n}" for n in sorted(os.listdir(t + "/src"))), "::/")
        extract(image, t + "/out")
        rows = lambda root: {k: v[0::3] + v[4:] for k, v in listing(root).items()}
        assert rows(t + "/out") == rows(t + "/src"), (bits, sector, per)
        facts = info(image)["partitions"][0]["detail"]
        assert facts["fat_bits"] == bits and facts["cluster_size"] == sector * per
    os.makedirs(t + "/theirs")
    tool("mcopy", "-s", "-i", image, "::/*", t + "/theirs")
    assert {k: v[4] for k, v in listing(t + "/out").items()} == {k: v[4] for k, v in listing(t + "/theirs").items()}
    assert run("cat", image, "/DCIM/Camera/IMG_0007.jpg") == open(t + "/src/DCIM/Camera/IMG_0007.jpg", "rb").read()
    assert [json.loads(l)["name"] for l in run("ls", "--json", image, "/DCIM").splitlines()] == ["Camera"]


def windows(t):
    """an exFAT that Windows made: names and contents as the sleuth kit reads them"""
    source = REAL + "/blkid-utillinux/exfat.img.xz"
    if not os.path.exists(source) or not shutil.which("fls"):
        raise Skip("the image or the sleuth kit is not here")
    with open(t + "/u", "wb") as f:
        f.write(lzma.open(source).read())
    rows = extract(t + "/u", t + "/out")
    theirs = {}
    for line in tool("fls", "-r", "-p", "-u", t + "/u").splitlines():
        kind, inode, name = line.split(maxsplit=2)
        if kind == "r/r" and not name.startswith("$") and "(Volume Label Entry)" not in name:
            theirs[name] = sha256(subprocess.run(["icat", t + "/u", inode.rstrip(":")], check=True, capture_output=True).stdout)
    ours = {k: v["sha256"] for k, v in rows.items() if v["type"] == "file"}
    assert len(theirs) > 50 and ours == theirs, set(ours.items()) ^ set(theirs.items())


def boot_sector_gone(t):
    """without its boot sector, FAT32 and exFAT are read by the copy of it"""
    for kind in ("fat32", "exfat"):
        image, want = fixture(kind, t + "/u")
        edit(image, 0, bytes(BS))
        rows = extract(image, t + "/out", status=1)
        assert "copy" in run.stderr
        assert {p: r["sha256"] for p, r in rows.items()} == {p: w[4] for p, w in want.items()}, kind
    image, want = fixture("exfat", t + "/u")
    edit(image, 0x60, b"\x44")  # the number of the root's cluster: the sum tells
    assert {p: r["sha256"] for p, r in extract(image, t + "/out", status=1).items()} == {p: w[4] for p, w in want.items()}


def fat_gone(t):
    """one FAT erased or garbled: the other one is used, every byte is right, what cannot be trusted is said"""
    for kind in KINDS[:3]:
        for copy in (0, 1):
            for junk in (lambda n: bytes(n), lambda n: b"\xff" * n, random.Random(1).randbytes):
                image, want = fixture(kind, t + "/u")
                fat = Fat(image)
                edit(image, fat.fat_at + copy * fat.fat_len, junk(fat.fat_len))
                rows = extract(image, t + "/out", status=1)
                assert "copy differ" in run.stderr, run.stderr
                wrong = [p for p in want if p not in rows or (rows[p]["sha256"] != want[p][4] and not is_told(rows[p]))]
                assert not wrong, (kind, copy, wrong)
                if junk(4) in (bytes(4), b"\xff" * 4) or kind == "fat32":
                    assert all(rows[p]["sha256"] == w[4] for p, w in want.items()), (kind, copy)


def chains(t):
    """a loop, a free, bad or impossible cluster, a crosslink: damage of that file, from there on"""
    for kind in KINDS[:3]:
        base, want = fixture(kind, t + "/base")
        top = {"fat12": 0xfff, "fat16": 0xffff, "fat32": 0xfffffff}[kind]
        chain = Fat(base).chain(Fat(base).find(b"FRAG1   BIN"))
        other = Fat(base).chain(Fat(base).find(b"FRAG2   BIN"))
        good = bytearray(run("cat", base, "/frag1.bin"))
        assert len(chain) > 20 and sha256(good) == want["frag1.bin"][4]
        # the value the tenth cluster leads to, how many clusters of the file are right, whether the rest is zeros
        for value in (0, top - 8, 1, chain[0], chain[5], chain[9], other[11]):
            image = shutil.copy(base, t + "/u")
            fat = Fat(image)
            fat.set(chain[9], value)
            rows = extract(image, t + "/out", status=1)
            keep = 10 * fat.cluster
            data = open(t + "/out/frag1.bin", "rb").read()
            assert len(data) == len(good) and data[:keep] == good[:keep], (kind, value)
            assert is_told(rows["frag1.bin"]), (kind, value)
            if value != other[11]:
                told = rows["frag1.bin"]["damage"]
                assert not data[keep:].strip(b"\0"), (kind, value)
                # one that leads to a cluster of its own chain shares it: then all of the file is in doubt
                assert told in ([[keep, len(good) - keep]], [[0, len(good)]]), (kind, value, told)
                assert value in chain or told[0][0] == keep, (kind, value, told)
            harmed = {p for p in want if p not in rows or is_told(rows[p]) or rows[p]["sha256"] != want[p][4]}
            assert harmed == ({"frag1.bin", "frag2.bin"} if value == other[11] else {"frag1.bin"}), (kind, value, harmed)


def sizes(t):
    """a size the chain does not have: the rest is lost; a file that begins where another lies: both are in doubt"""
    image, want = fixture("fat16", t + "/u")
    fat = Fat(image)
    at = fat.find(b"CUT     BIN")
    edit(image, at + 28, struct.pack("<I", 100000))
    rows = extract(image, t + "/out", status=1)
    assert is_told(rows["cut.bin"]) and rows["cut.bin"]["size"] == 100000
    assert sha256(open(t + "/out/cut.bin", "rb").read(777)) == want["cut.bin"][4]
    image, want = fixture("fat16", t + "/u")
    chain = fat.chain(fat.find(b"FRAG3   BIN"))
    edit(image, at + 26, struct.pack("<H", chain[3]))
    rows = extract(image, t + "/out", status=1)
    assert is_told(rows["cut.bin"])


def names(t):
    """short names are of code page 437; a long name whose sum is of another is no name; deleted ones are not shown"""
    image, want = fixture("fat16", t + "/u")
    fat = Fat(image)
    raw = b"\x05\x8e\x99\x9a\xe1\xffAB\x84\x94\x81"
    at = fat.find(b"SHORT      ")
    edit(image, at, raw)
    at = fat.find(b"UPPER   TXT")
    edit(image, at + 12, b"\x08")  # the base is lower case, the extension not
    long = fat.find(b"GR")  # "GRxxxx~1TXT", the short entry of the long name before it
    edit(image, long - 32 + 13, bytes([read(image, long - 32 + 13, 1)[0] ^ 1]))
    short = read(image, long, 11)
    at = fat.find(b"NOEXT      ")
    edit(image, at, b"\xe5")
    rows = extract(image, t + "/out")
    plain = b"\xe5" + raw[1:]
    assert plain[:8].decode("cp437") + "." + plain[8:].decode("cp437") in rows, list(rows)
    assert "upper.TXT" in rows and "UPPER.TXT" not in rows
    assert "Grüße aus Wien.txt" not in rows
    assert short[:8].decode("cp437").rstrip() + "." + short[8:].decode("cp437") in rows, (short, list(rows))
    assert not any(p.lower().startswith("noext") for p in rows)


def directory_gone(t):
    """a folder zeroed or overwritten: its files turn up in .lost, and no other is harmed"""
    for kind in KINDS[:3]:
        for junk in (lambda n: bytes(n), random.Random(5).randbytes):
            image, want = fixture(kind, t + "/u")
            fat = Fat(image)
            camera = next(p for p in (fat.chain(fat.find(b"DCIM       ")),))[0]
            edit(image, fat.place(camera), junk(fat.cluster))
            rows = extract(image, t + "/out", status=1)
            inside = {p for p in want if p.startswith("DCIM/")}
            for p, w in want.items():
                assert p in inside or p == "DCIM" or rows[p]["sha256"] == w[4], (kind, p)
            found = {r["sha256"] for p, r in rows.items() if p.startswith(".lost/")}
            # the folder Camera was lost as a whole: below it sizes are known, and so the sums
            photos = {w[4] for p, w in want.items() if p.startswith("DCIM/Camera/") and w[3]}
            assert photos <= found, (kind, len(photos - found))


def cut_short(t):
    """an image cut short gives every file that is here, and names the others"""
    for kind in KINDS:
        image, want = fixture(kind, t + "/u")
        with open(image, "r+b") as f:
            f.truncate(len(open(image, "rb").read().rstrip(b"\0")) * 6 // 10)
        rows = extract(image, t + "/out", status=1)
        right = {p for p in rows if p in want and rows[p]["sha256"] == want[p][4] and want[p][0] == "f"}
        assert len(right) >= 20, (kind, len(right))
        assert all(p in right or is_told(r) for p, r in rows.items() if r["type"] == "file" and not p.startswith(".lost")), kind


def exfat_sets(image, name):
    """Where the set of entries of an ASCII name lies in an exFAT image, and how long it is."""
    data = open(image, "rb").read()
    unit = name.encode("utf-16le")
    at = 0
    while True:
        at = data.index(b"\xc1\x00" + unit[:30], at)
        if data[at - 64] == 0x85 and data[at - 32] == 0xc0 and data[at - 29] == len(name):
            return at - 64, 32 * (1 + data[at - 63])
        at += 1


def exfat_sum(entries):
    total = 0
    for i, byte in enumerate(entries):
        if i not in (2, 3):
            total = ((total & 1) << 15 | total >> 1) + byte & 0xffff
    return struct.pack("<H", total)


def exfat(t):
    """exFAT: a wrong sum is told, what was never written is zeros, zones of times count, the bitmap is asked"""
    base, want = fixture("exfat", t + "/base")
    at, n = exfat_sets(base, "frag1.bin")
    entries = read(base, at, n)
    assert exfat_sum(entries) == entries[2:4]
    image = shutil.copy(base, t + "/u")
    edit(image, at + 4, b"\x21")
    rows = extract(image, t + "/out", status=1)
    assert is_told(rows["frag1.bin"]) and [p for p, r in rows.items() if is_told(r)] == ["frag1.bin"]

    def changed(**fields):
        e = bytearray(entries)
        for where, value in fields.items():
            e[int(where[1:]):int(where[1:]) + len(value)] = value
        e[2:4] = exfat_sum(e)
        edit(shutil.copy(base, t + "/u"), at, bytes(e))
        return t + "/u"

    good = run("cat", base, "/frag1.bin")
    rows = extract(changed(_40=struct.pack("<Q", 5000)), t + "/out")
    assert open(t + "/out/frag1.bin", "rb").read() == good[:5000] + bytes(len(good) - 5000)
    # 2020-02-29 23:59:58 and 1.50 s, at +02:00: so many quarters of an hour, in 7 bits
    stamp = struct.pack("<I", (2020 - 1980) << 25 | 2 << 21 | 29 << 16 | 23 << 11 | 59 << 5 | 29)
    for zone, hours in ((0x88, 2), (0x80 | (0x80 - 20), -5), (0, 0)):
        rows = extract(changed(_12=stamp, _21=bytes([150]), _23=bytes([zone])), t + "/out")
        assert nanoseconds(rows["frag1.bin"]["mtime"]) == (1583020798 + 1 - hours * 3600) * 10**9 + 500000000, zone
    rows = extract(changed(_52=struct.pack("<I", 4000)), t + "/out", status=1)  # a cluster that nobody uses
    assert is_told(rows["frag1.bin"])
    rows = extract(changed(_56=struct.pack("<Q", 1 << 50)), t + "/out", status=1)
    assert "size" in rows["frag1.bin"]["error"]
    run("extract", base, "/", "-o", t + "/again")


def old_phone(t):
    """the FAT partition of an old phone is saved by the whole job: directly where userdata has no media, else beside it"""
    fat, want = fixture("fat32", t + "/fat")
    os.makedirs(t + "/apps/app/com.example")
    os.makedirs(t + "/both/media/0/DCIM")
    with open(t + "/both/media/0/DCIM/IMG_1.jpg", "wb") as f:
        f.write(b"one")
    files = {p: w[4] for p, w in want.items() if w[0] == "f"}
    for name, source, folder in (("fat", "apps", ""), ("INTSD", "both", ".intsd"), ("fat", None, "")):
        userdata = None
        if source:
            userdata = t + "/userdata"
            ext4(userdata, f"{t}/{source}", 8)
        else:  # encrypted, or at least so it looks
            userdata = t + "/userdata"
            with open(userdata, "wb") as f:
                f.write(random.Random(1).randbytes(8 << 20))
        rows = gpt(t + "/full.bin", [("lk", 1, None), ("userdata", 8, userdata), (name, 6, fat)], 18)
        notes = info(t + "/full.bin")["notes"]
        assert any(n["partition"] == name and "storage" in n["text"] for n in notes), notes
        shutil.rmtree(t + "/full.romsplit", ignore_errors=True)
        run(t + "/full.bin")
        report = json.load(open(t + "/full.romsplit/report.json"))
        media, root = report["media"], f"{t}/full.romsplit/media/{folder}".rstrip("/")
        have = {os.fsdecode(p): v[4] for p, v in listing(root).items() if v[0] == 8}
        assert set(files.values()) == set(have.values()) and len(have) == len(files), (name, source)
        assert media["storages"] == [{"partition": name, "folder": folder, "files": len(files),
                                      "bytes": sum(w[3] for w in want.values())}]
        assert media["source"] == ("/media/0" if source == "both" else "/")
        assert media["files"] == len(files) + (source == "both")
        lines = [json.loads(l) for l in open(t + "/full.romsplit/manifest.jsonl")]
        row = next(l for l in lines if l["path"].endswith("frag1.bin"))
        assert row["path"] == (folder + "/" if folder else "") + "frag1.bin"
        place, start = row["extents"][0]["dump"], rows[2][1]
        assert start <= place < start + rows[2][2]
        assert read(t + "/full.bin", place, 100) == open(f"{root}/frag1.bin", "rb").read(100)
        subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=t + "/full.romsplit", check=True)
        run("verify", t + "/full.romsplit")


def without_table(t):
    """the FAT partition of a phone whose table is gone is found and saved; one that was never used is no damage"""
    fat, want = fixture("fat32", t + "/fat")
    os.makedirs(t + "/apps/app/com.example")
    ext4(t + "/userdata", t + "/apps", 8)
    rows = gpt(t + "/full.bin", [("system", 8, t + "/userdata"), ("userdata", 8, t + "/userdata"), ("fat", 6, fat)], 24)
    edit(t + "/full.bin", 0, bytes(34 * BS))
    edit(t + "/full.bin", (24 << 20) - 33 * BS, bytes(33 * BS))
    report = info(t + "/full.bin", status=1)
    assert report["table"]["kind"] == "scan", report["table"]
    assert ("fat", rows[2][1]) in [(p["name"], p["start"]) for p in report["partitions"]]
    run(t + "/full.bin", status=1)
    have = {v[4] for v in listing(t + "/full.romsplit/media").values() if v[0] == 8}
    assert have == {w[4] for w in want.values() if w[0] == "f"}
    gpt(t + "/blank.bin", [("lk", 1, None), ("userdata", 8, t + "/userdata"), ("fat", 6, None)], 18)
    run(t + "/blank.bin", status=0)


def bare(t):
    """a bare FAT image: its own partition, not encrypted, all of it is what extract saves"""
    image, want = fixture("fat16", t + "/u")
    report = info(image)
    assert report["userdata"]["verdict"] == "plain" and report["userdata"]["filesystem"] == "vfat"
    run("extract", image, "-o", t + "/out")
    assert len(listing(t + "/out")) == len(want)


def not_mistaken(t):
    """an ext4 made over a FAT is an ext4, and a FAT made over an ext4 a FAT"""
    os.makedirs(t + "/src/media/0")
    with open(t + "/src/media/0/new.txt", "w") as f:
        f.write("new")
    image, want = fixture("fat32", t + "/u")
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", "nodiscard", "-d", t + "/src", image)
    assert set(extract(image, t + "/out")) >= {"media/0/new.txt"}
    edit(image, 1024, bytes(1024))  # now the copy of FAT32's boot sector must not win over the backup of ext4
    ext4(t + "/v", t + "/src", 40)
    tool("mkfs.vfat", "-F", "32", t + "/v")
    assert extract(t + "/v", t + "/out") == {}


def property_damage(t):
    """sectors of boot region, FATs and folders zeroed or garbled: never a wrong byte in a file not said to be damaged"""
    rounds, checked = int(os.environ.get("ROMSPLIT_ROUNDS", "15")), 0
    for kind in KINDS:
        base, want = fixture(kind, t + "/base")
        data_sectors = set()  # those of contents: nothing on FAT tells whether they are right
        for r in extract(base, t + "/out").values():
            for e in r["extents"] if r["type"] == "file" else ():
                if e["kind"] == "data":
                    data_sectors |= set(range(e["dump"] // BS, (e["dump"] + e["size"] + BS - 1) // BS))
        used = [s for s in used_blocks(base, BS) if s not in data_sectors]
        for seed in range(rounds):
            rng = random.Random(f"{kind}{seed}")
            image = shutil.copy(base, t + "/u")
            for s in rng.sample(used, rng.choice([1, 2, 6, 20])):
                edit(image, s * BS, bytes(BS) if rng.random() < .4 else rng.randbytes(BS))
            shutil.rmtree(t + "/out", ignore_errors=True)
            if os.path.exists(t + "/out.manifest.jsonl"):
                os.unlink(t + "/out.manifest.jsonl")
            p = subprocess.run([PROGRAM, "extract", image, "/", "-o", t + "/out"], capture_output=True, timeout=60)
            assert p.returncode in (0, 1, 3), (kind, seed, p.returncode, p.stderr[-300:])
            if not os.path.exists(t + "/out.manifest.jsonl"):
                continue
            for r in map(json.loads, open(t + "/out.manifest.jsonl")):
                if r.get("path") not in want or r["type"] != "file" or want[r["path"]][0] != "f":
                    continue
                assert is_told(r) or r["sha256"] == want[r["path"]][4], f"{kind}, round {seed}: {r['path']} is wrong without a word"
                checked += not is_told(r)
    assert checked > 30 * rounds, checked


main([kernel, mtools, windows, boot_sector_gone, fat_gone, chains, sizes, names, directory_gone, cut_short, exfat, old_phone, without_table, bare,
      not_mistaken, property_damage])
