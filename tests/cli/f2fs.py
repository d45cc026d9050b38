#!/usr/bin/env python3
"""f2fs as the kernel writes it: whole, cut off, damaged; and all that a file has."""
import hashlib
import lzma
import os
import random
import re
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
BLOCK = 4096
ENCRYPTED = 0x800


def unpack(archive, path):
    """An image as a sparse file."""
    with lzma.open(archive) as f, open(path, "wb") as out:
        while data := f.read(1 << 20):
            out.write(data) if data.strip(b"\0") else out.seek(len(data), 1)
        out.truncate(out.tell())
    return path


def fixture(case, path):
    return unpack(f"{FIXTURES}/{case}/image.xz", path)


def real(*parts):
    path = os.path.join(REAL, *parts)
    if not REAL or not os.path.exists(path):
        raise Skip("the image is not here")
    return path


def sums(root):
    return {os.fsdecode(k): v[4] for k, v in listing(root).items() if v[0] == 8}


def manifest_of(out):
    rows = map(json.loads, open(out + ".manifest.jsonl"))
    return {bytes.fromhex(r["path_hex"]) if "path_hex" in r else r["path"].encode(): r for r in rows}


def extract(t, image, *args, status=0):
    """All of an image: {path: row of the manifest}."""
    shutil.rmtree(t + "/out", ignore_errors=True)
    run("extract", image, "/", "-o", t + "/out", *args, status=status)
    rows = manifest_of(t + "/out")
    os.unlink(t + "/out.manifest.jsonl")
    return rows


def f2fs(path, source, mib, *options):
    with open(path, "wb") as f:
        f.truncate(mib << 20)
    tool("mkfs.f2fs", "-q", "-f", *options, path)
    tool("sload.f2fs", "-P", "-f", source, path)


def plain(s):
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), s.encode())


def attributes(row):
    have = row.get("xattrs", {})
    return {k[:-4] if k.endswith("_hex") else k: v if k.endswith("_hex") else v.encode().hex()
            for k, v in have.items() if k + "_hex" not in have}


# ---- what the kernel says -----------------------------------------------------------------------------------


def stored(path):
    """The sum of the blocks of a large sparse file that are not zero, each with its offset."""
    h, at, size = hashlib.sha256(), 0, os.path.getsize(path)
    fd = os.open(path, os.O_RDONLY)
    while at < size:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        data = os.pread(fd, BLOCK, at)
        if data.strip(b"\0"):
            h.update(b"%d:" % at + data)
        at += BLOCK
    os.close(fd)
    return h.hexdigest()


def compare(t, rows, want, recovered=False):
    assert set(rows) == {os.fsencode(p) for p in want}, set(rows) ^ {os.fsencode(p) for p in want}
    for path, (kind, mode, uid, size, links, ino, mtime, device, what, xattrs) in want.items():
        r = rows[os.fsencode(path)]
        assert (int(r["mode"], 8), r["uid"], r["links"], r["inode"]) == (mode, uid, links, ino), (path, r)
        assert kind == 4 or r["size"] == size, (path, r["size"], size)
        # recovering a name sets the time of its folder to that of the mount
        assert (recovered and kind == 4) or r["mtime"] == "%d.%09d" % divmod(mtime, 10**9), (path, r["mtime"], mtime)
        assert kind != 10 or r["target"] == what, path
        assert kind not in (2, 6) or r["device"] == [os.major(device), os.minor(device)], path
        if kind == 8:
            assert what == (r["sha256"] if size < 1 << 30 else stored(t + "/out/" + path)), path
        assert attributes(r) == xattrs, (path, r.get("xattrs"))


def crash(t):
    """after a power cut: what was synced is recovered in memory, as the kernel shows it; and the last checkpoint"""
    image = fixture("f2fs-crash", t + "/u")
    before = sha256_file(image)
    compare(t, extract(t, image, "-v"), json.load(open(FIXTURES + "/f2fs-crash/recovered.json")), recovered=True)
    said = run.stderr
    compare(t, extract(t, image, "--no-journal"), json.load(open(FIXTURES + "/f2fs-crash/before.json")))
    assert "synced after its last checkpoint" in said and "1 files were deleted while still open" in said, said
    assert sha256_file(image) == before


def against_tsv(t, image, tsv, *args, keys=True, recovered=False):
    """keys: the kernel had the keys of encrypted files, whose rows are left out then."""
    rows, seen = extract(t, image, *args), 0
    for line in open(tsv):
        f = line.rstrip("\n").split("\t")
        path = plain(f[0])
        # the link in the encrypted folder is not marked itself
        if f[0] in ("#path", ".") or (keys and (int(f[9], 16) & ENCRYPTED or path.startswith(b"media_enc/v"))):
            continue
        r = rows[path]
        assert (int(r["mode"], 8), r["uid"], r["gid"], r["links"], r["inode"]) == (
            int(f[2], 8), int(f[3]), int(f[4]), int(f[7]), int(f[8])), (path, r)
        assert (recovered and f[1] == "d") or r["mtime"] == f[6], (path, r["mtime"], f[6])
        assert f[1] == "d" or r["size"] == int(f[5]), (path, r["size"], f[5])
        no_sum = r["size"] > 1 << 30 and "--hash-holes" not in args  # nearly all hole
        assert f[1] != "f" or f[10].startswith("ERR") or r["sha256"] == (None if no_sum else f[10]), path
        if f[1] == "l":
            assert (bytes.fromhex(r["target_hex"]) if "target_hex" in r else r["target"].encode()) == plain(f[10]), path
        seen += 1
    assert seen > 100 and (keys or seen == len(rows)), (seen, len(rows))


def real_modern(t):
    """a real userdata with compression, encryption, verity, folded names, a 9 GB sparse file"""
    base = real("f2fs", "a1_f2fs_modern.img.xz")[:-7]
    image = unpack(base + ".img.xz", t + "/u")
    against_tsv(t, image, base + ".manifest.tsv", "--hash-holes")
    against_tsv(t, image, base + ".nokey.tsv", keys=False)


def real_legacy_cut(t):
    """a real userdata of the old form after a power cut: recovered, and not"""
    base = real("f2fs", "a2_f2fs_legacy_cut.img.xz")[:-7]
    image = unpack(base + ".img.xz", t + "/u")
    against_tsv(t, image, base + ".recovered.tsv", recovered=True)
    against_tsv(t, image, base + ".manifest.tsv", "--no-journal")
    against_tsv(t, image, base + ".nokey.tsv", "--no-journal", keys=False)


def openssl(args, data):
    return subprocess.run(["openssl", "enc", *args, "-nosalt", "-nopad"], input=data, stdout=subprocess.PIPE, check=True).stdout


def essiv(data, key):
    """dm-crypt's aes-cbc-essiv:sha256, undone: blocks below ECB, then xor with the block before, the first with the IV."""
    salt = hashlib.sha256(key).digest()
    ivs = openssl(["-aes-256-ecb", "-K", salt.hex()],
                  b"".join(struct.pack("<QQ", i, 0) for i in range(len(data) // SECTOR)))
    below = openssl(["-d", "-aes-128-ecb", "-K", key.hex()], data)
    before = bytearray(b"\0" * 16 + data[:-16])
    for i in range(len(data) // SECTOR):
        before[i * SECTOR:i * SECTOR + 16] = ivs[16 * i:16 * i + 16]
    xor = int.from_bytes(below, "little") ^ int.from_bytes(before, "little")
    return xor.to_bytes(len(data), "little")


def real_below_fde(t):
    """a real userdata below full-disk encryption, decrypted: recovered, and not"""
    base = real("f2fs", "a3_f2fs_fde_cut.json")[:-5]
    if not shutil.which("openssl"):
        raise Skip("there is no openssl to decrypt it with")
    key = bytes.fromhex(json.load(open(base + ".json"))["dm_crypt"].split()[1])
    unpack(base + ".img.xz", t + "/sealed")
    with open(t + "/sealed", "rb") as f, open(t + "/u", "wb") as out:
        out.write(essiv(f.read()[:-32 * SECTOR], key))
    against_tsv(t, t + "/u", base + ".recovered.tsv", recovered=True)
    against_tsv(t, t + "/u", base + ".manifest.tsv", "--no-journal")


def real_fbe(t):
    """file-based encryption as the kernel shows it without keys, and one with nothing encrypted"""
    for name, verdict in (("userdata_plain_f2fs", "plain"), ("userdata_fbe_f2fs_v2", "fbe")):
        base = real("fbe", name + ".img.xz")[:-7]
        image = unpack(base + ".img.xz", t + "/u")
        assert info(image)["userdata"]["verdict"] == verdict
        rows, seen = extract(t, image), 0
        for e in json.load(open(base + ".manifest.json"))["entries"]:
            for path in set(e.get("nokey_paths") or [e["path"]]):
                r = rows[path.encode()]
                assert (r["inode"], int(r["mtime"].split(".")[0]), r["uid"]) == (e["ino"], e["mtime"], e["uid"]), path
                assert e["type"] != "file" or r["size"] == e["size"], path
                assert e["type"] != "file" or e["key"] or r["sha256"] == e["sha256"], path
                assert not e["key"] or e["type"] == "symlink" or e["nonce"] in r["xattrs"]["c_hex"], path
                seen += 1
        assert seen >= len(rows)  # two links to one file tell both its names, each


def real_vendor(t):
    """a vendor's own userdata in an Android sparse image: every inode as dump.f2fs tells it"""
    sparse = real("android-images", "rmx3357_userdata_f2fs.simg")
    if not shutil.which("simg2img") or not os.path.exists("/usr/sbin/dump.f2fs"):
        raise Skip("simg2img and dump.f2fs are not here")
    tool("simg2img", sparse, t + "/u")
    rows = extract(t, sparse)
    assert len(rows) >= 3
    for path, r in rows.items():
        text = subprocess.run(["/usr/sbin/dump.f2fs", "-i", str(r["inode"]), t + "/u"], stdout=subprocess.PIPE).stdout.decode()
        field = lambda key: re.search(rf"^{key}\s+\[0x\s*[0-9a-f]+ : (\d+)\]", text, re.M)[1]
        assert re.search(r"^i_name\s+\[(.*)\]", text, re.M)[1] == path.decode().split("/")[-1]
        assert int(field("i_mode")) & 0o7777 == int(r["mode"], 8) and int(field("i_uid")) == r["uid"], path
        assert field("i_mtime") == r["mtime"].split(".")[0] and int(field("i_size")) == r["size"], path


# ---- the whole job -----------------------------------------------------------------------------------------------


def whole_job(t):
    """a dump with f2fs userdata: photos, manifest, verdict, partitions"""
    media = tree(t + "/data")
    for odd in (media + "/fifo", t + "/data/media/0/second name.jpg"):
        os.unlink(odd)  # sload.f2fs makes no fifos, and copies of hard links
    f2fs(t + "/userdata", t + "/data", 96)
    gpt(t + "/full.bin", [("proinfo", 1, None), ("userdata", 96, t + "/userdata")], 100)
    run(t + "/full.bin")
    report = json.load(open(t + "/full.romsplit/report.json"))
    assert (report["userdata"]["verdict"], report["userdata"]["filesystem"]) == ("plain", "f2fs")
    assert sums(t + "/full.romsplit/media") == sums(media)
    assert report["media"]["files"] == len(sums(media)) and report["media"]["damaged"] == 0
    assert sha256_file(t + "/full.romsplit/rom/userdata.img") == sha256_file(t + "/userdata")
    base = next(p["start"] for p in report["partitions"] if p["name"] == "userdata")
    dump = open(t + "/full.bin", "rb").read()
    for row in map(json.loads, open(t + "/full.romsplit/manifest.jsonl")):
        for e in row.get("extents", []):  # a file can be cut out of the dump by its extents
            if row["type"] == "file" and e["kind"] == "data":
                with open(t + "/full.romsplit/media/" + row["file"], "rb") as f:
                    f.seek(e["at"])
                    assert dump[e["dump"]:e["dump"] + e["size"]] == f.read(e["size"]) and e["dump"] >= base


# ---- damage --------------------------------------------------------------------------------------------------------


def small(t, mib=96):
    media = tree(t + "/data", 60)
    os.unlink(media + "/fifo")
    os.unlink(media + "/second name.jpg")
    f2fs(t + "/u", t + "/data", mib)
    return sums(t + "/data")


def field(path, at):
    return struct.unpack("<I", read(path, 1024 + at, 4))[0]


def superblock_gone(t):
    """the first superblock zeroed, both, both and the newer checkpoint: every file comes out"""
    want = small(t)
    edit(t + "/u", 1024, bytes(3072))
    extract(t, t + "/u", status=1)
    assert sums(t + "/out") == want and "its copy is used" in run.stderr
    cp = struct.unpack("<I", read(t + "/u", BLOCK + 1024 + 0x4c, 4))[0]
    edit(t + "/u", BLOCK + 1024, bytes(3072))
    assert info(t + "/u")["userdata"]["verdict"] == "damaged"
    extract(t, t + "/u", status=1)
    assert sums(t + "/out") == want and "both superblocks are gone" in run.stderr
    edit(t + "/u", cp * BLOCK, bytes(BLOCK))
    extract(t, t + "/u", status=1)
    assert sums(t + "/out") == want and "checkpoint 1 is damaged" in run.stderr


def checkpoints_gone(t):
    """no checkpoint at all: of each inode the newest is found by both copies of the table"""
    want = small(t)
    for pack in (0, 512):
        edit(t + "/u", (field(t + "/u", 0x4c) + pack) * BLOCK, bytes(BLOCK))
    extract(t, t + "/u", status=1)
    assert sums(t + "/out") == want and "no checkpoint is whole" in run.stderr


def told_once(t):
    """the SIT gone: nothing is lost and nothing said; the NAT journal gone: said once, not of each file"""
    want = kernel_sums("recovered", "before")
    image = fixture("f2fs-crash", t + "/u")
    sit, nat, cp = field(image, 0x50), field(image, 0x54), field(image, 0x4c)
    edit(image, sit * BLOCK, random.Random(1).randbytes((nat - sit) * BLOCK))
    back, sure = against_sums(extract(t, image), want)
    assert back == sure == len(want)
    packs = [struct.unpack("<Q", read(image, (cp + p) * BLOCK, 8))[0] for p in (0, 512)]
    start = cp + (512 if packs[1] > packs[0] else 0)
    flags, blocks, summaries = struct.unpack("<III", read(image, start * BLOCK + 0x84, 12))
    # compact summaries, those of an unmount, or of data alone: the journal lies in the first
    at = start + (summaries if flags & 4 else blocks - (7 if flags & 0x21 else 4))
    edit(image, at * BLOCK, bytes(BLOCK))
    extract(t, image, status=1)
    assert run.stderr.count("summaries of the checkpoint are damaged") == 1, run.stderr


# ---- nothing left but the main area -----------------------------------------------------------------------------------


def wipe_head(path, noise=False):
    """All before the main area: superblocks, checkpoints, SIT, NAT, SSA."""
    end = field(path, 0x5c) * BLOCK
    edit(path, 0, random.Random(5).randbytes(end) if noise else bytes(end))


def against_sums(rows, want):
    """want: path to the sums it may have. How many came back, and how many of them are not in doubt."""
    back = sure = 0
    for path, sums_of in want.items():
        r = rows.get(os.fsencode(path))
        same = bool(r) and r.get("sha256") in sums_of
        doubt = not r or r.get("damage") or r.get("error")
        assert same or doubt, f"{path} is wrong without a word"
        back, sure = back + same, sure + (same and not doubt)
    return back, sure


def kernel_sums(*states):
    """The regular files that are in all states, as the kernel lists them: name and what each state says."""
    rows = [json.load(open(f"{FIXTURES}/f2fs-crash/{s}.json")) for s in states]
    return {path: {r[path][8] for r in rows if path in r} for path in rows[0]
            if rows[0][path][0] == 8 and rows[0][path][3] < 1 << 30}


def tables_gone(t):
    """all before the main area gone, zeros or noise: found by the footers of nodes, what was synced last too"""
    want = kernel_sums("recovered", "before")
    for noise in (False, True):
        image = fixture("f2fs-crash", t + "/u")
        wipe_head(image, noise)
        verdict = info(image)["userdata"]
        assert (verdict["verdict"], verdict["openable"]) == ("damaged", "yes"), verdict
        assert any("a node of f2fs" in e["text"] for e in verdict["evidence"]), verdict
        rows = extract(t, image, status=1)
        back, sure = against_sums(rows, want)
        assert back == len(want) and sure >= .9 * len(want), (back, sure, len(want))
        assert "superblocks, checkpoints and the node table are missing" in run.stderr
        assert "nodes are damaged" not in run.stderr, run.stderr
        path = max(want, key=lambda p: rows[os.fsencode(p)]["size"])
        out = subprocess.run([PROGRAM, "cat", image, "/" + path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        assert hashlib.sha256(out).hexdigest() in want[path], path
        assert b"media" in run("ls", image, status=1)


def tables_gone_nodes_torn(t):
    """nodes torn besides: a file is right, in doubt, or the run says that some are shown in an older state"""
    want = kernel_sums("recovered", "before")
    for seed in range(6):
        image, rng = fixture("f2fs-crash", t + "/u"), random.Random(seed)
        head = field(image, 0x5c)
        data = open(image, "rb").read()
        nodes = [b for b in range(head, len(data) // BLOCK)
                 for nid, ino, flags in [struct.unpack_from("<III", data, b * BLOCK + 4072)]
                 if 3 <= nid < 10000 and 3 <= ino < 10000 and (nid == ino) == (flags >> 3 == 0)]
        wipe_head(image)
        for b in rng.sample(nodes, 8):
            edit(image, b * BLOCK, bytes(BLOCK) if rng.random() < .5 else rng.randbytes(BLOCK))
        rows = extract(t, image, status=1)
        if "in an older state" not in run.stderr:
            against_sums(rows, want)
        found = {r.get("sha256") for r in rows.values()}
        assert sum(bool(s & found) for s in want.values()) >= .8 * len(want), seed


def tables_gone_job(t):
    """a dump whose userdata lost its head: the whole job saves all photos; so it does where only the root is gone"""
    media = tree(t + "/data")
    for odd in (media + "/fifo", t + "/data/media/0/second name.jpg"):
        os.unlink(odd)
    f2fs(t + "/userdata", t + "/data", 96)
    shutil.copy(t + "/userdata", t + "/rootless")
    wipe_head(t + "/userdata")
    edit(t + "/rootless", node_block(t + "/rootless", 3) * BLOCK, bytes(BLOCK))
    for name, damaged in (("userdata", 0), ("rootless", len(sums(media)))):
        gpt(t + f"/{name}.bin", [("proinfo", 1, None), ("userdata", 96, f"{t}/{name}")], 100)
        run(t + f"/{name}.bin", status=1)
        report = json.load(open(f"{t}/{name}.romsplit/report.json"))
        assert report["userdata"]["verdict"] == "damaged", report["userdata"]
        assert sums(f"{t}/{name}.romsplit/media") == sums(media)
        assert report["media"]["damaged"] == damaged, report["media"]


def tables_gone_real(t):
    """real userdata without its head: every file comes back as the kernel lists it"""
    for name, states in (("a1_f2fs_modern", ["manifest"]), ("a2_f2fs_legacy_cut", ["recovered", "manifest"])):
        base, want = real("f2fs", name + ".img.xz")[:-7], {}
        for state in states:
            for line in open(f"{base}.{state}.tsv"):
                f = line.rstrip("\n").split("\t")
                if f[0] != "#path" and f[1] == "f" and not int(f[9], 16) & ENCRYPTED and int(f[5]) < 1 << 30:
                    path = os.fsdecode(plain(f[0]))
                    if state == states[0] or path in want:
                        want.setdefault(path, set()).add(f[10])
        image = unpack(base + ".img.xz", t + "/u")
        wipe_head(image)
        back, sure = against_sums(extract(t, image, status=1), want)
        assert back == sure == len(want) > 300, (name, back, sure, len(want))
    image = unpack(real("fbe", "userdata_fbe_f2fs_v2.img.xz"), t + "/u")
    wipe_head(image)
    assert info(image)["userdata"]["verdict"] == "fbe"


def node_block(path, ino):
    """The block of an inode, found by its footer."""
    data = open(path, "rb").read()
    for at in range(field(path, 0x5c) * BLOCK, len(data), BLOCK):
        if struct.unpack_from("<II", data, at + 4072) == (ino, ino):
            return at // BLOCK
    raise AssertionError(f"inode {ino} is not there")


def lost(t):
    """the inode of a folder zeroed, and a block of names: what they named turns up in .lost"""
    want = small(t)
    ino = json.loads(next(l for l in run("ls", "--json", t + "/u", "/media/0/DCIM").splitlines() if b"Camera" in l))["inode"]
    block = node_block(t + "/u", ino)
    names = struct.unpack("<I", read(t + "/u", block * BLOCK + 360, 4))[0]
    good = read(t + "/u", names * BLOCK, BLOCK)
    edit(t + "/u", names * BLOCK, bytes(BLOCK))
    extract(t, t + "/u", status=1)
    assert set(want.values()) <= set(sums(t + "/out").values()) and os.listdir(t + "/out/.lost")
    edit(t + "/u", names * BLOCK, good)
    edit(t + "/u", block * BLOCK, bytes(BLOCK))
    extract(t, t + "/u", status=1)
    assert set(want.values()) <= set(sums(t + "/out").values()) and os.listdir(t + "/out/.lost")


def cut_short(t):
    """a filesystem cut short gives every file that lies in the part that is here, and names the others"""
    want = small(t)
    data = [b for b in used_blocks(t + "/u", BLOCK) if b >= field(t + "/u", 0x5c)]
    with open(t + "/u", "r+b") as f:
        f.truncate(data[-len(data) // 3] * BLOCK + 100)
    rows = extract(t, t + "/u", status=None)
    have = sums(t + "/out")
    assert len(have) > 10
    for path, content in have.items():
        assert content == want.get(path) or rows[os.fsencode(path)]["damage"], path


def refused(t):
    """several devices, zones, other block sizes: refused with a word"""
    small(t)
    for at, data, word in ((0x884, struct.pack("<I", 2), "zoned"), (0x899, (b"/dev/a" + bytes(62)) * 2, "devices"),
                           (0x10, struct.pack("<I", 14), "16384 bytes")):
        old = read(t + "/u", 1024 + at, len(data))
        for copy in (1024, BLOCK + 1024):
            edit(t + "/u", copy + at, data)
        run("ls", t + "/u", status=None)
        assert run.status != 0 and word in run.stderr, (word, run.stderr)
        for copy in (1024, BLOCK + 1024):
            edit(t + "/u", copy + at, old)


def unknown_method(t):
    """a file compressed in a way nobody knows is named, and the others come out"""
    image = fixture("f2fs-crash", t + "/u")
    rows = extract(t, image)
    path = b"media/0/packed/zstd2.sum"
    block = node_block(image, rows[path]["inode"])
    edit(image, block * BLOCK + 392, b"\x09")
    again = extract(t, image, status=1)
    assert "compressed with an unknown method" in again[path]["error"] and again[path]["file"] is None
    assert sum("error" in r for r in again.values()) == 1


def chunks(paths):
    """The blocks of files, to know them again in an image."""
    return {data[at:at + BLOCK].ljust(BLOCK, b"\0") for p in paths for data in [open(p, "rb").read()]
            for at in range(0, len(data), BLOCK)}


def property_damage(t):
    """random blocks zeroed or garbled: never a wrong byte in a file that is not said to be damaged"""
    media = tree(t + "/data", 60)
    os.unlink(media + "/fifo")
    os.unlink(media + "/second name.jpg")
    want, checked = {p: {c} for p, c in sums(t + "/data").items()}, 0
    owned = chunks(os.path.join(d, f) for d, _, files in os.walk(os.fsencode(t + "/data")) for f in files
                   if not os.path.islink(os.path.join(d, f)))
    crashed = fixture("f2fs-crash", t + "/crashed")
    after = {}
    for args in ((), ("--no-journal",)):
        extract(t, crashed, *args)
        for name in ("sparse", "far"):
            os.unlink(f"{t}/out/media/0/{name}")
        for path, content in sums(t + "/out").items():
            if not path.endswith(".nosum"):  # packed without a checksum: as good as data
                after.setdefault(path, set()).add(content)
        shutil.copytree(t + "/out", t + "/kept" + str(len(args)), symlinks=True)
    data = chunks(os.path.join(d, f) for k in "01" for d, _, files in os.walk(os.fsencode(t + "/kept" + k)) for f in files
                  if not os.path.islink(os.path.join(d, f)))
    for seed in range(int(os.environ.get("ROMSPLIT_ROUNDS", "25"))):
        rng = random.Random(seed)
        if seed % 3 == 0:
            shutil.copy(crashed, t + "/u")
            truth, known = after, data
        else:
            f2fs(t + "/u", t + "/data", 96, *(["-O", "extra_attr,inode_checksum"] if seed % 3 == 1 else []))
            truth, known = want, owned
        used = [b for b in used_blocks(t + "/u", BLOCK) if read(t + "/u", b * BLOCK, BLOCK) not in known]
        for b in rng.sample(used, 6):
            edit(t + "/u", b * BLOCK, bytes(BLOCK) if rng.random() < .5 else rng.randbytes(BLOCK))
        shutil.rmtree(t + "/out", ignore_errors=True)
        if os.path.exists(t + "/out.manifest.jsonl"):
            os.unlink(t + "/out.manifest.jsonl")
        p = subprocess.run([PROGRAM, "extract", t + "/u", "/", "-o", t + "/out"], capture_output=True, timeout=60)
        assert p.returncode in (0, 1, 3), (seed, p.returncode, p.stderr[-300:])
        # an older state of the whole is said once, not of each file
        if not os.path.exists(t + "/out.manifest.jsonl") or re.search(b"in an older state|as they were before", p.stderr):
            continue
        rows = manifest_of(t + "/out")
        for path, r in rows.items():
            if r["type"] == "file" and r["size"] >> 30 and r["file"]:
                os.unlink(os.path.join(os.fsencode(t + "/out"), path))  # reading its holes takes long
        for path, content in sums(t + "/out").items():
            if path not in truth or content in truth[path]:
                checked += path in truth
                continue
            r = rows[os.fsencode(path)]
            assert r["damage"] or r.get("error"), f"round {seed}: {path} is wrong without a word"
    assert checked > 100, checked


main([crash, real_modern, real_legacy_cut, real_below_fde, real_fbe, real_vendor, whole_job, superblock_gone,
      checkpoints_gone, told_once, tables_gone, tables_gone_nodes_torn, tables_gone_job, tables_gone_real, lost, cut_short,
      refused, unknown_method, property_damage])
