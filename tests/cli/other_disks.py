#!/usr/bin/env python3
"""Outputs that are not an ordinary folder on an ordinary disk: mount points, ".", few descriptors, deep trees, FAT-like disks."""
import contextlib
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *


def plain(root):
    return {k: v[4] for k, v in listing(root).items() if v[0] == 8}


def mounted(t, *args):
    """A filesystem at t/disk, unmounted by the caller; skips where that is not allowed."""
    os.makedirs(t + "/disk")
    try:
        tool("mount", *args, t + "/disk")
    except (subprocess.CalledProcessError, FileNotFoundError) as e:
        raise Skip("nothing can be mounted here") from e
    return t + "/disk"


@contextlib.contextmanager
def disk_of(t, mib, make, *mount):
    """A disk made by that command and mounted by the other; skips where one is missing or not allowed."""
    image, loop = t + "/disk.img", None
    with open(image, "wb") as f:
        f.truncate(mib << 20)
    os.makedirs(t + "/disk")
    try:
        loop = tool("losetup", "--find", "--show", image).strip()
        tool(*make, loop)
        tool(*mount, loop, t + "/disk")
    except (subprocess.CalledProcessError, FileNotFoundError) as e:
        if loop:
            tool("losetup", "--detach", loop)
        raise Skip(f"{make[0]} or {mount[0]} cannot be used here") from e
    try:
        yield t + "/disk"
    finally:
        tool("umount", t + "/disk")
        tool("losetup", "--detach", loop)


def reruns(t, disk, status):
    """Three runs onto a disk: the first saves what was put in, the others change nothing."""
    dump, media, _ = phone(t, 12)
    os.link(media + "/DCIM/Camera/IMG_0001.jpg", media + "/DCIM/Camera/other name.jpg")
    names = {"a:b?.txt": "strict", "CASE.txt": "upper", "case.txt": "lower", "Case.TXT": "mixed"}
    for name, text in names.items():
        with open(f"{media}/{name}", "w") as f:
            f.write(text)
    ext4(t + "/userdata", t + "/data")
    gpt(t + "/full.bin", [("userdata", 32, t + "/userdata")], 40)
    run(t + "/full.bin", "-o", disk + "/out", status=status)
    first = listing(disk + "/out/media")
    assert sorted(plain(disk + "/out/media").values()) == sorted(plain(media).values())
    for i in range(2):
        # a disk that was unplugged in between: nothing of it is in memory
        run(t + "/full.bin", "-o", disk + "/out", status=status)
        assert listing(disk + "/out/media") == first, f"run {i + 2} changed it"
        run("verify", disk + "/out")
    run("extract", t + "/userdata", "-o", disk + "/x", status=status)
    first = listing(disk + "/x")
    run("extract", t + "/userdata", "-o", disk + "/x", status=status)
    assert listing(disk + "/x") == first
    assert not os.path.lexists(disk + "/x/.part") and not os.path.lexists(disk + "/out/.part")


def coarse_ext4(t):
    """reruns onto an ext4 with inodes of 128 bytes, which keeps seconds only, change nothing"""
    with disk_of(t, 96, ("mke2fs", "-q", "-I", "128"), "mount") as disk:
        reruns(t, disk, 0)


def in_memory(t):
    """reruns onto a tmpfs change nothing"""
    disk = mounted(t, "-t", "tmpfs", "tmpfs")
    try:
        reruns(t, disk, 0)
    finally:
        tool("umount", disk)


def ntfs(t):
    """reruns onto an NTFS through FUSE change nothing"""
    with disk_of(t, 96, ("mkntfs", "-Q", "-q"), "ntfs-3g") as disk:
        reruns(t, disk, 0)


def exfat(t):
    """onto an exFAT through FUSE: no links, names without regard to case; everything is saved, and reruns change nothing"""
    with disk_of(t, 96, ("mkfs.exfat",), "mount.exfat-fuse") as disk:
        reruns(t, disk, None)
        names = {n.lower() for n in os.listdir(disk + "/out/media")}
        assert {"case.txt", "case~2.txt", "case~3.txt", "a_b_.txt"} <= names, names


FAT = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/vfs.h>
#include <unistd.h>
int fstatfs64(int fd, struct statfs64 *s)
{
	int (*real)(int, struct statfs64 *) = dlsym(RTLD_NEXT, "fstatfs64");
	int r = real(fd, s);
	s->f_type = 0x4d44;
	return r;
}
int ftruncate64(int fd, off64_t n)
{
	int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
	if (n <= 0xffffffffL)
		return real(fd, n);
	errno = EFBIG;
	return -1;
}
"""


def fat_limit(t):
    """a disk that takes no 4 GiB (FAT): the job says so before it writes; extract leaves out the one file, by name"""
    if os.path.basename(os.path.dirname(PROGRAM)) in ("asan", "tsan"):
        raise Skip("sanitizers come first in what is preloaded")
    with open(t + "/fat.c", "w") as f:
        f.write(FAT)
    tool(*os.environ.get("CC", "gcc").split(), "-shared", "-fPIC", "-o", t + "/fat.so", t + "/fat.c", "-ldl")
    env = dict(os.environ, LD_PRELOAD=t + "/fat.so")
    os.makedirs(t + "/tree/media/0")
    for name, size in (("big.mp4", (4 << 30) + 1), ("small.jpg", 1000)):
        with open(f"{t}/tree/media/0/{name}", "wb") as f:
            f.write(b"x" * 1000)
            f.truncate(size)
    ext4(t + "/userdata", t + "/tree", 5 << 10)
    gpt(t + "/full.bin", [("userdata", 5 << 10, t + "/userdata")], (5 << 10) + 8)
    run(t + "/full.bin", "-o", t + "/job", env=env, status=5)
    assert "FAT" in run.stderr and "userdata" in run.stderr and "5 GiB" in run.stderr, run.stderr
    assert not os.path.exists(t + "/job/media") and not os.path.exists(t + "/job/.part")
    run("extract", t + "/full.bin", "-o", t + "/x", env=env, status=1)
    assert sorted(os.listdir(t + "/x")) == ["small.jpg"] and "big.mp4" in run.stderr and "FAT" in run.stderr, run.stderr
    run(t + "/full.bin", "-o", t + "/job", "--no-hash")
    assert os.path.getsize(t + "/job/media/big.mp4") == (4 << 30) + 1


def mount_point(t):
    """extract -o MOUNTPOINT: the manifest lies on another disk, beside it"""
    dump, media, _ = phone(t, 8)
    disk = mounted(t, "-t", "tmpfs", "tmpfs")
    try:
        for _ in range(2):
            run("extract", dump, "-o", disk)
            assert plain(disk) == plain(media)
            assert len(open(t + "/disk.manifest.jsonl").readlines()) == len(listing(media))
            assert not os.path.exists(t + "/disk.manifest.jsonl.part")
    finally:
        tool("umount", disk)


def strict_names(t):
    """a rerun onto exFAT, which refuses some names: what is there under its safe name takes no room again"""
    os.makedirs(t + "/tree/media/0")
    for i in range(4):
        with open(f"{t}/tree/media/0/12:0{i} video.mp4", "wb") as f:
            f.write(os.urandom(1 << 20) * 5)
    ext4(t + "/u", t + "/tree", 64)
    with disk_of(t, 38, ("mkfs.exfat",), "mount.exfat-fuse") as disk:
        for _ in range(2):
            run("extract", t + "/u", "-o", disk + "/out")
            assert sorted(os.listdir(disk + "/out")) == [f"12_0{i} video.mp4" for i in range(4)]
            for i in range(4):
                assert sha256_file(f"{disk}/out/12_0{i} video.mp4") == sha256_file(f"{t}/tree/media/0/12:0{i} video.mp4")


def dot(t):
    """extract -o . and -o ..: into the folder one stands in"""
    dump, media, _ = phone(t, 8)
    os.makedirs(t + "/here/below")
    run("extract", dump, "-o", ".", cwd=t + "/here")
    assert os.path.exists(t + "/here.manifest.jsonl")
    os.rmdir(t + "/here/below")
    assert plain(t + "/here") == plain(media)
    os.makedirs(t + "/there/below")
    run("extract", dump, "-o", "../", cwd=t + "/there/below")
    assert os.path.exists(t + "/there.manifest.jsonl")


def few_descriptors(t):
    """64 descriptors are enough, also for a tree deeper than that and for many files at a time"""
    folder = t + "/tree/media/0"
    for i in range(120):
        folder += f"/level {i:03}"
    os.makedirs(folder)
    with open(folder + "/deep.txt", "w") as f:
        f.write("deep down")
    for i in range(300):
        with open(f"{t}/tree/media/0/{i:03}.bin", "wb") as f:
            f.write(bytes([i % 256, 1]) * 3000)
    ext4(t + "/userdata", t + "/tree", 16)
    gpt(t + "/full.bin", [("userdata", 16, t + "/userdata")], 20)

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    run("extract", t + "/userdata", "-o", t + "/out", preexec_fn=limit)
    assert plain(t + "/out") == plain(t + "/tree/media/0")
    run(t + "/full.bin", "-o", t + "/job", preexec_fn=limit)
    assert plain(t + "/job/media") == plain(t + "/tree/media/0")


def staging_of_the_dump(t):
    """a folder .part in the dump is saved like any other, beside our own"""
    os.makedirs(t + "/tree/.part/sub")
    for name in (".part/photo.jpg", ".part/sub/p2.jpg"):
        with open(f"{t}/tree/{name}", "w") as f:
            f.write(name)
    ext4(t + "/u", t + "/tree", 4)
    os.makedirs(t + "/out")
    with open(t + "/out/mine", "w") as f:
        f.write("mine")
    for _ in range(2):
        run("extract", t + "/u", "/", "-o", t + "/out")
        with open(t + "/out/.part~2/photo.jpg") as f, open(t + "/out/.part~2/sub/p2.jpg") as g:
            assert (f.read(), g.read()) == (".part/photo.jpg", ".part/sub/p2.jpg")
        assert sorted(os.listdir(t + "/out")) == [".part~2", "lost+found", "mine"]


def hard_link_names(t):
    """a rerun does not take a foreign file for the second name of one"""
    os.makedirs(t + "/tree")
    with open(t + "/tree/a.jpg", "w") as f:
        f.write("one file")
    os.link(t + "/tree/a.jpg", t + "/tree/b.jpg")
    ext4(t + "/u", t + "/tree", 4)
    run("extract", t + "/u", "/", "-o", t + "/out")
    second = "b.jpg" if os.stat(t + "/out/a.jpg").st_nlink == 2 else None
    assert second
    rows = {r["path"]: r for r in map(json.loads, open(t + "/out.manifest.jsonl"))}
    name = next(p for p, r in rows.items() if "link_to" in r)
    os.unlink(f"{t}/out/{name}")
    with open(f"{t}/out/{name}", "w") as f:
        f.write("junk")
    for _ in range(2):
        run("extract", t + "/u", "/", "-o", t + "/out")
        with open(f"{t}/out/{name}") as f:
            assert f.read() == "junk"
        with open(f"{t}/out/{name[0]}~2.jpg") as f:
            assert f.read() == "one file"
        assert not os.path.exists(f"{t}/out/{name[0]}~3.jpg")


main([fat_limit, coarse_ext4, in_memory, ntfs, exfat, mount_point, strict_names, dot, few_descriptors, staging_of_the_dump, hard_link_names])
