#!/usr/bin/env python3
"""What people reported of filesystems: where they begin, how long they are, and what lies over them.

The real ones are in ../shared/real/reports/fs (README.tsv: file, command, expected, got); twins of their kinds are made here.
What was put in is known by its digests."""
import gzip
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from dumps import *



def real(t, name):
    return reported_file(t, "fs", name + ".img")


# the photos of the reported images, the same eight in all of them, as debugfs reads them
REPORTED = {"f8b6ba33ee6a36003124ceac254bd237fb37d1303735767e8b69fb52782db4c6", "e7482cb02550123db30201e3d901b207e33e922b16e2abedd6a0ee9b8d608585",
            "8cab94bdcc612885e823785e842c81b05870a8a3a5a44b675359d4f16dd78d0c", "c68e45cc4ed7c24c477adcaaf0a7c3aa574d1db053444aa353662bb863d9b5f8",
            "6bc7a6d556866b7217d88266bcf3aa712be35f3ef7422bf92548156d7dc56a63", "b79737e5ce9a125037172939f92cb7a0b74dd4eff79edf3764b6e3fe62204990",
            "7d06bdc72c17a12cb6212a3c288fdb262518321d51d830d4b95e40170b90d665", "11e92f770ae48e433752b585fa799091c0d0f2926f47a073941d6fc6ba0e38e1"}


def photos(folder):
    """Sorted (name, digest) of the JPEG files below a folder."""
    return sorted((name, sha256_file(os.path.join(at, name))) for at, _, names in os.walk(folder) for name in names
                  if name.endswith(".jpg"))


def reported(t, name, n, status, *words):
    """extract / and the whole job save n photos; info says all those words."""
    image = real(t, name)
    run("extract", image, "/", "-o", t + "/x", status=status)
    first = photos(t + "/x")
    assert len(first) == n and {digest for _, digest in first} <= REPORTED, (name, first)
    run(image, "-o", t + "/job", status=status)
    assert photos(t + "/job/media") == first, name
    text = run("info", image, status=None).decode()
    assert all(w in text for w in words), text
    report = info(image, status=None)
    return image, report


def head_reported(t):
    """reported: FF, text or a JPEG over the first 64 KiB of an ext4: its backup is used"""
    for name in ("ext4_first_64k_zero", "ext4_first_64k_ff", "ext4_first_64k_text", "ext4_jpeg_over_start"):
        reported(t + "", name, 8, 1, "not encrypted, but damaged", "backup")
        tool("rm", "-r", t + "/x", t + "/job", t + "/x.manifest.jsonl")


def over_reported(t):
    """reported: a boot image over the start of userdata, and zeros there: 23 photos by extract and by the whole job"""
    for name in ("zeros_over_userdata", "boot_over_userdata"):
        reported(t, name, 23, 1, "damaged")
        tool("rm", "-r", t + "/x", t + "/job", t + "/x.manifest.jsonl")


def start_reported(t):
    """reported: ext4 behind 512 bytes and 64 KiB, f2fs behind 1 MiB: read from there, and said"""
    for name, kind, start in (("ext4_behind_512_zeros", "ext4", 0x200), ("ext4_behind_64k_noise", "ext4", 0x10000),
                              ("f2fs_behind_1m_zeros", "f2fs", 0x100000)):
        image, report = reported(t, name, 8, 0, f"{kind} begins at {start:#x} of this file", "not encrypted")
        assert report["userdata"]["verdict"] == "plain" and report["partitions"][0]["content"] == kind
        tool("rm", "-r", t + "/x", t + "/job", t + "/x.manifest.jsonl")


def small_reported(t):
    """reported: a small ext4 over a large one: both are told, and --filesystem 2 reads the older one"""
    image, report = reported(t, "small_ext4_over_userdata", 8, 1, "--filesystem 2", "200 MiB")
    run("extract", image, "/", "--filesystem", "2", "-o", t + "/old", status=1)
    old = photos(t + "/old")
    assert len(old) == 23 and {digest for _, digest in old} <= REPORTED
    run("ls", image, "--filesystem", "3", status=1)
    assert "2 were found" in run.stderr, run.stderr


def backup_reported(t):
    """reported: backups where e2fsprogs puts them: block 65528 of 8 KiB, groups of 8192 blocks"""
    for name in ("ext4_8k_first_super_gone", "ext4_g8192_first_super_gone"):
        reported(t, name, 8, 1, "backup")
        tool("rm", "-r", t + "/x", t + "/job", t + "/x.manifest.jsonl")


def features_reported(t):
    """reported: f2fs -O ro, and ext4 without file types but with checksums, are sound"""
    for name in ("f2fs_ro_sound", "ext4_nofiletype_sound"):
        _, report = reported(t, name, 8, 0, "not encrypted")
        assert not [n for n in report["notes"] if n["level"] == "damage"], report["notes"]
        tool("rm", "-r", t + "/x", t + "/job", t + "/x.manifest.jsonl")


def system_inodes_reported(t):
    """reported: quota and orphan file are not the user's lost files, and /media goes back in place"""
    image, _ = reported(t, "ext4_quota_orphanfile_root_damaged", 8, 1)
    assert sorted(os.listdir(t + "/x/media/0")) == ["DCIM"]
    names = sorted(os.listdir(t + "/x/.lost"))
    assert names == ["#11", "#14"], names
    assert all(os.path.isdir(f"{t}/x/.lost/{n}") for n in names)


def cut_reported(t):
    """reported: a file that ends before its filesystem is cut short: said, with the length to read"""
    image = real(t, "ext4_cut_short")
    report = info(image, status=1)
    assert report["image"]["complete"] is False and report["partitions"][0]["state"] == "partial"
    assert report["partitions"][0]["size"] == 67108864
    text = run("info", image, status=1).decode()
    assert "cut short" in text and "length 0x4000000" in text, text


def udisk_reported(t):
    """reported: a GPT whose userdata is called UDISK: its photo is saved"""
    path = REAL + "/reports/mtk/gpt_UDISK.bin.xz"
    if not os.path.exists(path):
        raise Skip("there is none here")
    with lzma.open(path) as f, open(t + "/d", "wb") as out:
        out.write(f.read())
    assert info(t + "/d")["userdata"]["partition"] == "UDISK"
    run(t + "/d", "-o", t + "/job")
    assert os.path.getsize(t + "/job/media/DCIM/q.png") > 0


# ---- the kinds ---------------------------------------------------------------------------------------------------------------------

def photo_tree(t, n=12):
    """A tree with whole JPEGs of several sizes in it: their digests."""
    r = random.Random(5)
    os.makedirs(t + "/tree/media/0/DCIM/Camera")
    wanted = []
    for i in range(n):
        data = b"\xff\xd8\xff\xe0" + r.randbytes(r.choice((900, 5000, 40000, 200000))).replace(b"\xff", b"\xfe") + b"\xff\xd9"
        with open(f"{t}/tree/media/0/DCIM/Camera/IMG_{i:02}.jpg", "wb") as f:
            f.write(data)
        wanted.append((f"IMG_{i:02}.jpg", sha256(data)))
    return wanted


def behind(path, image, head):
    with open(path, "wb") as out, open(image, "rb") as f:
        out.write(head)
        while block := f.read(1 << 20):
            out.write(block) if block.strip(b"\0") else out.seek(len(block), 1)
        out.truncate(out.tell())
    return path


HEADS = {"noise": lambda n: random.Random(n).randbytes(n), "zeros": bytes, "ff": lambda n: b"\xff" * n,
         "text": lambda n: (b"BAD SECTOR" * (n // 10 + 1))[:n]}


def starts_ext4(t):
    """ext4 of 1, 2 and 4 KiB blocks behind 512 bytes to 1 MiB of noise, zeros, FF or text: every photo, and the start"""
    wanted = photo_tree(t)
    for bs in (1024, 2048, 4096):
        ext4(f"{t}/u{bs}", t + "/tree", 24, "-b", bs)
    for i, (start, head) in enumerate(((512, "ff"), (1536, "noise"), (4096, "text"), (65536, "noise"), (0x4e200, "zeros"),
                                       (1 << 20, "noise"), (1 << 20, "text"))):
        image = behind(t + "/d", f"{t}/u{(1024, 2048, 4096)[i % 3]}", HEADS[head](start))
        run("extract", image, "/", "-o", t + "/x")
        assert photos(t + "/x") == wanted, (start, head)
        assert f"ext4 begins at {start:#x} of this file" in run("info", image).decode(), (start, head)
        tool("rm", "-r", t + "/x")


def starts_far(t):
    """a start that info does not search for is found where all is read: by extract and by the whole job, with the verdict"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 24, "-b", 1024)
    for start, head in ((3 << 20, "zeros"), (5242880 + 4096, "noise")):
        image = behind(t + "/d", t + "/u", HEADS[head](start))
        run("extract", image, "/", "-o", t + "/x")
        assert photos(t + "/x") == wanted, (start, head)
        run(image, "-o", t + "/job")
        assert photos(t + "/job/media") == wanted, (start, head)
        report = json.load(open(t + "/job/report.json"))
        assert report["userdata"]["verdict"] == "plain" and f"{start:#x}" in json.dumps(report["notes"]), report["userdata"]
        tool("rm", "-r", t + "/x", t + "/job")


def starts_in_partition(t):
    """the same inside the partition userdata of a dump, by the whole job; the pass brings the bytes"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 24)
    behind(t + "/shifted", t + "/u", HEADS["noise"](81920))
    gpt(t + "/full.bin", [("cache", 1, None), ("userdata", 26, t + "/shifted")], 32)
    run(t + "/full.bin", "-o", t + "/job")
    assert photos(t + "/job/media") == wanted
    text = run("info", t + "/full.bin").decode()
    assert "ext4 begins at 0x14000 of this partition" in text, text
    gpt(t + "/other.bin", [("system", 26, t + "/shifted"), ("boot", 1, None)], 32)
    run("extract", t + "/other.bin", "-p", "system", "/", "-o", t + "/sys")
    assert photos(t + "/sys") == wanted and "begins at 0x14000" in run.stderr, run.stderr
    run("ls", t + "/other.bin", "-p", "boot", status=1)


def named_otherwise(t):
    """userdata under other names, or by what it holds; the storage with DCIM in its root too; a system is none"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 24)
    os.makedirs(t + "/as/data")
    os.rename(t + "/tree/media", t + "/as/data/media")
    ext4(t + "/below", t + "/as", 24)
    ext4(t + "/root", t + "/as/data/media/0", 24)
    os.makedirs(t + "/sys/app")
    ext4(t + "/s", t + "/sys", 8)
    for name, content in (("UserData", "u"), ("DATA", "u"), ("USRDATA", "u"), ("userdata_a", "u"), ("UDISK", "u"), ("storage", "u"),
                          ("p7", "below"), ("intern", "root")):
        gpt(t + "/full.bin", [("system", 8, t + "/s"), (name, 24, f"{t}/{content}"), ("custom", 1, None)], 40)
        assert info(t + "/full.bin")["userdata"]["partition"] == name
        run(t + "/full.bin", "-o", t + "/job")
        assert photos(t + "/job/media") == wanted, name
        tool("rm", "-r", t + "/job")
    gpt(t + "/full.bin", [("system", 8, t + "/s"), ("custom", 1, None)], 16)
    assert info(t + "/full.bin")["userdata"]["verdict"] == "absent"
    assert b"Read the whole" not in run("info", t + "/full.bin")
    os.truncate(t + "/full.bin", 12 << 20)
    assert b"Read the whole" in run("info", t + "/full.bin", status=None)


def starts_by_backup(t):
    """the start is derived from a backup when the first superblock behind a head is gone too"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 48, "-b", 1024)
    edit(t + "/u", 0, bytes(4096))
    for start in (0, 512, 65536):
        image = behind(t + "/d", t + "/u", HEADS["noise"](start))
        run("extract", image, "/", "-o", t + "/x", status=1)
        assert photos(t + "/x") == wanted, start
        tool("rm", "-r", t + "/x")


def f2fs_nodes(t):
    """f2fs of which only nodes are left, behind 0 to 4 MiB: right bytes under each name, or none"""
    path = REAL + "/f2fs/a1_f2fs_modern"
    if not os.path.exists(path + ".img.xz"):
        raise Skip("there is none here")
    truth = {}
    for line in open(path + ".manifest.tsv"):
        row = line.rstrip("\n").split("\t")
        truth[row[0]] = row[10] if row[1] == "f" else None
    with lzma.open(path + ".img.xz") as f:
        data = bytearray(f.read())
    data[:3074 * 4096] = bytes(3074 * 4096)
    for start in (0, 12288, 1 << 20):
        with open(t + "/d", "wb") as f:
            f.write(random.Random(1).randbytes(start) + data)
        run("extract", t + "/d", "/", "-o", t + "/x", status=1)
        rows = [json.loads(line) for line in open(t + "/x.manifest.jsonl")]
        good = [r for r in rows if r.get("sha256") and truth.get(r["path"]) == r["sha256"]]
        bad = [r["path"] for r in rows if r.get("sha256") and not r.get("lost") and truth.get(r["path"]) not in (None, r["sha256"])]
        assert len(good) > 700 and not bad, (start, len(good), bad[:5])
        tool("rm", "-r", t + "/x")


def backups_by_mke2fs(t):
    """the first superblock gone: groups of other sizes, bigalloc, sparse_super2, blocks of 16 and 64 KiB"""
    wanted, made = photo_tree(t), 0
    for mib, options in ((40, ("-b", "1024", "-g", "4096")), (160, ("-b", "4096", "-g", "16384")),
                         (48, ("-b", "1024", "-O", "sparse_super2")), (600, ("-b", "4096", "-O", "bigalloc", "-C", "16384")),
                         (1100, ("-b", "16384",)), (4200, ("-b", "65536",))):
        try:
            ext4(t + "/u", t + "/tree", mib, *options)
        except subprocess.CalledProcessError:
            continue
        made += 1
        edit(t + "/u", 0, bytes(65536 if options[1] == "65536" else 4096))
        run("extract", t + "/u", "/", "-o", t + "/x", status=1)
        assert photos(t + "/x") == wanted, options
        tool("rm", "-r", t + "/x", t + "/u")
    assert made >= 4, made


def controls(t):
    """what is no dump stays none: a JPEG, a PDF, a text and a gzip alone are refused, also when they are large"""
    r = random.Random(2)
    text = " ".join(r.choice(("the", "phone", "hung", "at", "its", "logo")) for _ in range(600000)).encode()
    bodies = {"a.txt": text, "b.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + r.randbytes(3 << 20) + b"\xff\xd9",
              "c.pdf": b"%PDF-1.4\n" + r.randbytes(2 << 20) + b"\n%%EOF\n"}
    for name, body in bodies.items():
        with open(f"{t}/{name}", "wb") as f:
            f.write(body)
        run("info", f"{t}/{name}", status=3)
        run(f"{t}/{name}", "-o", t + "/job", status=3)
        assert not os.path.exists(t + "/job")


def archive(kind, data):
    """An archive of that kind with one file in it."""
    out = io.BytesIO()
    if kind == "gz":
        return gzip.compress(data, 1)
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as z:
            z.writestr("userdata.img", data)
    if kind == "tar":
        with tarfile.open(fileobj=out, mode="w") as a:
            row = tarfile.TarInfo("userdata.img")
            row.size = len(data)
            a.addfile(row, io.BytesIO(data))
    return out.getvalue() or {"7z": b"7z\xbc\xaf\x27\x1c\0\4", "bz2": b"BZh91AY&SY", "lz4": bytes.fromhex("04224d18")}[kind] + data


def archive_over_start(t):
    """an archive written over the start of userdata, or of a dump, ends nothing; an archive that holds userdata stays one"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 24, "-b", 1024)
    gpt(t + "/full.bin", [("userdata", 24, t + "/u")], 28)
    noise = random.Random(4).randbytes(30000)
    for kind in ("gz", "zip", "tar", "7z", "bz2", "lz4"):
        for name in ("u", "full.bin"):
            with open(f"{t}/{name}", "rb") as f, open(t + "/d", "wb") as out:
                out.write(archive(kind, noise) + f.read()[len(archive(kind, noise)):])
            run("extract", t + "/d", "-o", t + "/x", status=None)
            assert photos(t + "/x") == wanted, (kind, name, run.stderr)
            tool("rm", "-r", t + "/x")
            with open(f"{t}/{name}", "rb") as f, open(t + "/a", "wb") as out:
                out.write(archive(kind, f.read()))
            run("info", t + "/a", status=3)


def encrypted_stays(t):
    """noise with a stale backup superblock of an older filesystem in it is not called readable"""
    photo_tree(t)
    ext4(t + "/u", t + "/tree", 160, "-b", 4096)
    backup = read(t + "/u", 128 << 20, 4096)
    assert backup[0x38:0x3a] == b"\x53\xef"
    with open(t + "/d", "wb") as f:
        f.write(random.Random(3).randbytes(160 << 20))
    edit(t + "/d", 128 << 20, backup)
    report = info(t + "/d", status=None)["userdata"]
    assert report["verdict"] not in ("plain", "fbe"), report["summary"]
    run("extract", t + "/d", "/", "-o", t + "/x", status=None)
    assert not os.path.exists(t + "/x") or not photos(t + "/x")


def sound_stays(t):
    """a sound filesystem is opened as it is: nothing is searched for, nothing noted"""
    wanted = photo_tree(t)
    ext4(t + "/u", t + "/tree", 24)
    run("extract", t + "/u", "/", "-o", t + "/x")
    assert photos(t + "/x") == wanted and "begins at" not in run("info", t + "/u").decode()


def cut_short(t):
    """ext4 and f2fs cut at any place behind their superblock: partial, with the length that is told"""
    photo_tree(t)
    ext4(t + "/u", t + "/tree", 24)
    with open(t + "/f", "wb") as f:
        f.truncate(64 << 20)
    tool("mkfs.f2fs", "-q", t + "/f")
    for image, size in ((t + "/u", 24 << 20), (t + "/f", 64 << 20)):
        for length in (size - 512, size // 2, size // 8):
            os.truncate(image, length)
            report = info(image, status=1)
            assert report["image"]["complete"] is False and report["partitions"][0]["state"] == "partial", (image, length)
            assert report["partitions"][0]["size"] == size, (image, length)


main([head_reported, over_reported, start_reported, small_reported, backup_reported, features_reported, system_inodes_reported,
      cut_reported, udisk_reported, named_otherwise, starts_ext4, starts_far, starts_in_partition, starts_by_backup, f2fs_nodes, backups_by_mke2fs, controls, archive_over_start, encrypted_stays,
      sound_stays, cut_short])
