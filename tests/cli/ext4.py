#!/usr/bin/env python3
"""ext4 as a phone leaves it: not unmounted, damaged, cut short; and all that a file has."""
import glob
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
JOURNAL_MAGIC = b"\xc0\x3b\x39\x98"


def fixture(case, path):
    with open(path, "wb") as f:
        f.write(lzma.open(f"{FIXTURES}/{case}/image.xz").read())
    return path


def sums(root):
    return {os.fsdecode(k): v[4] for k, v in listing(root).items() if v[0] == 8}


def manifest_of(out):
    rows = [json.loads(l) for l in open(out + ".manifest.jsonl")]
    return {r["path"]: r for r in rows}


def journal(t):
    """the journal is replayed in memory, revoked and escaped blocks too: what the kernel shows after a boot"""
    image = fixture("ext4-crash", t + "/u")
    before = sha256_file(image)
    run("extract", image, "/", "-o", t + "/with")
    assert sums(t + "/with") == json.load(open(FIXTURES + "/ext4-crash/recovered.json"))
    run("extract", image, "/", "-o", t + "/without", "--no-journal", status=None)
    want = json.load(open(FIXTURES + "/ext4-crash/before.json"))
    assert sums(t + "/without") == want
    assert sha256_file(image) == before
    run(image)
    notes = json.load(open(t + "/u.romsplit/report.json"))["notes"]
    assert any("transactions" in n["text"] and "replayed" in n["text"] for n in notes), notes


def journal_inode_gone(t):
    """the inode of the journal zeroed: it is found by the copy in the superblock and replayed all the same"""
    image = fixture("ext4-crash", t + "/u")
    edit(image, inode_at(image, "<8>"), bytes(128))
    run("extract", image, "/", "-o", t + "/with", status=None)
    assert sums(t + "/with") == json.load(open(FIXTURES + "/ext4-crash/recovered.json"))


JFIF = b"\xff\xd8\xff\xe0\0\x10JFIF"


def head_gone(t):
    """the first superblock and the root folder gone: all whose inodes and blocks lie behind come out, below what is left of the tree"""
    wiped = 1 << 20
    for i, path in enumerate(glob.glob(tree(t + "/data", 60) + "/DCIM/Camera/*")):
        edit(path, 0, JFIF + bytes([i]))
    noise = random.Random(6).randbytes
    for junk, begin, journalled in ((bytes, 0, False), (noise, 0, False), (noise, 2048, False), (noise, 0, True)):
        # groups of 8 MiB with 32 inodes each, as a large userdata has them of 128 MiB
        ext4(t + "/u", t + "/data", 200, "-b", "1024", "-g", "8192", "-i", "262144", "-O", "^flex_bg")
        if journalled:  # a superblock comes back by the journal, what it leads to does not
            open(t + "/super", "wb").write(read(t + "/u", 1024, 1024))
            tool("debugfs", "-w", "-f", "-", t + "/u", input=f"jo\njw -b 1 {t}/super\njc\n".encode())
        whole = [f for f in files_of(t + "/u", t + "/data") if f[1] >= wiped and all(b >= wiped for b in f[2])]
        assert len(whole) >= 30
        edit(t + "/u", begin, junk(wiped - begin))
        u = info(t + "/u")["userdata"]
        assert (u["verdict"], u["openable"]) == ("damaged", "yes") and "root folder" in u["sentence"], u
        run("extract", "-v", t + "/u", "-o", t + "/out", status=1)
        assert "root folder is gone" in run.stderr and "inode 0" not in run.stderr, run.stderr
        assert ("replayed" in run.stderr) == journalled, run.stderr
        saved = sums(t + "/out")
        have = set(saved.values())
        nameless = [p for p in saved if p.startswith("#") and "/" not in p]
        for path in nameless:  # by their first bytes, as the tree was made: a number is not enough to open a picture
            is_picture = read(f"{t}/out/{path}", 0, 10) == JFIF
            assert path.endswith(".jpg") == is_picture, path
        assert len([p for p in nameless if p.endswith(".jpg")]) >= 30
        for path, _, _ in whole:
            assert sha256_file(t + "/data" + path) in have, path
        run("-q", t + "/u", "-o", t + "/job", status=1)
        assert {sha256_file(t + "/data" + path) for path, _, _ in whole} <= set(sums(t + "/job/media").values())
        names = re.findall(r" (#\d+)$", run("ls", t + "/u", status=1).decode(), re.M)
        assert len(names) >= 30
        assert sha256(run("cat", t + "/u", "/" + names[-1])) in have
        for folder in "out", "job":
            shutil.rmtree(f"{t}/{folder}")


def head_gone_encrypted(t):
    """the same of an encrypted userdata: nothing is promised"""
    tree(t + "/data", 60)
    ext4(t + "/u", t + "/data", 200, "-b", "1024", "-g", "8192", "-i", "262144", "-O", "^flex_bg,encrypt")
    for path, at, _ in files_of(t + "/u", t + "/data"):
        flags, = struct.unpack("<I", read(t + "/u", at + 0x20, 4))
        edit(t + "/u", at + 0x20, struct.pack("<I", flags | 0x800))
    edit(t + "/u", 0, random.Random(6).randbytes(1 << 20))
    u = info(t + "/u")["userdata"]
    assert (u["verdict"], u["openable"]) == ("fbe", "device") and "not encrypted" not in u["sentence"], u


def head_gone_encrypted_folders(t):
    """folders alone lie where one looks: they tell as well that the files are encrypted"""
    for i in range(40):
        os.makedirs(f"{t}/data/d{i}")
    ext4(t + "/u", t + "/data", 200, "-b", "1024", "-g", "8192", "-i", "262144", "-O", "^flex_bg,encrypt")
    for i in range(40):
        at = inode_at(t + "/u", f"/d{i}") + 0x20
        edit(t + "/u", at, struct.pack("<I", struct.unpack("<I", read(t + "/u", at, 4))[0] | 0x800))
    edit(t + "/u", 0, random.Random(6).randbytes(1 << 20))
    u = info(t + "/u")["userdata"]
    assert (u["verdict"], u["openable"]) == ("fbe", "device") and "not encrypted" not in u["sentence"], u


def left_in_ciphertext(t):
    """of an ext4 one group is left, all else is ciphertext: it was another's, and nothing is promised"""
    tree(t + "/data", 60)
    ext4(t + "/u", t + "/data", 200, "-b", "1024", "-g", "8192", "-i", "262144", "-O", "^flex_bg")
    noise = random.Random(7).randbytes
    edit(t + "/u", 0, noise(8 << 20))
    for at in range(9 << 20, 200 << 20, 1 << 20):
        edit(t + "/u", at, noise(1 << 20))
    u = info(t + "/u")["userdata"]
    assert u["openable"] == "no" and "not encrypted" not in u["sentence"], u
    run("ls", t + "/u", status=1)


def files_of(image, data):
    """[(path, where its inode lies, where its blocks lie)] by debugfs, of plain names."""
    paths = []
    for folder, _, names in os.walk(os.fsencode(data)):
        for name in names:
            path = (folder + b"/" + name)[len(data):]
            if re.fullmatch(rb"[\w/.]+", path) and os.path.isfile(folder + b"/" + name):
                paths.append(os.fsdecode(path))
    size = int(re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", image)).group(1))
    said = tool("debugfs", "-f", "-", image, input="".join(f"blocks {p}\n" for p in paths).encode())
    blocks = re.findall(r"debugfs: blocks .*\n([\d ]*)", said)
    assert len(blocks) == len(paths)
    return [(p, inode_at(image, p), [int(b) * size for b in bs.split()]) for p, bs in zip(paths, blocks)]


def torn_journal(t):
    """a journal with a damaged block: replayed up to there, and said"""
    image = fixture("ext4-crash", t + "/u")
    data = bytearray(open(image, "rb").read())
    blocks = [i for i in range(0, len(data), 1024) if data[i:i + 8] == JOURNAL_MAGIC + b"\0\0\0\2"]
    assert blocks
    for block in blocks:  # some are of the log that counts
        data[block + 16] ^= 1
    open(image, "wb").write(data)
    run("extract", image, "/", "-o", t + "/out", status=None)
    assert "checksum" in run.stderr and run.status == 1


def fast_commits(t):
    """fast commits are not replayed, and that is said"""
    path = REAL + "/ext-e2fsprogs/j_recover_fast_commit.img.gz"
    if not os.path.exists(path):
        raise Skip("the image is not here")
    with open(t + "/u", "wb") as f:
        subprocess.run(["gzip", "-dc", path], stdout=f, check=True)
    run("extract", t + "/u", "/", "-o", t + "/out", status=1)
    assert "fast commits" in run.stderr


def orphans(t):
    """files deleted while open are named by their inodes"""
    os.makedirs(t + "/data/media/0")
    for name in "abc":
        with open(f"{t}/data/media/0/{name}", "w") as f:
            f.write(name)
    ext4(t + "/u", t + "/data", 8)
    inode = {n: int(re.search(r"Inode: (\d+)", tool("debugfs", "-R", f"stat /media/0/{n}", t + "/u"))[1]) for n in "ab"}
    with open(t + "/script", "w") as f:
        f.write(f"ssv last_orphan {inode['a']}\nsif /media/0/a dtime {inode['b']}\nsif /media/0/b dtime 0\n")
    tool("debugfs", "-w", "-f", t + "/script", t + "/u")
    run("extract", t + "/u", "-o", t + "/out", "-v")
    assert f"2 files were deleted while still open" in run.stderr and f"inodes: {inode['a']} {inode['b']}" in run.stderr, run.stderr


def encrypted_names(t):
    """names in an encrypted folder, and targets of links, as the kernel shows them without the key"""
    image = fixture("fbe-v2", t + "/u")
    want = json.load(open(FIXTURES + "/fbe-v2/nokey.json"))
    rows = [json.loads(l) for l in run("ls", "--json", image, "/media/0", status=4).splitlines()]
    assert {r["name"]: r.get("target", r["size"]) for r in rows} == want, rows
    run("extract", image, "/", "-o", t + "/out")
    rows = manifest_of(t + "/out")
    assert all(rows["media/0/" + n]["encrypted"] and rows["media/0/" + n]["file"] is None for n in want)


def absurd(t):
    """loops of folders, links to themselves, a file of 16 TiB: each costs itself alone, and is named"""
    os.makedirs(t + "/data/media/0/a/b")
    for name in ("good.txt", "a/b/deep.txt", "huge.bin"):
        with open(f"{t}/data/media/0/{name}", "w") as f:
            f.write(name)
    ext4(t + "/u", t + "/data", 8, "-O", "^metadata_csum")
    with open(t + "/script", "w") as f:
        f.write("link /media/0/a /media/0/a/b/loop\nlink /media/0/a/b /media/0/a/b/self\n"
                "sif /media/0/huge.bin size 0xfffffff0000\n")
    tool("debugfs", "-w", "-f", t + "/script", t + "/u")
    run("extract", t + "/u", "-o", t + "/out", status=1, timeout=60)
    rows = manifest_of(t + "/out")
    assert "twice" in rows["a/b/loop"]["error"] and "twice" in rows["a/b/self"]["error"]
    have = {p for p in rows if os.path.isfile(f"{t}/out/{p}")}
    assert {"good.txt", "a/b/deep.txt"} <= have
    assert "huge.bin" in have or rows["huge.bin"]["error"]
    if "huge.bin" in have:
        assert os.stat(t + "/out/huge.bin").st_size == 0xfffffff0000 and rows["huge.bin"]["sha256"] is None


def superblock_gone(t):
    """the first superblock or the group descriptors zeroed: a backup is used, every file comes out"""
    media = tree(t + "/data")
    for bs in (1024, 4096):
        ext4(t + "/u", t + "/data", 160 if bs == 4096 else 40, "-b", bs)
        edit(t + "/u", 1024, bytes(1024))
        run("extract", t + "/u", "/", "-o", f"{t}/sb{bs}", status=1)
        assert sums(f"{t}/sb{bs}") == sums(t + "/data") and "backup" in run.stderr
        ext4(t + "/u", t + "/data", 160 if bs == 4096 else 40, "-b", bs)
        edit(t + "/u", 2048 if bs == 1024 else 4096, bytes(1024))
        run("extract", t + "/u", "/", "-o", f"{t}/gd{bs}", status=1)
        assert sums(f"{t}/gd{bs}") == sums(t + "/data")


def lost(t):
    """a directory block zeroed: what it named turns up in .lost, inode by inode"""
    media = tree(t + "/data", 20)
    ext4(t + "/u", t + "/data", 40, "-b", "1024")
    block = int(tool("debugfs", "-R", "bmap /media/0/DCIM 0", t + "/u"))
    inode = re.search(r"Inode: (\d+)", tool("debugfs", "-R", "stat /media/0/DCIM/Camera", t + "/u"))[1]
    edit(t + "/u", block * 1024, bytes(1024))
    run("extract", t + "/u", "-o", t + "/out", status=1)
    assert sorted(sums(f"{t}/out/.lost/#{inode}").values()) == sorted(sums(media + "/DCIM/Camera").values())
    everything = set(sums(media).values())
    assert everything <= set(sums(t + "/out").values())


def root_gone(t):
    """the root's directory block zeroed: /media/0 cannot be found, its files are saved all the same, by the whole job too"""
    media = tree(t + "/data", 20)
    ext4(t + "/u", t + "/data", 40, "-b", "4096")
    edit(t + "/u", int(tool("debugfs", "-R", "bmap / 0", t + "/u")) * 4096, bytes(4096))
    for args in ("extract", "-o", t + "/out"), ("-o", t + "/job"):
        text = run(*args[:-2], t + "/u", *args[-2:], status=1)
        assert "/media/0 cannot be found" in text.decode() + run.stderr
    everything = set(sums(media).values())
    assert everything <= set(sums(t + "/out").values())
    assert everything <= set(sums(t + "/job/media").values())


def root_without_names(t):
    """what libext2fs says of a torn root is said in words; the dump is damaged then, not unreadable"""
    media = tree(t + "/data", 20)
    os.unlink(media + "/sparse.bin")  # of which mke2fs writes another size when it may put data into inodes
    ext4(t + "/u", t + "/data", 40, "-O", "inline_data", "-I", "256")
    tool("debugfs", "-w", "-R", "set_inode_field / flags 0x10000000", t + "/u")
    run("ls", t + "/u", status=1)
    assert "inode 2" in run.stderr and "offset" not in run.stderr, run.stderr
    edit(t + "/u", inode_at(t + "/u", "/") + 160, struct.pack("<I", 0xEA020000) + random.Random(1).randbytes(92))
    run("ls", t + "/u", status=1)
    assert "inode 2: inline data: " in run.stderr and "Unknown code" not in run.stderr, run.stderr
    run("extract", t + "/u", "-o", t + "/out", status=1)
    assert set(sums(media).values()) <= set(sums(t + "/out").values())


def inline_with_a_wrong_checksum(t):
    """a directory and a file within their inodes, and attributes, are read though the inode's checksum does not agree"""
    os.makedirs(t + "/data/media/0/notes")
    for name in ("a", "bb"):
        open(f"{t}/data/media/0/notes/{name}", "w").write("short " + name)
    ext4(t + "/u", t + "/data", 40, "-O", "inline_data,metadata_csum", "-I", "256")
    for path in ("/media/0/notes/a", "/media/0/notes"):
        tool("debugfs", "-w", "-R", f"ea_set {path} user.seen yes", t + "/u")
        assert "0x1000" in tool("debugfs", "-R", f"stat {path}", t + "/u")  # inline indeed
        edit(t + "/u", inode_at(t + "/u", path) + 0x7C, b"\x12\x34")
    assert run("cat", t + "/u", "/media/0/notes/a") == b"short a"
    run("extract", t + "/u", "-o", t + "/out", status=1)
    rows = manifest_of(t + "/out")
    assert sums(t + "/out") == sums(t + "/data/media/0")
    assert "user.seen" in rows["notes/a"]["xattrs"] and rows["notes/a"]["damage"], rows


def cut_short(t):
    """a filesystem cut short gives every file that lies in the part that is here, and names the others"""
    media = tree(t + "/data", 60)
    ext4(t + "/u", t + "/data", 40, "-b", "1024")
    with open(t + "/u", "r+b") as f:
        f.truncate(9 << 20)
    run("extract", t + "/u", "-o", t + "/out", status=None)
    want, have, rows = sums(media), sums(t + "/out"), manifest_of(t + "/out")
    assert len(have) >= 10
    for path, content in have.items():
        assert content == want.get(path) or rows[path]["damage"], path


def forms(t):
    """block maps, extents, all block sizes, small inodes, inline data, bigalloc, meta_bg, 64bit, ext2 and ext3"""
    media = tree(t + "/data", 30)
    with open(media + "/large.bin", "wb") as f:
        rng = random.Random(3)
        for i in range(40):
            f.seek(i * 700000)
            f.write(rng.randbytes(5000))
    want = sums(t + "/data")
    for name, options in {
        "ext2": ("-t", "ext2"), "ext3": ("-t", "ext3"), "1k": ("-b", "1024"), "2k": ("-b", "2048"),
        "16k": ("-b", "16384"), "64k": ("-b", "65536"), "small inodes": ("-I", "128"),
        "inline": ("-O", "inline_data", "-I", "256"), "bigalloc": ("-O", "bigalloc", "-C", "16384"),
        "meta_bg": ("-O", "meta_bg,^resize_inode", "-b", "1024"), "64bit": ("-O", "64bit,metadata_csum"),
        "casefold": ("-O", "casefold", "-E", "encoding=utf8"), "verity": ("-O", "verity"),
        "no extents": ("-O", "^extents,^64bit"), "no journal, no index": ("-O", "^has_journal,^dir_index"),
    }.items():
        kind = () if "-t" in options else ("-t", "ext4")
        tool("mke2fs", "-q", "-F", *kind, *options, "-d", t + "/data", t + "/u", "96M")
        run("extract", t + "/u", "/", "-o", t + "/out")
        have = sums(t + "/out")
        if name == "inline":  # mke2fs -d gives this one a wrong size: the kernel reads it as short as we do
            have["media/0/sparse.bin"] = want["media/0/sparse.bin"]
        assert have == want, (name, {k for k in want if have.get(k) != want[k]})
        shutil.rmtree(t + "/out")


def all_of_a_file(t):
    """times with nanoseconds and beyond 2038, owner, links, flags and attributes, as debugfs tells them"""
    os.makedirs(t + "/data/media/0")
    path = t + "/data/media/0/f.txt"
    with open(path, "w") as f:
        f.write("x")
    ext4(t + "/u", t + "/data", 8, "-I", "256")
    script = t + "/script"
    with open(script, "w") as f:
        f.write("sif /media/0/f.txt mtime 0x86000000\nsif /media/0/f.txt mtime_extra 0x1d6f3455\n"
                "sif /media/0/f.txt crtime 0x50000000\nsif /media/0/f.txt crtime_extra 0x4\nsif /media/0/f.txt uid 70001\n"
                "sif /media/0/f.txt mode 0104640\nea_set /media/0/f.txt user.note hello\n"
                "ea_set /media/0/f.txt security.selinux label\n")
    subprocess.run(["debugfs", "-w", "-f", script, t + "/u"], check=True, capture_output=True,
                   env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
    run("extract", t + "/u", "-o", t + "/out", "--hash", "md5,sha1")
    r = manifest_of(t + "/out")["f.txt"]
    # low word 0x86000000 is negative; two bits of the extra field add 2^32 seconds, the other 30 are nanoseconds
    assert r["mtime"] == f"{0x86000000 - 2**32 + 2**32}.{0x1d6f3455 >> 2:09}", r["mtime"]
    assert r["crtime"] == f"{0x50000000}.000000001"
    assert r["uid"] == 70001 and r["mode"] == "4640"
    assert r["xattrs"] == {"user.note": "hello", "security.selinux": "label"}, r["xattrs"]
    assert r["md5"] == "9dd4e461268c8034f5c8564e155c67a6" and r["sha1"] == "11f6ad8ec52a2984abaafd7c3b516503785c2072"
    st = os.stat(t + "/out/f.txt")
    assert st.st_mtime_ns == 0x86000000 * 10**9 + (0x1d6f3455 >> 2)


def filters(t):
    """--type, --glob, --newer, --no-thumbnails, --all, other users, --bodyfile"""
    media = t + "/data/media/0"
    os.makedirs(media + "/DCIM/.thumbnails")
    os.makedirs(media + "/empty")
    os.makedirs(t + "/data/media/10/DCIM")
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\0IEND\xaeB`\x82"
    for name, data in (("DCIM/photo without extension", png), ("DCIM/.thumbnails/1.png", png), ("notes.txt", b"text\n" * 9),
                       ("liar.jpg", b"no picture at all, but words"), ("../10/DCIM/theirs.png", png)):
        with open(f"{media}/{name}", "wb") as f:
            f.write(data)
    os.utime(media + "/notes.txt", (1400000000, 1400000000))
    ext4(t + "/u", t + "/data", 8)

    def names(*args):
        shutil.rmtree(t + "/out", ignore_errors=True)
        run("extract", t + "/u", "-o", t + "/out", *args)
        return sorted(sums(t + "/out"))

    assert names() == [".user-10/DCIM/theirs.png", "DCIM/.thumbnails/1.png", "DCIM/photo without extension", "liar.jpg",
                       "notes.txt"]
    assert {r["path"] for r in manifest_of(t + "/out").values()} >= {".user-10/DCIM/theirs.png", "DCIM"}
    assert names("--type", "image") == [".user-10/DCIM/theirs.png", "DCIM/.thumbnails/1.png", "DCIM/photo without extension"]
    assert not os.path.exists(t + "/out/empty")
    assert names("--type", "document") == ["liar.jpg", "notes.txt"]
    assert names("--no-thumbnails", "--type", "image") == [".user-10/DCIM/theirs.png", "DCIM/photo without extension"]
    assert names("--glob", "*.TXT") == ["notes.txt"]
    assert names("--glob", "DCIM/*") == [".user-10/DCIM/theirs.png", "DCIM/.thumbnails/1.png", "DCIM/photo without extension"]
    assert "notes.txt" not in names("--newer", "2015-01-01")
    assert len(names("--all")) == 5 and "media/0/notes.txt" in names("--all")
    names("--bodyfile", t + "/body", "--hash", "md5")
    lines = {l.split("|")[1]: l.rstrip("\n").split("|") for l in open(t + "/body")}
    row = lines["/notes.txt"]
    assert len(row) == 11 and row[8] == "1400000000" and row[3] == "r/rrw-r--r--" and row[6] == "45", row
    assert row[0] == tool("md5sum", media + "/notes.txt").split()[0]


def real_kernel(t):
    """a real userdata, cut off mid-write: the kernel's list after its replay, and without"""
    folder = REAL + "/ext4-kernel"
    if not os.path.isdir(folder):
        raise Skip("there is none here")
    with open(t + "/u", "wb") as f:
        subprocess.run(["xz", "-dc", folder + "/a4_ext4_fbe_cut.img.xz"], stdout=f, check=True)
    for tsv, args in (("recovered", ("--hash-holes",)), ("manifest", ("--no-journal",)), ("nokey", ("--no-journal",))):
        shutil.rmtree(t + "/out", ignore_errors=True)
        run("extract", t + "/u", "/", "-o", t + "/out", *args)
        rows = {(bytes.fromhex(r["path_hex"]) if "path_hex" in r else r["path"].encode()): r
                for r in map(json.loads, open(t + "/out.manifest.jsonl"))}
        seen = 0
        for line in open(f"{folder}/a4_ext4_fbe_cut.{tsv}.tsv"):
            if line.startswith("#") or line.startswith(".\t"):
                continue
            f = line.rstrip("\n").split("\t")
            plain = lambda s: re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), s.encode())
            path = plain(f[0])
            # with the keys the kernel shows true names: those rows are of the flag 0x800, the link in there has none
            if tsv != "nokey" and (int(f[9], 16) & 0x800 or path.startswith(b"media_enc/v2_xts_cts/")):
                continue
            r = rows[path]
            assert (int(r["mode"], 8), r["uid"], r["gid"], r["mtime"]) == (int(f[2], 8), int(f[3]), int(f[4]), f[6]), path
            assert f[1] == "d" or r["size"] == int(f[5]), (path, r["size"], f[5])
            if f[1] == "f" and not f[10].startswith("ERR"):
                no_sum = r["size"] > 1 << 30 and "--hash-holes" not in args  # nearly all hole
                assert r["sha256"] == (None if no_sum else f[10]), path
            if f[1] == "l":
                target = bytes.fromhex(r["target_hex"]) if "target_hex" in r else r["target"].encode()
                assert target == plain(f[10]), path
            seen += 1
        assert seen > 400, seen


def property_damage(t):
    """random blocks zeroed or garbled: never a wrong byte in a file that is not said to be damaged"""
    media = tree(t + "/data", 60)
    want = sums(media)
    hit_data, checked = 0, 0
    for seed in range(int(os.environ.get("ROMSPLIT_ROUNDS", "25"))):
        rng = random.Random(seed)
        ext4(t + "/u", t + "/data", 24, "-b", rng.choice(["1024", "4096"]), "-O", "metadata_csum,64bit" if seed % 2 else "^64bit")
        bs = int(re.search(r"Block size:\s+(\d+)", tool("dumpe2fs", "-h", t + "/u"))[1])
        hit = set(rng.sample(used_blocks(t + "/u", bs), 6))
        owned = data_blocks(t + "/u", media)
        for b in hit:
            edit(t + "/u", b * bs, bytes(bs) if rng.random() < .5 else rng.randbytes(bs))
        shutil.rmtree(t + "/out", ignore_errors=True)
        p = subprocess.run([PROGRAM, "extract", t + "/u", "-o", t + "/out"], capture_output=True, timeout=60)
        assert p.returncode in (0, 1, 3), (seed, p.returncode, p.stderr[-300:])
        if not os.path.exists(t + "/out.manifest.jsonl"):
            continue
        rows = manifest_of(t + "/out")
        for path, content in sums(t + "/out").items():
            if path not in want or path.startswith(".lost") or content == want[path]:
                checked += path in want
                continue
            if path not in owned or owned[path] & hit:
                hit_data += 1  # ext4 has no checksum of data: this cannot be known
                continue
            assert rows[path]["damage"] or rows[path].get("error"), f"round {seed}: {path} is wrong without a word"
        os.unlink(t + "/out.manifest.jsonl")
    assert checked > 100, checked


def data_blocks(image, media):
    """{path: data blocks} of the files in /media/0, as debugfs tells them before any damage."""
    paths = [p for p in sums(media) if not set('"\n\r') & set(p)]  # what debugfs cannot be asked for
    asked = "".join(f'blocks "/media/0/{p}"\n' for p in paths)
    answers = subprocess.run(["debugfs", "-f", "-", image], input=os.fsencode(asked), check=True, capture_output=True,
                             env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")).stdout.split(b"debugfs: blocks ")[1:]
    assert len(answers) == len(paths), answers
    return {path: {int(b) for b in answer.partition(b"\n")[2].split() if b.isdigit()} for path, answer in zip(paths, answers)}


main([root_gone, root_without_names, head_gone, head_gone_encrypted, head_gone_encrypted_folders, left_in_ciphertext, journal_inode_gone, inline_with_a_wrong_checksum, journal, torn_journal, fast_commits, orphans, encrypted_names, absurd, superblock_gone, lost, cut_short, forms, all_of_a_file, filters, real_kernel, property_damage])
