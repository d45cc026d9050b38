#!/usr/bin/env python3
"""ls, cat and extract: paths, other partitions, manifests, encrypted folders."""
import lzma
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def fixture(case, path):
    with open(path, "wb") as f:
        f.write(lzma.open(f"{FIXTURES}/{case}/image.xz").read())
    return path


def regular(root):
    return {k: v[4] for k, v in listing(root).items() if v[0] == 8}


def paths(t):
    """one PATH goes directly into DIR, several keep their whole paths"""
    dump, media, _ = phone(t, 8)
    run("extract", dump, "/media/0/DCIM", "-o", t + "/one")
    assert regular(t + "/one") == regular(media + "/DCIM")
    run("extract", dump, "/media/0/DCIM", "/app", "-o", t + "/two")
    assert sorted(os.listdir(t + "/two")) == ["app", "media"]
    assert regular(t + "/two/media/0/DCIM") == regular(media + "/DCIM")
    run("extract", dump, "/media/0/DCIM/Camera/IMG_0002.jpg", "-o", t + "/file")
    assert os.listdir(t + "/file") == ["IMG_0002.jpg"]
    run("extract", dump, "/", "-o", t + "/all")
    assert regular(t + "/all") == regular(t + "/data")
    run("extract", dump)
    assert regular(t + "/full.romsplit/media") == regular(media)
    run("extract", dump, "/none", "-o", t + "/none", status=1)
    assert not os.path.exists(t + "/none") and "there is no /none" in run.stderr


def bare(t):
    """a bare userdata.img, and another partition by name"""
    dump, media, _ = phone(t, 8)
    run("extract", t + "/userdata", "-o", t + "/a")
    assert regular(t + "/a") == regular(media)
    assert run("cat", dump, "/build.prop", "-p", "system") == open(t + "/sys/build.prop", "rb").read()
    run("extract", dump, "/", "-p", "system", "-o", t + "/b")
    assert regular(t + "/b") == regular(t + "/sys")


def cat(t):
    """cat gives every file byte for byte, holes and inline data too"""
    dump, media, _ = phone(t, 8)
    for name in ("sparse.bin", "zeros.bin", "DCIM/Camera/IMG_0003.jpg", "second name.jpg"):
        assert run("cat", dump, "/media/0/" + name) == open(f"{media}/{name}", "rb").read(), name
    run("cat", dump, "/media/0", status=1)
    run("cat", dump, "/media/0/none", status=1)


def ls(t):
    """ls agrees with debugfs; control characters in names never reach the terminal"""
    dump, media, _ = phone(t, 8)
    rows = [json.loads(l) for l in run("ls", "--json", dump, "/media/0/DCIM/Camera").splitlines()]
    want = {}
    for line in tool("debugfs", "-R", "ls -l /media/0/DCIM/Camera", t + "/userdata").splitlines():
        f = line.split()
        if len(f) > 8 and f[-1].startswith("IMG"):
            want[f[-1]] = (int(f[0]), int(f[5]))
    assert want and {r["name"]: (r["inode"], r["size"]) for r in rows} == want
    text = run("ls", dump, "/media/0/odd")
    assert b"\x1b" not in text and b"\t" not in text and b"\\x1b" in text


def manifest(t):
    """the manifest: true bytes of every name, sums, extents that lead to the bytes in the dump"""
    dump, media, _ = phone(t, 8)
    run("extract", dump, "-o", t + "/out")
    rows = [json.loads(l) for l in open(t + "/out.manifest.jsonl")]
    data = open(dump, "rb").read()
    names = {bytes.fromhex(r["path_hex"]) if "path_hex" in r else r["path"].encode() for r in rows}
    assert names == set(listing(media))
    for r in rows:
        if r["type"] == "fifo":
            assert r["file"] is None
        if r["type"] != "file":
            continue
        content = bytearray(r["size"])
        for e in r["extents"]:
            if e["kind"] == "data":
                content[e["at"]:e["at"] + e["size"]] = data[e["dump"]:e["dump"] + e["size"]]
        if not r.get("link_to"):
            assert sha256(bytes(content)) == r["sha256"], r["path"]
    inodes = {r["path"]: r["inode"] for r in rows}
    stat = tool("debugfs", "-R", "stat /media/0/DCIM/Camera/IMG_0003.jpg", t + "/userdata")
    assert f"Inode: {inodes['DCIM/Camera/IMG_0003.jpg']} " in stat


def encrypted(t):
    """file-based encryption: status 4 and the verdict, for every command that asks for content"""
    image = fixture("fbe-v2", t + "/u")
    assert "secret.jpg" not in run("ls", image).decode()
    for args in (("ls", image, "/media/0"), ("extract", image, "-o", t + "/o"), ("cat", image, "/media/0/secret.jpg")):
        run(*args, status=4)
        assert "encrypted" in run.stderr and run.stderr.count("\n") == 1, run.stderr
    run(image)
    assert not os.path.exists(t + "/u.romsplit/media")
    fde = fixture("fde-pin", t + "/f")
    run("extract", fde, "-o", t + "/o2", status=4)
    assert "the PIN opens it" in run.stderr


def names_that_escape(t):
    """names that escape, and a name twice: nothing outside of the folder, nothing lost"""
    os.makedirs(t + "/tree/media/0")
    for n in ("aaaaa", "bb", "c", "eeee", "dup_1", "dup_2"):
        with open(t + "/tree/media/0/" + n, "w") as f:
            f.write("text of " + n[-1] + n[:1])
    os.symlink("/etc", t + "/tree/media/0/dir_1")
    os.makedirs(t + "/tree/media/0/dir_2")
    with open(t + "/tree/media/0/dir_2/inside", "w") as f:
        f.write("inside")
    ext4(t + "/u", t + "/tree", 4, "-O", "^dir_index,^metadata_csum,^has_journal")
    data = open(t + "/u", "rb").read()
    for old, new in ((b"\x05\x01aaaaa", b"\x05\x01../.."), (b"\x02\x01bb", b"\x02\x01.."), (b"\x01\x01c", b"\x01\x01."),
                     (b"\x04\x01eeee", b"\x04\x01/e/e"),
                     (b"dup_2", b"dup_1"), (b"dir_2", b"dir_1")):
        assert data.count(old) == 1, old
        data = data.replace(old, new)
    open(t + "/u", "wb").write(data)
    run("extract", t + "/u", "-o", t + "/deep/out")
    texts = sorted(open(os.path.join(f, n)).read() for f, _, files in os.walk(t + "/deep/out") for n in files
                   if not os.path.islink(os.path.join(f, n)))
    assert {"text of aa", "text of bb", "text of cc", "text of ee", "text of 1d", "text of 2d", "inside"} <= set(texts), texts
    links = [n for f, d, files in os.walk(t + "/deep/out") for n in d + files if os.path.islink(os.path.join(f, n))]
    assert len(links) == 1, links
    assert not os.path.exists("/etc/inside") and sorted(os.listdir(t + "/deep")) == ["out", "out.manifest.jsonl"]


main([paths, bare, cat, ls, manifest, encrypted, names_that_escape])
