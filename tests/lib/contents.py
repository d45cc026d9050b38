"""A small MediaTek phone of which every partition holds something real: ext4 by mke2fs, f2fs by mkfs.f2fs, boot images by
mkbootimg, images with MediaTek's header, a super with two logical partitions. Its table is made by sgdisk."""
import os
import random
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "fixtures"))
import lib as makers
import lp
from dumps import MIB, Skip, edit, gpt, read, tool

PRELOADER = makers.preloader(b"preloader_k6797v1_64.bin", "mt6797", b"MT6797")


def boot1(size):
    """A raw boot area with that preloader."""
    return makers.boot1("EMMC_BOOT", PRELOADER).ljust(size, b"\0")


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def small_ext4(path, mib, files, seed=1):
    tree = path + ".tree"
    os.makedirs(tree + "/dir")
    rng = random.Random(seed)
    for i in range(files):
        write(f"{tree}/dir/file{i}", rng.randbytes(rng.choice([10, 5000, 70000])))
    write(tree + "/build.prop", b"ro.build.version.release=10\nro.product.model=Test\n")
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-b", 4096, "-d", tree, path, f"{mib}M")
    return path


def f2fs(path, mib):
    if not shutil.which("mkfs.f2fs", path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
        raise Skip("mkfs.f2fs is not installed")
    with open(path, "wb") as f:
        f.truncate(mib * MIB)
    tool("mkfs.f2fs", "-q", "-l", "data", path)
    return path


def f2fs_size(path):
    blocks, = struct.unpack("<Q", read(path, 1024 + 36, 8))
    return blocks * 4096


def boot_image(path, seed):
    if not shutil.which("mkbootimg"):
        raise Skip("mkbootimg is not installed")
    write(path + ".kernel", random.Random(seed).randbytes(700000))
    write(path + ".ramdisk", random.Random(seed + 1).randbytes(300000))
    tool("mkbootimg", "--kernel", path + ".kernel", "--ramdisk", path + ".ramdisk", "--pagesize", 2048, "-o", path)
    return path


def mtk_image(path, name, n, seed):
    return write(path, makers.mtk_header(name, random.Random(seed).randbytes(n)))


def phone(folder, userdata="f2fs"):
    """The dump, [(name, start, length)], {name: its file}."""
    w = folder + "/parts"
    os.makedirs(w)
    logical = [("system_a", open(small_ext4(w + "/system_a", 6, 20), "rb").read()),
               ("vendor_a", open(small_ext4(w + "/vendor_a", 4, 10, 5), "rb").read())]
    lp.build(w + "/super", 20 * MIB, logical)
    files = {"recovery": boot_image(w + "/recovery", 10), "boot": boot_image(w + "/boot", 20),
             "proinfo": write(w + "/proinfo", random.Random(30).randbytes(100000)),
             "nvram": write(w + "/nvram", random.Random(31).randbytes(900000)),
             "protect1": small_ext4(w + "/protect1", 8, 2, 40), "lk": mtk_image(w + "/lk", "lk", 500000, 50),
             "logo": mtk_image(w + "/logo", "logo", 600000, 51), "tee1": mtk_image(w + "/tee1", "atf", 400000, 52),
             "super": w + "/super", "cache": small_ext4(w + "/cache", 8, 1, 60)}
    if userdata == "f2fs":
        files["userdata"] = f2fs(w + "/userdata", 52)
    else:
        files["userdata"] = small_ext4(w + "/userdata", 52, 60, 70)
    sizes = [("recovery", 2), ("para", 1), ("expdb", 1), ("nvdata", 2), ("protect1", 8), ("seccfg", 1), ("proinfo", 1), ("nvram", 1),
             ("lk", 1), ("boot", 2), ("logo", 1), ("tee1", 1), ("super", 20), ("cache", 8), ("userdata", 52), ("flashinfo", 1)]
    rows = gpt(folder + "/full.bin", [(n, s, files.get(n)) for n, s in sizes], sum(s for _, s in sizes) + 2)
    return folder + "/full.bin", rows, files


def wipe_gpt(path, primary=True, backup=True):
    size = os.path.getsize(path)
    if primary:
        edit(path, 0, bytes(34 * 512))
    if backup:
        edit(path, size - 33 * 512, bytes(33 * 512))
