#!/usr/bin/env python3
"""squashfs system images, through libsquashfs where it is there; erofs, which is only recognised."""
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *

PROP = "ro.mediatek.platform=MT6737\nro.product.model=Squashed\nro.build.version.release=7.0\n"


def system_tree(path, noise=True):
    rng = random.Random(4)
    noisy = rng.randbytes if noise else lambda n: b"".join(b"%d\n" % rng.randrange(100) for _ in range(n // 2 + 1))[:n]
    os.makedirs(path + "/etc/deep/deeper")
    os.makedirs(path + "/empty")
    for i in range(60):
        with open(f"{path}/etc/file {i:02}", "wb") as f:
            f.write(rng.choice([noisy, lambda n: b"text " * (n // 5)])(rng.choice([0, 1, 100, 4096, 40000, 300000])))
    with open(path + "/build.prop", "w") as f:
        f.write(PROP)
    with open(path + "/sparse", "wb") as f:
        f.seek(2 << 20)
        f.write(b"end")
    os.symlink("../build.prop", path + "/etc/link")
    os.link(path + "/build.prop", path + "/etc/deep/hard link")
    for folder, dirs, files in os.walk(path):
        for name in dirs + files:
            os.utime(folder + "/" + name, (1300000000, 1300000000), follow_symlinks=False)


def squash(source, image, *options):
    if os.path.exists(image):
        os.unlink(image)
    tool("mksquashfs", source, image, "-quiet", "-no-progress", *options)
    run("ls", image, status=None)
    if "recognises but cannot read" in run.stderr:
        raise Skip("built without libsquashfs")


def compressions(t):
    """every compression libsquashfs has: names, links, holes, modes, times and contents are those of the source"""
    system_tree(t + "/src")
    want, read_here = listing(t + "/src"), 0
    for method in ("gzip", "xz", "lz4", "zstd", "lzo", "lzma"):
        for options in ((), ("-b", "4096"), ("-no-fragments",), ("-noI", "-noD", "-noF")):
            squash(t + "/src", t + "/img", "-comp", method, *options)
            before = sha256_file(t + "/img")
            shutil.rmtree(t + "/out", ignore_errors=True)
            run("extract", t + "/img", "/", "-o", t + "/out", status=None)
            if run.status and "cannot decompress " + method in run.stderr:
                break
            read_here += 1
            assert run.status == 0, run.stderr
            assert listing(t + "/out") == want, (method, options)
            assert sha256_file(t + "/img") == before
    assert read_here >= 8, read_here
    squash(t + "/src", t + "/img")
    assert run("cat", t + "/img", "/etc/deep/hard link") == PROP.encode()
    theirs = subprocess.run(["unsquashfs", "-lc", t + "/img"], check=True, capture_output=True).stdout.decode().splitlines()
    run("extract", t + "/img", "/", "-o", t + "/again")
    ours = {json.loads(l)["path"] for l in open(t + "/again.manifest.jsonl")}
    theirs = {l.partition("/")[2] for l in theirs if "/" in l}
    assert theirs <= ours, theirs - ours  # it lists the leaves
    assert all(os.path.isdir(f"{t}/src/{p}") for p in ours - theirs), ours - theirs


def platform(t):
    """build.prop is read from a squashfs and from a FAT as from an ext4"""
    system_tree(t + "/src")
    squash(t + "/src", t + "/system")
    for make in (lambda: None, lambda: fat(t)):
        make()
        gpt(t + "/full.bin", [("lk", 1, None), ("system", 8, t + "/system"), ("userdata", 4, None)], 16)
        phone = info(t + "/full.bin")["platform"]
        assert phone["chip"] == "MT6737" and phone["model"] == "Squashed", phone
        assert run("cat", "-p", "system", t + "/full.bin", "/build.prop") == PROP.encode()


def fat(t):
    os.unlink(t + "/system")
    tool("mkfs.vfat", "-C", t + "/system", 8000)
    tool("mcopy", "-i", t + "/system", t + "/src/build.prop", "::/")


def torn(t):
    """one cut short, one with a garbled block: what cannot be unpacked is said, the other files are right"""
    # what is stored unpacked has no checksum: zlib's blocks have
    system_tree(t + "/src", noise=False)
    want = {os.fsdecode(k): v[4] for k, v in listing(t + "/src").items() if v[0] == 8}
    squash(t + "/src", t + "/img", "-b", "4096", "-no-fragments")
    size = os.path.getsize(t + "/img")
    for seed in range(10):
        image = shutil.copy(t + "/img", t + "/u")
        edit(image, random.Random(seed).randrange(96, size // 2), random.Random(seed).randbytes(2000))
        shutil.rmtree(t + "/out", ignore_errors=True)
        run("extract", image, "/", "-o", t + "/out", status=1)
        rows = {r["path"]: r for r in map(json.loads, open(t + "/out.manifest.jsonl"))}
        wrong = {p for p, content in want.items() if rows[p]["sha256"] != content}
        told = {p for p, r in rows.items() if r["damage"] or r.get("error")}
        assert wrong and wrong <= told, (seed, wrong - told)
    with open(t + "/u", "r+b") as f:
        f.truncate(size // 2)
    run("ls", t + "/u", status=None)
    assert run.status in (1, 3, 4) and run.stderr, run.status


def hostile(t):
    """names that climb out, a link and a folder of one name: nothing leaves the output folder"""
    path = REAL + "/fs-other/sqfsng_pathtraversal.sqfs"
    if not os.path.exists(path):
        raise Skip("the image is not here")
    run("ls", path, status=None)
    if "recognises but cannot read" in run.stderr:
        raise Skip("built without libsquashfs")
    run("extract", path, "/", "-o", t + "/a/out", status=None)
    have = {os.path.relpath(os.path.join(d, n), t) for d, ds, fs in os.walk(t) for n in ds + fs}
    # names are given in the order of the directory: the link comes first
    assert all(p.startswith("a") for p in have) and "a/out/DIR~2/gotcha.txt" in have, have
    assert not os.path.exists("/tmp/gotcha.txt")


def erofs(t):
    """erofs is named, and what to do"""
    system_tree(t + "/src")
    tool("mkfs.erofs", t + "/img", t + "/src")
    gpt(t + "/full.bin", [("lk", 1, None), ("system", 8, t + "/img"), ("userdata", 4, None)], 16)
    for args in ((t + "/img",), ("-p", "system", t + "/full.bin")):
        run("ls", *args, status=None)
        assert run.status and "erofs" in run.stderr and "mount -t erofs -o ro,loop" in run.stderr, run.stderr
        assert len(run.stderr.strip().splitlines()) == 1
    assert info(t + "/full.bin")["partitions"][1]["content"] == "erofs" or \
        any(p["content"] == "erofs" for p in info(t + "/full.bin")["partitions"])


main([compressions, platform, torn, hostile, erofs])
