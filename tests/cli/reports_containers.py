#!/usr/bin/env python3
"""What people reported of dumps in several files: split sparse images, backup GPTs alone, folders of single partitions.

The real ones are in ../shared/real/reports/mtk; others of their kind are made here. Truth comes from simg2img, from the files that went
into the images, and from sgdisk."""
import lzma
import os
import random
import shutil
import struct
import sys

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
from dumps import *

MTK = REAL + "/reports/mtk"
RAW, FILL, DONT_CARE, CRC = 0xcac1, 0xcac2, 0xcac3, 0xcac4


def real(name):
    """The bytes of a reported file."""
    for path, opened in ((f"{MTK}/{name}", open), (f"{MTK}/{name}.xz", lzma.open)):
        if os.path.exists(path):
            with opened(path, "rb") as f:
                return f.read()
    raise Skip("there are none here")


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return path


def need(*tools):
    for name in tools:
        if not shutil.which(name):
            raise Skip(f"{name} is not installed")


def photos(folder):
    """{name: sha256} of the files below a folder."""
    return {os.path.relpath(os.path.join(d, n), folder): sha256_file(os.path.join(d, n)) for d, _, names in os.walk(folder) for n in names}


# ---- 1: split sparse images ------------------------------------------------------------------------------------------------

def sparse(raw, block, keep=None, zeros=FILL, crc=False):
    """A sparse image of raw, with the blocks of keep (default: all); zero blocks in them become zeros (FILL, DONT_CARE or RAW)."""
    blocks, chunks, at = len(raw) // block, [], 0

    def kind(i):
        data = raw[i * block:(i + 1) * block]
        if keep is not None and i not in keep:
            return DONT_CARE, b""
        if not data.strip(b"\0"):
            return (FILL, bytes(4)) if zeros == FILL else (zeros, b"")
        return (FILL, data[:4]) if data == data[:4] * (block // 4) else (RAW, b"")

    while at < blocks:
        k, n = kind(at), 1
        while at + n < blocks and kind(at + n) == k:
            n += 1
        body = raw[at * block:(at + n) * block] if k[0] == RAW else k[1]
        chunks.append(struct.pack("<HHII", k[0], 0, n, 12 + len(body)) + body)
        if crc:
            chunks.append(struct.pack("<HHII", CRC, 0, 0, 16) + bytes(4))
        at += n
    return struct.pack("<IHHHHIIII", 0xed26ff3a, 1, 0, 28, 12, block, blocks, len(chunks), 0) + b"".join(chunks)


def cut(blocks, n, seed=1):
    """n sets of block numbers that together are all: as a tool cuts them, in a row."""
    borders = [0, *sorted(random.Random(seed).sample(range(1, blocks), n - 1)), blocks]
    return [set(range(a, b)) for a, b in zip(borders, borders[1:])]


def userdata(t, mib=24, files=12, *options):
    """An ext4 of random photos; its bytes and {path: sha256}."""
    rng = random.Random(mib * 1000 + files)
    want = {}
    for i in range(files):
        data = b"\xff\xd8\xff\xe0" + rng.randbytes(rng.choice([5000, 70000, 300000]))
        write(f"{t}/data/media/0/DCIM/IMG_{i}.jpg", data)
        want[f"DCIM/IMG_{i}.jpg"] = sha256(data)
    ext4(t + "/raw", t + "/data", mib, *options)
    return open(t + "/raw", "rb").read(), want


def saved_as(t, image, want, damaged=(), out="out"):
    """Extracts the photos: all of want are there byte for byte, except those that are damaged, which are named."""
    shutil.rmtree(f"{t}/{out}", ignore_errors=True)
    images = image if isinstance(image, list) else [image]
    if len(images) > 1:
        run(*images, "-o", f"{t}/{out}", status=1 if damaged else 0)
        got, manifest = photos(f"{t}/{out}/media"), f"{t}/{out}/manifest.jsonl"
    else:
        run("extract", *images, "-o", f"{t}/{out}", status=1 if damaged else 0)
        got, manifest = photos(f"{t}/{out}"), f"{t}/{out}.manifest.jsonl"
    rows = {r["path"]: r for r in map(json.loads, open(manifest))}
    for name, digest in want.items():
        if name in damaged:
            assert rows[name]["damage"], f"{name} is damaged, and not named"
            assert name in run.stderr or len(images) > 1, run.stderr
        else:
            assert got[name] == digest and not rows[name].get("damage"), f"{name} has other bytes"
    return got


def damage_of(report):
    return [n["text"] for n in report["notes"] if n["level"] == "damage"]


def split_reported(t):
    """reported: userdata in three sparsechunks: six photos byte for byte, from the first alone, and in any order"""
    names = [f"userdata.img_sparsechunk.{i}" for i in range(3)]
    paths = [write(f"{t}/u/{n}", real(n)) for n in names]
    need("simg2img")
    tool("simg2img", *paths, t + "/merged")
    want = {}
    for i in range(1, 7):
        tool("debugfs", "-R", f"dump /media/0/DCIM/p{i}.png {t}/p", t + "/merged")
        want[f"DCIM/p{i}.png"] = sha256_file(t + "/p")
    assert len(set(want.values())) == 6
    for image in (paths[0], paths[1], [paths[2], paths[0], paths[1]]):
        saved_as(t, image, want)
    r = info(paths[0])
    assert r["image"]["complete"] and r["partitions"][0]["state"] == "complete" and r["userdata"]["verdict"] == "plain", r["image"]
    # the first part alone: five lie in the others, and one in part
    lone = write(t + "/alone/" + names[0], real(names[0]))
    r = info(lone, status=1)
    assert not r["image"]["complete"] and r["partitions"][0]["state"] == "partial", r["image"]
    assert any("sparsechunk.1" in d for d in damage_of(r)), damage_of(r)
    saved_as(t, lone, want, damaged=want)


def split_as_simg2img(t):
    """split sparse images of many sizes: what is written is what simg2img merges, byte for byte, in any order"""
    need("simg2img")
    raw, want = userdata(t)
    for i, (block, n, zeros, crc, name) in enumerate([
            (4096, 2, FILL, False, "userdata.img_sparsechunk.{}"), (1024, 7, FILL, True, "userdata_sparse.{}.img"),
            (4096, 11, RAW, False, "super.img.{}"), (65536, 3, FILL, True, "UD_{}.bin"), (512, 4, FILL, False, "u.{}.{:08x}.img")]):
        folder = f"{t}/{i}"
        paths = [write(f"{folder}/{name.format(k, 0xdeadbeef * (k + 1) & 0xffffffff)}", sparse(raw, block, part, zeros, crc))
                 for k, part in enumerate(cut(len(raw) // block, n, i))]
        tool("simg2img", *paths, t + "/merged")
        assert sha256_file(t + "/merged") == sha256(raw)
        given = [paths[0], paths[-1], random.Random(i).sample(paths, n), paths]
        for image in given:
            shutil.rmtree(t + "/o", ignore_errors=True)
            run(*(image if isinstance(image, list) else [image]), "-o", t + "/o")
            report = json.load(open(t + "/o/report.json"))
            assert sha256_file(t + "/o/rom/image.img") == sha256(raw) == report["image"]["sha256"], (name, image)
            assert report["image"]["complete"] and not damage_of(report), report["notes"]
            assert photos(t + "/o/media") == want
        run("verify", t + "/o")


def split_by_tool(t):
    """what simg2simg splits is merged again"""
    need("simg2img", "img2simg", "simg2simg")
    raw, want = userdata(t, 24, 30)
    tool("img2simg", t + "/raw", t + "/whole.simg")
    os.makedirs(t + "/s")
    tool("simg2simg", t + "/whole.simg", t + "/s/userdata.img", 1 << 20)
    parts = sorted(os.listdir(t + "/s"))
    assert len(parts) > 2 and parts[0] == "userdata.img.0", parts
    saved_as(t, t + "/s/userdata.img.0", want)
    os.unlink(t + "/s/userdata.img.1")
    assert any("userdata.img.1" in d for d in damage_of(info(t + "/s/userdata.img.0", status=1)))


def split_missing(t):
    """a missing part is named: the first, one in the middle, the last; its photos are damaged, the others are whole"""
    raw, want = userdata(t)
    block, n = 4096, 5
    size = int(re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", t + "/raw"))[1])
    blocks = {name: {b * size // block for b in map(int, tool("debugfs", "-R", f"blocks /media/0/{name}", t + "/raw").split())} for name in want}
    # cut where photos lie, so that each part holds some
    used = sorted(set().union(*blocks.values()))
    borders = [0, *(used[len(used) // n * i] for i in range(1, n)), len(raw) // block]
    parts = [set(range(a, b)) for a, b in zip(borders, borders[1:])]
    for first in (0, 1):
        for missing in range(1, n):
            folder = f"{t}/{first}-{missing}"
            paths = [write(f"{folder}/userdata.img_sparsechunk.{k + first}", sparse(raw, block, p)) for k, p in enumerate(parts) if k != missing]
            broken = {name for name, have in blocks.items() if have & parts[missing]}
            assert broken and len(broken) < len(want), broken
            r = info(paths[0], status=1)
            assert not r["image"]["complete"] and r["partitions"][0]["state"] == "partial"
            assert any(f"userdata.img_sparsechunk.{missing + first}" in d for d in damage_of(r)), damage_of(r)
            saved_as(t, paths[0], want, broken)
            assert not info(*paths[::-1], status=1)["image"]["complete"]
    # without the first there is no superblock at its place; the parts are known all the same
    paths = [write(f"{t}/front/userdata.img_sparsechunk.{k}", sparse(raw, block, p)) for k, p in enumerate(parts) if k]
    for image in (paths[:1], paths[1:2], paths):
        r = info(*image, status=1)
        assert any("userdata.img_sparsechunk.0" in d for d in damage_of(r)), damage_of(r)
        assert not r["image"]["complete"] and r["userdata"]["verdict"] != "wiped", r["userdata"]


def split_damaged(t):
    """a part that is zeros, cut short, or of another image is named, and nothing of it is believed"""
    raw, want = userdata(t)
    parts = [sparse(raw, 4096, p) for p in cut(len(raw) // 4096, 4, 9)]
    other = bytearray(raw)
    other[2 << 20:3 << 20] = random.Random(3).randbytes(1 << 20)
    for what, bad in (("zeros", bytes(len(parts[1]))), ("short", parts[1][:len(parts[1]) // 2]), ("empty header", parts[1][:28]),
                      ("other size", sparse(raw[:len(raw) // 2], 4096)), ("same blocks", sparse(bytes(other), 4096))):
        folder = f"{t}/{what}"
        paths = [write(f"{folder}/super.img.{k}", bad if k == 1 else p) for k, p in enumerate(parts)]
        r = info(paths[0], status=1)
        assert not r["image"]["complete"] and damage_of(r), (what, r["notes"])
        if what not in ("short", "empty header"):
            assert any("super.img.1" in d for d in damage_of(r)), (what, damage_of(r))
        run("extract", paths[0], "-o", t + "/o", status=1)
        got = photos(t + "/o")
        rows = {r["path"]: r for r in map(json.loads, open(t + "/o.manifest.jsonl"))}
        for name, digest in want.items():
            assert got.get(name) == digest or rows[name]["damage"], (what, name)
        shutil.rmtree(t + "/o")
        os.unlink(t + "/o.manifest.jsonl")
        if what == "zeros":
            assert any("super.img.1" in d for d in damage_of(info(*paths, status=1)))
            assert any("super.img.1" in d for d in damage_of(info(paths[1], *paths[2:], paths[0], status=1)))
    # two whole images that are no parts of each other
    a, b = write(t + "/a.simg", sparse(raw, 4096)), write(t + "/b.simg", sparse(raw[:16 << 20], 4096))
    run("info", a, b, status=3)
    assert "different sizes" in run.stderr, run.stderr


def split_bytes(t):
    """a sparse image that split cut into pieces is joined, not merged"""
    raw, want = userdata(t)
    data = sparse(raw, 4096)
    half = len(data) // 3
    for names in ("u.simg.{:03}", "u.simg.{}"):
        folder = f"{t}/{names}"
        paths = [write(f"{folder}/{names.format(k)}", data[k * half:(k + 1) * half if k < 2 else None]) for k in range(3)]
        saved_as(t, paths[0], want)
        saved_as(t, paths, want)


def whole_sparse(t):
    """a whole sparse image is complete, whoever made it: img2simg, holes left out, free blocks left out, unused metadata left out"""
    for options in (("-b", "1024"), ("-b", "4096"), ("-b", "4096", "-O", "^metadata_csum,^uninit_bg"), ("-b", "4096", "-O", "^has_journal")):
        shutil.rmtree(t + "/data", ignore_errors=True)
        raw, want = userdata(t, 40, 12, *options)
        size = int(options[1])
        free = set()
        for spans in re.findall(r"^  Free blocks: (.*)$", tool("dumpe2fs", t + "/raw"), re.M):
            for r in spans.split(", "):
                a, _, b = r.partition("-")
                free |= set(range(int(a), int(b or a) + 1)) if a else set()
        keep = set(range(len(raw) // size)) - free
        for kind, data in (("all", sparse(raw, 4096)), ("free left out", sparse(raw, size, keep)),
                           ("zeros left out", sparse(raw, 4096, zeros=DONT_CARE))):
            path = write(t + "/whole.simg", data)
            r = info(path)
            assert r["image"]["complete"] and r["partitions"][0]["state"] == "complete" and not damage_of(r), (options, kind, r["notes"])
            saved_as(t, path, want)


def zeros_in_files(t):
    """a file of zeros is whole where they are stored (FILL 0), and damaged where the image leaves them out"""
    need("img2simg")
    rng = random.Random(8)
    write(t + "/data/media/0/zeros.bin", b"x" * 4096 + bytes(1 << 20) + b"y" * 4096)
    write(t + "/data/media/0/a.jpg", rng.randbytes(90000))
    ext4(t + "/raw", t + "/data", 24, "-O", "^has_journal")
    where = tool("debugfs", "-R", "blocks /media/0/zeros.bin", t + "/raw").split()
    raw = bytearray(open(t + "/raw", "rb").read())
    if len(where) < 100:  # mke2fs left a hole: give it blocks
        os.unlink(t + "/raw")
        write(t + "/data/media/0/zeros.bin", b"x" * 4096 + b"z" * (1 << 20) + b"y" * 4096)
        ext4(t + "/raw", t + "/data", 24, "-O", "^has_journal")
        raw = bytearray(open(t + "/raw", "rb").read())
        size = int(re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", t + "/raw"))[1])
        for b in map(int, tool("debugfs", "-R", "blocks /media/0/zeros.bin", t + "/raw").split()):
            if raw[b * size:(b + 1) * size] == b"z" * size:
                raw[b * size:(b + 1) * size] = bytes(size)
        write(t + "/raw", bytes(raw))
    want = {"zeros.bin": sha256(b"x" * 4096 + bytes(1 << 20) + b"y" * 4096), "a.jpg": sha256_file(t + "/data/media/0/a.jpg")}
    tool("img2simg", t + "/raw", t + "/good.simg")
    saved_as(t, t + "/good.simg", want)
    path = write(t + "/bad.simg", sparse(bytes(raw), 4096, zeros=DONT_CARE))
    assert not info(path, status=1)["image"]["complete"]
    saved_as(t, path, want, ["zeros.bin"])


def split_fit(t):
    """fit: the parts of a sparse image fit together; one that lacks a part does not"""
    raw, _ = userdata(t)
    gpt(t + "/full.bin", [("proinfo", 1, None), ("userdata", 24, None), ("flashinfo", 1, None)], 30)
    parts = cut(len(raw) // 4096, 3, 4)
    paths = [write(f"{t}/s/userdata.img_sparsechunk.{k}", sparse(raw, 4096, p)) for k, p in enumerate(parts)]
    run("fit", paths[0], "--as", "userdata", t + "/full.bin", "-o", t + "/padded")
    assert read(t + "/padded", 0, len(raw)) == raw
    os.unlink(paths[1])
    out = run("fit", paths[0], "--as", "userdata", t + "/full.bin", "-o", t + "/again", status=1)
    assert b"sparsechunk.1" in out and not os.path.exists(t + "/again"), out
    # the last one: it is missed by what lies in it
    borders = [0, 100, len(raw) // 4096]
    for k, (a, b) in enumerate(zip(borders, borders[1:])):
        write(f"{t}/l/u.{k}.img", sparse(raw, 4096, set(range(a, b))))
    run("fit", t + "/l/u.0.img", "--as", "userdata", t + "/full.bin")
    os.unlink(t + "/l/u.1.img")
    run("fit", t + "/l/u.0.img", "--as", "userdata", t + "/full.bin", "-o", t + "/again", status=1)
    assert not os.path.exists(t + "/again")


def neighbours(t):
    """two whole images of one size beside each other, a FIFO and a folder among the parts: each image stays itself"""
    raw, want = userdata(t)
    shutil.rmtree(t + "/data")
    other, _ = userdata(t, 24, 5)
    a, b = write(t + "/p/phone1.img", sparse(raw, 4096)), write(t + "/p/phone2.img", sparse(other, 4096))
    saved_as(t, a, want)
    assert info(a)["image"]["complete"] and "phone2.img" in str(info(a)["notes"])
    parts = [write(f"{t}/q/u.img.{k}", sparse(raw, 4096, p)) for k, p in enumerate(cut(len(raw) // 4096, 2, 5))]
    os.mkfifo(t + "/q/u.img.2")
    os.mkdir(t + "/q/u.img.3")
    saved_as(t, parts[0], want)


def split_super(t):
    """a super in parts: its logical partitions are whole with all parts; one that is missing damages those that lie in it alone"""
    import contents
    import lp
    logical = [("system_a", open(contents.small_ext4(t + "/system_a", 6, 20), "rb").read()),
               ("vendor_a", open(contents.small_ext4(t + "/vendor_a", 4, 30, 5), "rb").read())]
    lp.build(t + "/super", 20 * MIB, logical)
    raw = open(t + "/super", "rb").read()
    where = {n: raw.find(data[1024:4096]) - 1024 for n, data in logical}
    middle = where["vendor_a"] // 4096
    assert 0 < where["system_a"] < where["vendor_a"], where
    for zeros in (FILL, DONT_CARE):
        parts = [sparse(raw, 4096, keep, zeros) for keep in (set(range(middle)), set(range(middle, middle + 4)), set(range(middle + 4, len(raw) // 4096)))]
        paths = [write(f"{t}/{zeros}/super.{i}.{i:08x}.img", p) for i, p in enumerate(parts)]
        report = info(paths[0])
        rows = {p["name"]: p for p in report["partitions"] if p["name"]}
        assert rows["super/system_a"]["state"] == rows["super/vendor_a"]["state"] == "complete" and report["image"]["complete"], rows
        assert b"build.prop" in run("ls", paths[0], "/", "-p", "vendor_a")
        os.unlink(paths[2])
        report = info(paths[0], status=1)
        rows = {p["name"]: p for p in report["partitions"] if p["name"]}
        assert (rows["super/system_a"]["state"], rows["super/vendor_a"]["state"]) == ("complete", "partial"), rows
        assert not report["image"]["complete"] and any("super.2.*.img" in d for d in damage_of(report)), damage_of(report)


def not_parts(t):
    """a dump cut where a partition holds a sparse image is joined; a sparse image of a whole phone is complete as its dump is"""
    dump, media, rows = phone(t)
    name, start, length = rows[4]
    small = sparse(os.urandom(8192) + bytes(8192), 4096)
    edit(dump, start, small.ljust(length, b"\0"))
    size = os.path.getsize(dump)
    paths = [write(t + "/cut/full.bin.001", read(dump, 0, start)), write(t + "/cut/full.bin.002", read(dump, start, size))]
    for image in (paths, paths[:1]):
        report = info(*image)
        assert report["image"]["size"] == size and report["image"]["complete"] and report["userdata"]["verdict"] == "plain", report["image"]
    whole = info(write(t + "/phone.simg", sparse(read(dump, 0, size), 4096)))
    assert whole["image"]["complete"] and not damage_of(whole) and whole["userdata"]["verdict"] == "plain", whole["notes"]
    # where zeros are left out, partitions of zeros are not there: nobody knows what the phone has in them
    left = info(write(t + "/left.simg", sparse(read(dump, 0, size), 4096, zeros=DONT_CARE)), status=1)
    states = {p["name"]: p["state"] for p in left["partitions"]}
    assert states["nvram"] == states["lk"] == "missing" and states["userdata"] == "complete" and not left["image"]["complete"], states
    run("extract", t + "/left.simg", "-o", t + "/o", status=None)
    got, lost = sums(t + "/o"), {r["path"] for r in map(json.loads, open(t + "/o.manifest.jsonl")) if r.get("damage")}
    for path, digest in sums(media).items():
        assert got[path] == digest or path in lost, path


def split_f2fs(t):
    """a split f2fs: whole with all parts; a missing one damages what lies in it"""
    if not os.path.exists("/usr/sbin/sload.f2fs"):
        raise Skip("sload.f2fs is not installed")
    rng = random.Random(5)
    want = {}
    for i in range(10):
        data = rng.randbytes(200000)
        write(f"{t}/data/media/0/DCIM/{i}.jpg", data)
        want[f"DCIM/{i}.jpg"] = sha256(data)
    with open(t + "/raw", "wb") as f:
        f.truncate(64 << 20)
    tool("mkfs.f2fs", "-q", t + "/raw")
    tool("sload.f2fs", "-f", t + "/data", t + "/raw")
    raw = open(t + "/raw", "rb").read()
    path = write(t + "/whole.simg", sparse(raw, 4096))
    assert info(path)["image"]["complete"]
    saved_as(t, path, want)
    used = [i for i in range(len(raw) // 4096) if raw[i * 4096:(i + 1) * 4096].strip(b"\0")]
    borders = [0, used[len(used) // 2], used[len(used) * 3 // 4], len(raw) // 4096]
    paths = [write(f"{t}/s/userdata.{k}.img", sparse(raw, 4096, set(range(a, b)))) for k, (a, b) in enumerate(zip(borders, borders[1:]))]
    saved_as(t, paths[0], want)
    os.unlink(paths[1])
    assert not info(paths[0], status=1)["image"]["complete"]
    run("extract", paths[0], "-o", t + "/o", status=1)
    rows = {r["path"]: r for r in map(json.loads, open(t + "/o.manifest.jsonl"))}
    got = photos(t + "/o")
    assert all(got.get(n) == d or n not in rows or rows[n]["damage"] for n, d in want.items())


# ---- 13: a backup GPT alone, a header alone --------------------------------------------------------------------------------

def entries(data, at, n=128):
    """[(name, first byte, length)] of the entries in data, by the standard alone."""
    rows = []
    for i in range(n):
        e = data[at + i * 128:at + (i + 1) * 128]
        if e[:16].strip(b"\0"):
            first, last = struct.unpack_from("<QQ", e, 32)
            rows.append((e[56:].decode("utf-16-le").split("\0")[0], first * 512, (last + 1 - first) * 512))
    return sorted(rows, key=lambda r: r[1])


def read_back(path, rows, size):
    """readback gives the rows and the length of the medium; info and scatter as well, and nothing is called damaged."""
    got = json.loads(run("readback", path, "--json"))
    have = sorted(((r["name"], r["start"], r["size"]) for r in got if r["name"] not in (None, "pgpt", "sgpt")), key=lambda r: r[1])
    assert got[0]["name"] is None and got[0]["size"] == size and have == rows, (have, rows)
    report = info(path)
    assert report["image"]["device_size"] == size and not report["image"]["complete"] and not damage_of(report), report["notes"]
    assert report["image"]["size"] == os.path.getsize(path)
    assert (report["table"]["kind"], report["table"]["source"]) == ("gpt", "backup")
    missing = {p["name"] for p in report["partitions"] if p["state"] == "missing"}
    return report, missing


def sgpt_reported(t):
    """reported: the last 33 sectors of an MT6765: readback and scatter as from the first ones"""
    data, front = real("sgpt_alone_mt6765.bin"), real("gpt_mt6765_116g.bin")
    path = write(t + "/sgpt.bin", data)
    rows = entries(front, 1024)
    assert rows == entries(data, 0) and len(rows) > 40
    _, missing = read_back(path, rows, (struct.unpack_from("<Q", front, 512 + 32)[0] + 1) * 512)
    assert missing >= {n for n, _, _ in rows}
    text = run("scatter", path, "--platform", "MT6765").decode()
    for name, start, size in rows:
        assert re.search(rf"partition_name: {name}\n(?:.*\n)*?.*linear_start_addr: {start:#x}\n.*\n.*partition_size: {size:#x}\n", text) or \
            name in ("userdata", "otp", "flashinfo"), name
    write(t + "/front.bin", front)
    assert text == run("scatter", t + "/front.bin", "--platform", "MT6765").decode()


def sgpt_others(t):
    """the end of a medium: sectors of 512 and 4096, from the last sectors alone to the whole of userdata, entries named at LBA 2"""
    import gptmake
    rng = random.Random(3)
    want = {}
    for i in range(5):
        data = rng.randbytes(60000)
        write(f"{t}/data/media/0/{i}.jpg", data)
        want[f"{i}.jpg"] = sha256(data)
    ext4(t + "/ud", t + "/data", 16)
    for sector in (512, 4096):
        size = (300 << 20) + sector * 7
        size -= size % sector
        end = size - 128 * 128 - sector
        start = (end - (16 << 20)) // 4096 * 4096
        rows = [("proinfo", 1 << 20, 3 << 20), ("nvram", 4 << 20, 5 << 20), ("seccfg", 9 << 20, 1 << 20), ("userdata", start, 16 << 20)]
        gptmake.write(t + "/full", rows, size, sector)
        with open(t + "/full", "r+b") as f, open(t + "/ud", "rb") as g:
            f.seek(start)
            f.write(g.read())
        whole = info(t + "/full")
        assert whole["image"]["complete"] and whole["table"]["source"] == "primary"
        for length in (128 * 128 + sector, 65536, 1 << 20, size - start, 20 << 20):
            path = write(t + "/tail.bin", read(t + "/full", size - length, length))
            report, missing = read_back(path, rows, size)
            assert ("userdata" in missing) == (length == 128 * 128 + sector), (length, missing)
            if length >= size - start:
                run("extract", path, "-o", t + "/o")
                assert photos(t + "/o") == want
                shutil.rmtree(t + "/o")
                os.unlink(t + "/o.manifest.jsonl")
        # MediaTek: the backup header states that its entries are at LBA 2
        h = bytearray(read(t + "/full", size - sector, 92))
        h[72:80] = struct.pack("<Q", 2)
        edit(t + "/full", size - sector, bytes(h))
        gptmake.recrc(t + "/full", size - sector, size - sector - 128 * 128)
        path = write(t + "/tail.bin", read(t + "/full", size - sector - 128 * 128, sector + 128 * 128))
        read_back(path, rows, size)
        # the same without its primary, but whole: nothing moves
        edit(t + "/full", 0, bytes(6 * 4096))
        report = info(t + "/full", status=1)
        assert report["table"]["source"] == "backup" and report["image"]["complete"], report["image"]
        assert {(p["name"], p["start"], p["size"]) for p in report["partitions"]} >= set(rows)


def header_alone(t):
    """a GPT header alone tells the length of the medium: sectors 0 and 1, sector 1, the last sector, of 512 and 4096 bytes"""
    import gptmake
    for sector in (512, 4096):
        for size in (64 << 20, (29 << 30) + 33 * 4096, 116 << 30):
            blocks = gptmake.blocks([("boot", 1 << 20, 1 << 20), ("userdata", 2 << 20, size - (8 << 20))], size, sector)
            first, last = blocks[sector].ljust(sector, b"\0"), blocks[size - sector].ljust(sector, b"\0")
            for data, name in ((blocks[0].ljust(sector, b"\0") + first, "0 and 1"), (first, "1"), (last, "last"), (first[:92], "92 bytes")):
                path = write(t + "/header.bin", data)
                report = info(path)
                assert report["image"]["device_size"] == size and not report["image"]["complete"], (sector, size, name, report["image"])
                assert report["table"]["kind"] == "gpt" and report["table"]["sector_size"] == sector
                assert not damage_of(report) and any("entries" in n["text"] for n in report["notes"]), report["notes"]
                text = run("readback", path).decode()
                assert f"{size:016x}" in text and "userdata" not in text, text
                assert not [p for p in report["partitions"] if p["name"] not in (None, "pgpt", "sgpt")]
            # with its entries, and nothing behind them, it is a table
            whole = blocks[0].ljust(sector, b"\0") + first + blocks[2 * sector]
            for data in (whole, whole[sector:]):
                report = info(write(t + "/header.bin", data))
                assert [p["name"] for p in report["partitions"] if p["name"] in ("boot", "userdata")] == ["boot", "userdata"], data[:8]
                assert report["image"]["device_size"] == size
    # a header with a wrong checksum tells nothing
    broken = bytearray(first)
    broken[0x20] ^= 1
    run("info", write(t + "/header.bin", bytes(broken)), status=None)
    assert run.status == 3 or b"116" not in run("info", t + "/header.bin", status=None)


# ---- 13: a folder of single partitions -------------------------------------------------------------------------------------

def parts_of(t, dump, rows, folder, name="{}.bin", skip=()):
    """Cuts the rows of a dump into files: what mtkclient's rl writes."""
    for part, start, length in rows:
        if part not in skip:
            write(f"{folder}/{name.format(part)}", read(dump, start, length))


def sums(tree):
    return {os.path.relpath(os.path.join(d, n), tree): sha256_file(os.path.join(d, n)) for d, _, names in os.walk(tree) for n in names
            if os.path.isfile(os.path.join(d, n)) and not os.path.islink(os.path.join(d, n))}


def same_photos(t, folder, media, *options, out="fo"):
    run("extract", folder, "-o", f"{t}/{out}", *options)
    assert sums(f"{t}/{out}") == sums(media)
    shutil.rmtree(f"{t}/{out}")
    os.unlink(f"{t}/{out}.manifest.jsonl")


def partition_sums(report):
    return {p["name"]: p["sha256"] for p in report["partitions"] if p["name"]}


def folder_rl(t):
    """a folder of NAME.bin, with gpt.bin and without: rows, verdict, photos, digests; programs, texts, links, FIFOs, folders are left alone"""
    dump, media, rows = phone(t)
    want = {n: sha256(read(dump, s, k)) for n, s, k in rows}
    for table in (True, False):
        folder = f"{t}/rl-{table}"
        parts_of(t, dump, rows, folder, skip=("seccfg",))
        if table:
            write(folder + "/gpt.bin", read(dump, 0, 34 * 512))
        write(folder + "/readme.txt", b"read me\n")
        write(folder + "/flash_tool.exe", b"MZ" + os.urandom(5000))
        write(folder + "/log", b"12:00 started\n" * 50)
        write(folder + "/backup.zip", b"PK\x03\x04" + os.urandom(5000))
        write(folder + "/sub/userdata.bin", os.urandom(1 << 20))
        os.symlink(dump, folder + "/seccfg.bin")
        os.mkfifo(folder + "/boot.bin")
        os.mkfifo(folder + "/userdata.bin.map")
        report = info(folder)
        have = {p["name"]: p for p in report["partitions"] if p["name"] and p["state"] != "missing" and p["name"] not in ("pgpt", "sgpt")}
        assert set(have) == {n for n, _, _ in rows} - {"seccfg"}, set(have)
        for name, start, size in rows:
            if name in have:
                assert have[name]["size"] == size and have[name]["start"] == (start if table else None), have[name]
        assert report["table"]["kind"] == ("gpt" if table else "folder")
        assert report["userdata"]["verdict"] == "plain" and report["userdata"]["partition"] == "userdata"
        assert report["platform"]["chip"] == "MT6797" and report["image"]["complete"] is not table, report["image"]
        assert report["image"]["device_size"] == (os.path.getsize(dump) if table else None)
        assert not damage_of(report), report["notes"]
        text = " ".join(n["text"] for n in report["notes"])
        assert all(n in text for n in ("readme.txt", "flash_tool.exe", "backup.zip", "log")), text
        assert "seccfg" in text if table else "seccfg" not in text, text
        run(folder, "-o", t + "/o")
        report = json.load(open(t + "/o/report.json"))
        assert sums(t + "/o/media") == sums(media) and report["image"]["sha256"] is None
        got = partition_sums(report)
        assert {n: got[n] for n in have} == {n: want[n] for n in have}
        for name in have:
            path, = [p["file"] for p in report["partitions"] if p["name"] == name]
            assert sha256_file(f"{t}/o/{path}") == want[name]
        run("verify", t + "/o")
        same_photos(t, folder, media)
        same_photos(t, folder + "/", media)
        assert b"DCIM" in run("ls", folder, "/media/0")
        assert read(media + "/DCIM/Camera/IMG_0003.jpg", 0, 1 << 20) == run("cat", folder, "/media/0/DCIM/Camera/IMG_0003.jpg")
        run("split", folder, "-p", "lk", "-o", t + "/s")
        assert sha256_file(t + "/s/lk.bin") == want["lk"]
        if table:
            back = {r["name"]: (r["start"], r["size"]) for r in json.loads(run("readback", folder, "--json"))}
            assert all(back[n] == (s, k) for n, s, k in rows)
            scatter_text = run("scatter", folder)
            assert scatter_text == run("scatter", dump)
            assert json.loads(run("check", folder, "--scatter", write(t + "/s.txt", scatter_text), "--json"))["accepted"]
        else:
            run("readback", folder, status=None)
            assert run.status != 0, "addresses are made up"
            run("scatter", folder, status=None)
            assert run.status != 0, "addresses are made up"
            larger = write(t + "/larger", read(dump, 0, 3 << 20))
            for name in ("lk", "nvram"):  # how large it is on the phone is not known
                assert json.loads(run("fit", larger, "--as", name, folder, "--json", status=None))["room"] is None
        shutil.rmtree(t + "/o")
        shutil.rmtree(t + "/s")
    assert not os.path.exists(t + "/rl-True/sub.romsplit")


def folder_own(t):
    """our own rom/ given back: the same rows, the same verdict, the same photos; with its GPT, with its scatter file alone, with neither"""
    import contents
    dump, media, rows = phone(t)
    loader = write(t + "/boot1.bin", contents.boot1(1 << 20))
    run(dump, "--boot1", loader, "-o", t + "/o")
    first = json.load(open(t + "/o/report.json"))
    rom = t + "/o/rom"
    assert [n for n in os.listdir(rom) if n.startswith("preloader")] and "pgpt.bin" in os.listdir(rom)
    keys = ("verdict", "filesystem", "partition", "grade", "confidence", "sentence", "openable")
    for keep in ("all", "scatter", "names"):
        folder = f"{t}/{keep}"
        shutil.copytree(rom, folder)
        for name in os.listdir(folder):
            if keep != "all" and name in ("pgpt.bin", "sgpt.bin") or keep == "names" and name.endswith(".txt"):
                os.unlink(f"{folder}/{name}")
        run(folder, "-o", t + "/again")
        again = json.load(open(t + "/again/report.json"))
        assert {k: again["userdata"][k] for k in keys} == {k: first["userdata"][k] for k in keys}, keep
        assert sums(t + "/again/media") == sums(media)
        assert again["platform"]["chip"] == first["platform"]["chip"] and not damage_of(again), again["notes"]
        a, b = partition_sums(first), partition_sums(again)
        for name, start, size in rows:
            p, = [p for p in again["partitions"] if p["name"] == name]
            assert p["start"] == (None if keep == "names" else start) and p["size"] == size and a[name] == b[name], (keep, p)
        assert again["image"]["complete"], keep
        assert [p for p in again["partitions"] if p["name"] == "preloader" and p["content"] == "mtk-preloader"], keep
        if keep != "names":
            name, = [n for n in os.listdir(rom) if n.endswith("scatter.txt")]
            assert read(f"{t}/again/rom/{name}", 0, 1 << 20) == read(f"{rom}/{name}", 0, 1 << 20)
        shutil.rmtree(t + "/again")
    run("info", t + "/o", status=3)
    assert "/rom" in run.stderr, run.stderr


def folder_numbered(t):
    """ROM_0, ROM_1 ...: placed by what they state, or by their sizes"""
    dump, media, rows = phone(t)
    folder = t + "/roms"
    tool("tune2fs", "-M", "/system", t + "/system")  # the kernel writes where it was last mounted
    with open(t + "/userdata", "r+b") as f:
        f.seek(1024 + 136)
        f.write(b"/data\0")
    order = [r for r in rows if r[0] not in ("nvram", "lk", "seccfg")]  # those are zeros of one size
    for i, (name, start, length) in enumerate(order):
        write(f"{folder}/ROM_{i}", read(t + "/" + name, 0, length).ljust(length, b"\0") if name in ("system", "userdata") else
              read(dump, start, length))
    # no table: by content
    report = info(folder)
    assert report["userdata"]["partition"] == "userdata" and report["userdata"]["verdict"] == "plain", report["userdata"]
    assert not [p for p in report["partitions"] if p["name"] and p["content"] == "ext4" and p["name"].startswith("ROM_")]
    # with the table: userdata and system have sizes of their own, flashinfo and proinfo one size together
    write(folder + "/ROM_9", read(dump, 0, 34 * 512))
    report = info(folder)
    states = {p["name"]: p["state"] for p in report["partitions"]}
    assert states["userdata"] == states["system"] == "complete" and states["nvram"] == "missing", states
    same_photos(t, folder, media)
    text = " ".join(n["text"] for n in report["notes"] if n["level"] == "warning")
    assert "ROM_0" in text and "ROM_3" in text, text
    # all of them in the order of the table, four of them of one size: by the order
    for table in ("gpt", "scatter"):
        folder = f"{t}/all-{table}"
        for i, (name, start, length) in enumerate(rows):
            write(f"{folder}/ROM_{i}", read(dump, start, length))
        write(folder + ("/ROM_7" if table == "gpt" else "/MT6797_Android_scatter.txt"),
              read(dump, 0, 34 * 512) if table == "gpt" else scatter_file(rows, {}))
        run(folder, "-o", t + "/a")
        got = partition_sums(json.load(open(t + "/a/report.json")))
        assert all(got[n] == sha256(read(dump, s, k)) for n, s, k in rows), table
        assert sums(t + "/a/media") == sums(media)
        shutil.rmtree(t + "/a")
        os.unlink(folder + "/ROM_2")  # one is missing: the order tells nothing any more
        states = {p["name"]: p["state"] for p in info(folder)["partitions"]}
        assert states["userdata"] == "complete" and states["nvram"] == states["lk"] == states["seccfg"] == "missing", states


def scatter_file(rows, names):
    """A scatter file of rows (name, start, length); names: {name: file}."""
    import scatter_dump
    data = scatter_dump.text("MT6797", "V1.1.2", [("pgpt", 0, 0, 0x8000, False)] + [(n, s, s, k, False) for n, s, k in rows], 0x40000)
    for name, file in names.items():
        data = re.sub(rb"(partition_name: " + name.encode() + rb"\n  file_name: )[^\n]*", rb"\g<1>" + file.encode(), data)
    return data


def folder_firmware(t):
    """a firmware folder: its scatter file names the files, sparse and split images are expanded, short files are no damage"""
    dump, media, rows = phone(t)
    folder = t + "/fw"
    raw = {n: read(dump, s, k) for n, s, k in rows}
    names = {"lk": "lk-verified.bin", "system": "sys.simg", "userdata": "ud.img"}
    write(folder + "/MT6797_Android_scatter.txt", scatter_file(rows, names))
    assert b"lk-verified.bin" in read(folder + "/MT6797_Android_scatter.txt", 0, 1 << 20)
    write(folder + "/lk-verified.bin", os.urandom(300000))
    write(folder + "/sys.simg", sparse(raw["system"], 4096))
    write(folder + "/ud.img", sparse(raw["userdata"], 4096))
    write(folder + "/Checksum.ini", b"[x]\n")
    report = info(folder)
    p = {p["name"]: p for p in report["partitions"]}
    assert report["table"]["kind"] == "scatter" and not damage_of(report), report["notes"]
    assert p["lk"]["state"] == "partial" and p["lk"]["present"] == 300000 and p["system"]["state"] == p["userdata"]["state"] == "complete", p
    assert all((p[n]["start"], p[n]["size"]) == (s, k) for n, s, k in rows)
    assert not report["image"]["complete"] and report["userdata"]["verdict"] == "plain"
    same_photos(t, folder, media)
    # userdata in parts
    os.unlink(folder + "/ud.img")
    for i, part in enumerate(cut(len(raw["userdata"]) // 4096, 3, 2)):
        write(f"{folder}/userdata.img_sparsechunk.{i}", sparse(raw["userdata"], 4096, part))
    assert {p["name"]: p for p in info(folder)["partitions"]}["userdata"]["state"] == "complete"
    same_photos(t, folder, media)
    # a part that leads out of the folder is not followed
    os.rename(folder + "/userdata.img_sparsechunk.1", t + "/outside")
    os.symlink(t + "/outside", folder + "/userdata.img_sparsechunk.1")
    report = info(folder, status=1)
    assert not report["image"]["complete"] and any("sparsechunk.1" in d for d in damage_of(report)), damage_of(report)
    # the scatter file of the user counts, and that of the folder is left alone
    os.unlink(folder + "/userdata.img_sparsechunk.1")
    moved = [(n, s + (1 << 20), k) for n, s, k in rows]
    other = write(t + "/other_scatter.txt", scatter_file(moved, names))
    report = info(folder, "--scatter", other, status=1)
    assert {p["name"]: p["start"] for p in report["partitions"]}["system"] == dict((n, s) for n, s, _ in moved)["system"]


def folder_fde(t):
    """userdata.img and metadata.img: the footer in metadata opens userdata"""
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures/fde-1.3")
    data, secret = lzma.open(here + "/image.xz").read(), json.load(open(here + "/secret.json"))
    folder = t + "/f"
    write(folder + "/userdata.img", data[:0x80000])
    write(folder + "/metadata.img", data[0x80000:0x84000])
    u = info(folder)["userdata"]
    assert (u["verdict"], u["partition"], u["openable"]) == ("fde", "userdata", "password"), u
    assert "`metadata`" in u["sentence"], u["sentence"]
    password = write(t + "/p", secret["password"].encode())
    run("unlock", folder, "--password-file", password, "-o", t + "/plain")
    assert sha256_file(t + "/plain") == secret["plain_sha256"]
    run("extract", folder, "--password-file", password, "-o", t + "/x")
    assert secret["photo_sha256"] in photos(t + "/x").values()
    run("unlock", folder, "--password-file", write(t + "/w", b"wrong"), status=4)


def folder_super(t):
    """super.img, split, and userdata.img alone: logical partitions are read; no address is made up for them"""
    import contents
    import lp
    data = open(contents.small_ext4(t + "/system_a", 6, 20), "rb").read()
    lp.build(t + "/super", 20 * MIB, [("system_a", data)], extent_bytes=300 * 4096)
    raw = open(t + "/super", "rb").read()
    folder = t + "/f"
    for i, part in enumerate(cut(len(raw) // 4096, 3, 6)):
        write(f"{folder}/super.{i}.{i + 10:08x}.img", sparse(raw, 4096, part))
    media = tree(t + "/data")
    ext4(folder + "/userdata.img", t + "/data")
    report = info(folder)
    rows = {p["name"]: p for p in report["partitions"]}
    assert set(rows) == {"super", "super/system_a", "userdata"} and report["image"]["complete"], rows
    row = rows["super/system_a"]
    assert row["state"] == "complete" and len(row["extents"]) > 1 and {e["start"] for e in row["extents"]} == {None}, row
    assert b"build.prop" in run("ls", folder, "/", "-p", "system_a")
    run("split", folder, "-p", "super/system_a", "-o", t + "/s")
    assert sha256_file(t + "/s/" + os.listdir(t + "/s")[0]) == sha256(data)
    same_photos(t, folder, media)
    assert not [r for r in json.loads("[" + ",".join(extract_manifest(t, folder)) + "]") for e in r.get("extents", []) if "dump" in e]


def extract_manifest(t, folder):
    run("extract", folder, "-o", t + "/m")
    return open(t + "/m.manifest.jsonl").read().splitlines()


def folder_cut(t):
    """a userdata that ends before its filesystem does is damage; the photos that are there come out whole, the others are named"""
    dump, media, rows = phone(t)
    folder = t + "/f"
    parts_of(t, dump, rows, folder)
    whole = read(folder + "/userdata.bin", 0, 64 << 20)
    write(folder + "/userdata.bin", whole[:5 << 19])
    write(folder + "/pgpt.bin", read(dump, 0, 34 * 512))
    report = info(folder, status=1)
    assert not report["image"]["complete"] and any(str(5 << 19) in d for d in damage_of(report)), damage_of(report)
    run("extract", folder, "-o", t + "/o", status=1)
    told = {r["path"]: r.get("damage") for r in map(json.loads, open(t + "/o.manifest.jsonl"))}
    got, want = sums(t + "/o"), sums(media)
    assert 0 < sum(map(bool, told.values())) < len(want), told
    for path, digest in want.items():  # the names in a folder that is cut off are not known
        assert got.get(path) == digest or told.get(path) or path not in told, path
    os.unlink(folder + "/pgpt.bin")  # without a table it is the same
    report = info(folder, status=1)
    assert not report["image"]["complete"] and any(str(5 << 19) in d for d in damage_of(report)), damage_of(report)
    run("info", folder, "--map", write(t + "/m", b"# Mapfile\n"), status=2)


def folder_refused(t):
    """a folder of pictures, of programs, of nothing, of two dumps is refused with the reason"""
    rng = random.Random(1)
    os.makedirs(t + "/empty")
    write(t + "/pictures/a.jpg", b"\xff\xd8\xff\xe0" + rng.randbytes(9000))
    write(t + "/pictures/b.png", b"\x89PNG\r\n\x1a\n" + rng.randbytes(9000))
    write(t + "/pictures/notes", b"nothing here\n")
    write(t + "/programs/tool.bin", rng.randbytes(70000))
    write(t + "/programs/readme.md", b"# tool\n")
    for name in ("empty", "pictures", "programs"):
        run("info", f"{t}/{name}", status=3)
        assert "is a folder" in run.stderr, run.stderr
    for name in "ab":
        gpt(t + f"/{name}.bin", [("userdata", 80, None), ("boot", 2, None)], 90)
        os.makedirs(t + "/two", exist_ok=True)
        os.rename(t + f"/{name}.bin", t + f"/two/{name}.bin")
    run("info", t + "/two", status=3)
    assert "several dumps" in run.stderr and "a.bin" in run.stderr, run.stderr
    # one dump alone in a folder, with its scatter file and its mapfile, is that dump
    os.unlink(t + "/two/b.bin")
    assert info(t + "/two")["table"]["kind"] == "gpt"
    # thousands of names cost little
    for i in range(3000):
        os.symlink("/dev/zero", f"{t}/two/{i}.bin")
    assert info(t + "/two")["table"]["kind"] == "gpt"


def folder_hostile(t):
    """a file larger than its partition, two tables, two files of one name: said, and nothing overwrites its neighbour"""
    dump, media, rows = phone(t)
    folder = t + "/f"
    parts_of(t, dump, rows, folder)
    write(folder + "/pgpt.bin", read(dump, 0, 34 * 512))
    write(folder + "/lk.bin", b"\x88" * (3 << 20))  # three times as large: it would lie over seccfg and system
    report = info(folder, status=1)
    assert any("lk.bin" in d for d in damage_of(report)), damage_of(report)
    run(folder, "-o", t + "/o", status=1)
    assert sha256_file(t + "/o/rom/system.img") == sha256(read(dump, *[(s, k) for n, s, k in rows if n == "system"][0]))
    same = {p["name"]: p["sha256"] for p in json.load(open(t + "/o/report.json"))["partitions"]}
    assert same["lk"] == sha256(b"\x88" * (1 << 20))
    parts_of(t, dump, rows, folder)
    write(folder + "/ramdisk.img", b"\x1f\x8b\x08" + os.urandom(5000))
    assert any("ramdisk.img" in n["text"] and "gzip" in n["text"] for n in info(folder)["notes"] if n["level"] == "warning")
    os.unlink(folder + "/ramdisk.img")
    write(folder + "/userdata.img", os.urandom(1 << 20))
    notes = info(folder)["notes"]
    assert any("userdata.img" in n["text"] for n in notes if n["level"] == "warning"), notes
    # whichever comes first, what can be read counts
    for table in (True, False):
        other = t + f"/dup-{table}"
        write(other + "/userdata.bin", os.urandom(1 << 20))
        write(other + "/userdata.img", read(folder + "/userdata.bin", 0, 64 << 20))
        if table:
            write(other + "/pgpt.bin", read(dump, 0, 34 * 512))
        report = info(other)
        assert report["userdata"]["verdict"] == "plain", report["userdata"]
        assert any("userdata.bin" in n["text"] for n in report["notes"] if n["level"] == "warning"), report["notes"]
    os.unlink(folder + "/userdata.img")
    import gptmake
    gptmake.write(t + "/other", [("userdata", 4 << 20, 8 << 20)], 40 << 20)
    write(folder + "/gpt.bin", read(t + "/other", 0, 33 * 512))
    report = info(folder, status=1)
    assert any("different partition tables" in d for d in damage_of(report)), damage_of(report)
    write(os.fsencode(folder) + b"/latin1 \xe9\x1b[31m.bin", os.urandom(5000))
    info(folder, status=1)
    assert "\x1b" not in run("info", folder, status=1).decode()
    # the end of the medium tells where all lie
    os.unlink(folder + "/gpt.bin")
    os.unlink(folder + "/pgpt.bin")
    write(folder + "/sgpt.bin", read(dump, os.path.getsize(dump) - 33 * 512, 33 * 512))
    report = info(folder)
    assert report["table"]["source"] == "backup"
    assert {(p["name"], p["start"], p["size"]) for p in report["partitions"]} >= set(rows)
    same_photos(t, folder, media)


SPARSE = [split_reported, split_as_simg2img, split_by_tool, split_missing, split_damaged, split_bytes, whole_sparse, zeros_in_files, split_fit,
          neighbours, split_super, not_parts, split_f2fs]

GPT = [sgpt_reported, sgpt_others, header_alone]

FOLDERS = [folder_rl, folder_own, folder_numbered, folder_firmware, folder_fde, folder_super, folder_cut, folder_refused, folder_hostile]

main(SPARSE + GPT + FOLDERS)
