#!/usr/bin/env python3
"""FAT and exFAT as people brought them: sizes of 0, torn and erased FATs, boot sectors gone; the reported images and their twins.

The real ones are in ../shared/real/reports/fs (README.tsv: file, command, expected, got, source)."""
import os
import random
import shutil
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from cards import *

# photos of the reported cards, as mtools reads them where the second FAT is whole
PHOTOS = ["f8b6ba33ee6a36003124ceac254bd237fb37d1303735767e8b69fb52782db4c6",
          "e7482cb02550123db30201e3d901b207e33e922b16e2abedd6a0ee9b8d608585",
          "8cab94bdcc612885e823785e842c81b05870a8a3a5a44b675359d4f16dd78d0c",
          "c68e45cc4ed7c24c477adcaaf0a7c3aa574d1db053444aa353662bb863d9b5f8",
          "6bc7a6d556866b7217d88266bcf3aa712be35f3ef7422bf92548156d7dc56a63",
          "b79737e5ce9a125037172939f92cb7a0b74dd4eff79edf3764b6e3fe62204990",
          "7d06bdc72c17a12cb6212a3c288fdb262518321d51d830d4b95e40170b90d665",
          "11e92f770ae48e433752b585fa799091c0d0f2926f47a073941d6fc6ba0e38e1"]
# bits, sectors per cluster, KiB: clusters from 512 bytes to 64 KiB
MEMBERS = [(12, 1, 1900), (12, 8, 8000), (16, 1, 6000), (16, 16, 50000), (16, 128, 300000), (32, 1, 36000), (32, 8, 300000)]


def real(t, name):
    return reported_file(t, "fs", name)


def extract(image, out, status=0):
    """{path: row of the manifest} of all regular files."""
    shutil.rmtree(out, ignore_errors=True)
    text = run("extract", image, "/", "-o", out, status=status).decode()
    rows = {r["path"]: r for r in map(json.loads, open(out + ".manifest.jsonl")) if r["type"] == "file"}
    return rows, text


def is_told(row):
    return bool(row["damage"] or row.get("error"))


def from_chain(row):
    return any("length from chain" in e["text"] for e in row.get("evidence", []))


def source(t, n=12, seed=1, names="IMG_{:04}.jpg"):
    """A tree of photos and other files, deep and with long names: {path: content}."""
    files = {f"DCIM/Camera/{names.format(i)}": photo(seed * 100 + i, 3000 + 4567 * i % 40000) for i in range(n)}
    rng = random.Random(seed)
    files["notes without an ending"] = rng.randbytes(7000) + b"!"
    files["deep/er/and a long name of a folder/still deeper/" + "x" * 120 + ".txt"] = b"some text\n" * 800
    files["one byte.bin"] = b"1"
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    return files


# ---- 3: sizes ----------------------------------------------------------------------------------------------------------------------

def reported_sizes(t):
    """reported: 8 photos whose entries have a size of 0 come back by their chains, byte for byte, on FAT32 and exFAT"""
    for name in ("fat32_sizes_zero.img", "exfat_sizes_zero.img"):
        rows, text = extract(real(t, name), t + "/out", 1)
        assert sorted(r["sha256"] for r in rows.values()) == sorted(PHOTOS), name
        assert all(from_chain(r) for r in rows.values()) and "8 files with a length from the chain" in text and "; 8 pictures" in text, text


def fat_sizes(t):
    """sizes of 0 and sizes too short, FAT12, FAT16, FAT32 with clusters of 512 bytes to 64 KiB: content by the chain, status 1"""
    files = source(t)
    write(f"{t}/src/empty.jpg", b"")
    for bits, per, kib in MEMBERS:
        image = fat(t + "/img", t + "/src", bits, per, kib)
        assert not any(from_chain(r) for r in extract(image, t + "/out")[0].values())
        card, wrong = Fat(image), {}
        for i, (path, at, first, size, is_dir) in enumerate(list(card.walk())):
            if is_dir or not first:
                continue
            stated = 0 if i % 2 else (size - 1) // card.cluster * card.cluster // 2
            card.set_size(at, stated)
            # a size that ends in the last cluster is not to be told from a right one
            if stated == 0 or (stated - 1) // card.cluster < (size - 1) // card.cluster:
                wrong[path] = stated
        rows, _ = extract(image, t + "/out", 1)
        for path, data in files.items():
            r = rows[path]
            assert (r["size"], r["sha256"]) == (len(data), sha256(data)), (bits, per, path, r["size"], len(data))
            assert from_chain(r) == (path in wrong), (bits, per, path)
        assert len(wrong) > len(files) / 2
        assert rows["empty.jpg"]["size"] == 0 and not from_chain(rows["empty.jpg"]), "no cluster: empty and sound"


def empty_is_sound(t):
    """a file without a cluster is empty: no word, status 0"""
    for i in range(3):
        write(f"{t}/src/e{i}.jpg", b"")
    for bits, per, kib in MEMBERS[:1] + MEMBERS[5:6]:
        rows, text = extract(fat(t + "/img", t + "/src", bits, per, kib), t + "/out")
        assert len(rows) == 3 and all(r["size"] == 0 and not from_chain(r) for r in rows.values()), text
    x = Exfat(t + "/x", 8)
    x.put("empty.jpg", b"")
    rows, _ = extract(x.path, t + "/out")
    assert rows["empty.jpg"]["size"] == 0 and not from_chain(rows["empty.jpg"])


def sizes_of_fragments(t):
    """a fragmented file of size 0 comes back by its chain"""
    files = {f"f{i:03}": random.Random(i).randbytes(4096) + b"." for i in range(200)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    image = fat(t + "/img", t + "/src", 16, 2, 8000)
    os.environ["MTOOLS_SKIP_CHECK"] = "1"
    for i in range(0, 200, 2):
        tool("mdel", "-i", image, f"::/f{i:03}")
    big = {"big.jpg": photo(7, 150000), "big.bin": random.Random(9).randbytes(120000) + b"."}
    for path, data in big.items():
        tool("mcopy", "-i", image, write(f"{t}/{path}", data), "::/")
    card = Fat(image)
    for path, at, first, size, is_dir in list(card.walk()):
        if path in big:
            chain = card.chain(first)
            assert any(b != a + 1 for a, b in zip(chain, chain[1:])), "not in pieces"
            card.set_size(at, 0)
    rows, _ = extract(image, t + "/out", 1)
    for path, data in big.items():
        assert rows[path]["sha256"] == sha256(data) and from_chain(rows[path]), path


def chain_of_zeros(t):
    """a size of 0 over clusters of zeros stays empty, and is named; a size over zeros behind it stays as it is, without a word"""
    write(t + "/src/zeros.bin", bytes(20000))
    write(t + "/src/reserved.bin", b"text" + bytes(20000))
    image = fat(t + "/img", t + "/src", 16, 2, 8000)
    card = Fat(image)
    at = {p: a for p, a, *_ in card.walk()}
    card.set_size(at["reserved.bin"], 4)
    rows, _ = extract(image, t + "/out")
    assert rows["reserved.bin"]["sha256"] == sha256(b"text")
    card.set_size(at["zeros.bin"], 0)
    rows, _ = extract(image, t + "/out", 1)
    assert rows["zeros.bin"]["size"] == 0 and from_chain(rows["zeros.bin"])


def exfat_sizes(t):
    """exFAT, sizes of 0: by the FAT, by the allocation bitmap where the file has no entries there, fragmented, all cluster sizes"""
    for mib, cluster in ((8, "512"), (16, "4K"), (64, "32K"), (64, "128K")):
        x, files = Exfat(t + "/x", mib, "-c", cluster), {}
        x.mkdir("DCIM")
        for i in range(10):
            data = photo(i, 2000 + 7919 * i) if i % 3 else random.Random(i).randbytes(9000 + i) + b"."
            path = f"DCIM/a rather long name of a photo, number {i}.jpg"
            x.put(path, data, run=i % 2 == 0, pieces=1 if i % 2 == 0 else 3)
            files[path] = data
        x.done()
        if shutil.which("fsck.exfat"):
            lost = subprocess.run(["fsck.exfat", "-n", x.path], capture_output=True).stdout.decode()
            assert "checksum" not in lost and "ERROR" not in lost, lost
        rows, _ = extract(x.path, t + "/out")
        assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, "not as it was put in"
        for path in files:
            x.set_size(path, 0)
        rows, _ = extract(x.path, t + "/out", 1)
        for path, data in files.items():
            assert rows[path]["sha256"] == sha256(data) and from_chain(rows[path]), (cluster, path, rows[path]["size"], len(data))


def exfat_short(t):
    """exFAT, a size that is shorter than the chain of the FAT: content by the chain"""
    x, data = Exfat(t + "/x", 16, "-c", "4K"), photo(3, 50000)
    x.put("a.jpg", data, pieces=2)
    x.set_size("a.jpg", 5000)
    rows, _ = extract(x.path, t + "/out", 1)
    assert rows["a.jpg"]["sha256"] == sha256(data) and from_chain(rows["a.jpg"])


# ---- 5: the FAT itself -------------------------------------------------------------------------------------------------------------

def reported_first_fat(t):
    """reported: the first FAT is FF: 8 photos by the second, no file of 512 bytes in .lost"""
    rows, text = extract(real(t, "fat32_first_fat_ff.img"), t + "/out", 1)
    assert sorted(r["sha256"] for r in rows.values()) == sorted(PHOTOS), text
    assert not any(is_told(r) for r in rows.values())


def reported_both_fats(t):
    """reported: both FATs are zeros: 8 photos as contiguous, each in doubt; the second cluster of their folder is found"""
    rows, text = extract(real(t, "fat32_both_fats_zero.img"), t + "/out", 1)
    assert sorted(r["sha256"] for r in rows.values()) == sorted(PHOTOS), text
    assert all(is_told(r) for r in rows.values()), "in doubt"


def torn_copy(t):
    """one FAT torn (FF, zeros, noise; all of it or a part; either copy): all files by the other one, nothing lost, nothing invented"""
    files = source(t, 30)
    for bits, per, kib in MEMBERS:
        image = fat(t + "/base", t + "/src", bits, per, kib)
        for copy in (0, 1):
            for what in (b"\xff", b"\0", random.Random(5).randbytes(4096)):
                for part in (0, 512):
                    torn = shutil.copy(image, t + "/img")
                    Fat(torn).fill_fat([copy], what, part)
                    rows, text = extract(torn, t + "/out", None)
                    assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, \
                        (bits, per, copy, what[:2], part, set(rows) ^ set(files), text)
                    if len(what) == 1:
                        assert not any(is_told(r) for r in rows.values()), (bits, per, copy, what)


def both_zero(t):
    """both FATs zero or FF: files are contiguous and in doubt where they need the FAT, folders are followed, FAT12 to FAT32"""
    files = source(t, 60)
    for bits, per, kib in MEMBERS:
        image = fat(t + "/img", t + "/src", bits, per, kib)
        for what in (b"\0", b"\xff"):
            card = Fat(image)
            card.fill_fat([0, 1], what)
            rows, text = extract(image, t + "/out", 1)
            assert set(rows) == set(files), (bits, per, what, set(rows) ^ set(files))
            for path, data in files.items():
                assert rows[path]["sha256"] == sha256(data), (bits, per, what, path)
                assert is_told(rows[path]) == (len(data) > card.cluster), (bits, per, what, path)


def both_zero_fragmented(t):
    """both FATs zero and a file in pieces: what is wrong is in doubt"""
    for i in range(200):
        write(f"{t}/src/f{i:03}", random.Random(i).randbytes(4096) + b".")
    image = fat(t + "/img", t + "/src", 16, 2, 8000)
    os.environ["MTOOLS_SKIP_CHECK"] = "1"
    for i in range(0, 200, 2):
        tool("mdel", "-i", image, f"::/f{i:03}")
    tool("mcopy", "-i", image, write(t + "/big.jpg", photo(7, 150000)), "::/")
    want = {p: sha256_file(f"{t}/src/{p}") for p in os.listdir(t + "/src")} | {"big.jpg": sha256_file(t + "/big.jpg")}
    Fat(image).fill_fat([0, 1], b"\0")
    rows, _ = extract(image, t + "/out", 1)
    assert len(rows) == 101
    for path, r in rows.items():
        assert r["sha256"] == want[path] or is_told(r), path
    assert is_told(rows["big.jpg"])


def one_copy_alone(t):
    """entries that one FAT alone has in use are no files"""
    files = source(t)
    image = fat(t + "/img", t + "/src", 32, 1, 36000)
    card = Fat(image)
    for c in range(5000, 5100):
        edit(image, card.fat_at + 4 * c, struct.pack("<I", 0x0fffffff))
    rows, _ = extract(image, t + "/out", None)
    assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, set(rows) ^ set(files)


def lost_by_copy(t):
    """the first FAT is FF and a folder is gone: its files are found by the second FAT"""
    files = source(t)
    image = fat(t + "/img", t + "/src", 32, 1, 36000)
    card = Fat(image)
    at, first = next((a, f) for p, a, f, _, d in card.walk() if p == "DCIM/Camera")
    for c in card.chain(first):
        edit(image, card.place(c), bytes(card.cluster))
    card.fill_fat([0], b"\xff")
    rows, _ = extract(image, t + "/out", 1)
    lost = [r for p, r in rows.items() if p.startswith(".lost/")]
    photos = [d for p, d in files.items() if p.startswith("DCIM/")]
    assert len(lost) == len(photos), len(lost)
    starts = {read(t + "/out/" + r["file"], 0, 3000) for r in lost}
    assert starts == {d[:3000] for d in photos}


def exfat_fat_zero(t):
    """exFAT with its FAT zero or FF: contiguous files come back, those that need the FAT in doubt, folders are followed"""
    for what in (b"\0", b"\xff"):
        x, files = Exfat(t + "/x", 32, "-c", "4K"), {}
        x.mkdir("DCIM")
        x.mkdir("DCIM/Camera")
        for i in range(60):
            path = f"DCIM/Camera/a name that needs more than one entry {i:03}.jpg"
            files[path] = photo(i, 2000 + 997 * i)
            x.put(path, files[path], run=i % 2 == 0)
        x.done()
        edit(x.path, x.fat_at, what * x.fat_len)
        rows, text = extract(x.path, t + "/out", 1)
        assert set(rows) == set(files), (what, len(rows), text)
        for i, (path, data) in enumerate(files.items()):
            assert rows[path]["sha256"] == sha256(data), (what, path)
            assert is_told(rows[path]) == (i % 2 == 1 and len(data) > x.cluster), (what, path)


def exfat_bitmap_torn(t):
    """exFAT with its allocation bitmap zero: told once, and the files are not in doubt for it"""
    x, files = Exfat(t + "/x", 32, "-c", "4K"), {}
    for i in range(10):
        files[f"p{i}.jpg"] = photo(i, 20000)
        x.put(f"p{i}.jpg", files[f"p{i}.jpg"], run=i % 2 == 0)
    edit(x.path, x.place(x.bitmap), bytes(x.cluster))
    rows, _ = extract(x.path, t + "/out", 1)
    assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}
    assert not any(is_told(r) for r in rows.values())
    assert run.stderr.count("bitmap") == 1, run.stderr


# ---- 10: boot sectors --------------------------------------------------------------------------------------------------------------

def reported_boots(t):
    """reported: both boot sectors of a FAT32 are FF: damaged, never wiped, and 8 photos"""
    image = real(t, "fat32_both_boot_sectors_ff.img")
    u = info(image, status=None)["userdata"]
    assert u["verdict"] == "damaged" and "wiped" not in u["sentence"], u
    rows, text = extract(image, t + "/out", 1)
    assert sorted(r["sha256"] for r in rows.values()) == sorted(PHOTOS), text


def reported_exfat_boots(t):
    """reported: both boot regions of an exFAT are FF: as a partition of a dump, damaged, and 8 photos"""
    image = real(t, "exfat_both_boots_ff.img")
    gpt(t + "/full", [("lk", 1, None), ("userdata", 40, image), ("flashinfo", 1, None)], 44)
    u = info(t + "/full", status=None)["userdata"]
    assert u["verdict"] == "damaged" and "wiped" not in u["sentence"], u
    rows, text = extract(t + "/full", t + "/out", 1)
    assert sorted(r["sha256"] for r in rows.values()) == sorted(PHOTOS), text
    run(t + "/full", "-o", t + "/job", status=1)
    assert sorted(sums(t + "/job/media").values()) == sorted(PHOTOS)


def in_dump(t, image, mib):
    """An image as the userdata of a dump: what is said of a bare file is another matter."""
    gpt(t + "/full", [("lk", 1, None), ("userdata", mib, image), ("flashinfo", 1, None)], mib + 4)
    return t + "/full"


def fat_boots(t):
    """FAT12, FAT16, FAT32 without boot sectors (zeros, FF, noise), with all sizes of clusters and roots: all files, by a derived layout"""
    files = source(t, 20)
    rng = random.Random(8)
    for bits, per, kib, *options in MEMBERS + [(16, 4, 16000, "-r", 240), (16, 4, 16000, "-r", 1024), (12, 4, 6000, "-r", 112),
                                               (16, 8, 30000, "-R", 16), (32, 1, 40000, "-R", 4000)]:
        image = fat(t + "/img", t + "/src", bits, per, kib, 512, *options)
        card = Fat(image)
        for what in (b"\0", b"\xff", rng.randbytes(512)) if kib < 40000 else (b"\0",):
            edit(image, 0, what * (card.fat_at // len(what)))
            dump = in_dump(t, image, (kib + 1023) // 1024) if what != b"\0" else image
            u = info(dump, status=None)["userdata"]
            assert u["verdict"] == "damaged" and u["openable"] == "yes", (bits, per, what[:1], u)
            rows, text = extract(dump, t + "/out", 1)
            assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, (bits, per, options, what[:1], text)
            assert "layout was derived" in run.stderr and f"FAT{bits}" in run.stderr, run.stderr


def fat_boots_and_first_fat(t):
    """boot sectors and the first FAT overwritten: the second FAT and the root tell the layout"""
    files = source(t, 20)
    for bits, per, kib in MEMBERS:
        image = fat(t + "/img", t + "/src", bits, per, kib)
        card = Fat(image)
        edit(image, 0, bytes(card.fat_at + card.fat_len))
        rows, text = extract(in_dump(t, image, (kib + 1023) // 1024), t + "/out", 1)
        assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, (bits, per, text)


def fat_boots_only_files(t):
    """without boot sectors and without a folder: the chains of the files tell the size of the clusters"""
    files = {f"p{i}.jpg": photo(i, 5000 + 9000 * i) for i in range(9)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    for bits, per, kib in MEMBERS:
        image = fat(t + "/img", t + "/src", bits, per, kib)
        edit(image, 0, bytes(Fat(image).fat_at))
        rows, text = extract(in_dump(t, image, (kib + 1023) // 1024), t + "/out", None)
        got = {p: r["sha256"] for p, r in rows.items()}
        assert got == {p: sha256(d) for p, d in files.items()} or not got, (bits, per, "a layout that is wrong")
        assert got or bits != 32, (bits, per)


def nothing_derived(t):
    """two like sectors that begin as a FAT does, and nothing else, are no FAT; nor is one called wiped"""
    with open(t + "/img", "wb") as f:
        f.truncate(32 << 20)
    for at in (16384, 16384 + 65536):
        edit(t + "/img", at, b"\xf8\xff\xff\x0f\xff\xff\xff\x0f" + b"\xff\xff\xff\x0f" * 20)
    u = info(in_dump(t, t + "/img", 32), status=None)["userdata"]
    assert u["verdict"] in ("unknown", "wiped") and u["openable"] == "no", u
    assert u["verdict"] != "wiped" or "looked at" in u["sentence"], u
    u = json.loads(run(t + "/full", "-o", t + "/job", "--json", status=None))["userdata"]
    assert u["verdict"] == "unknown" and "wiped" not in u["sentence"], "the job has seen these sectors"


def hardly_used(t):
    """a large card with little on it and no boot sectors: found though samples show nothing but zeros"""
    files = {"DCIM/a.jpg": photo(1, 30000), "DCIM/b.jpg": photo(2, 9000)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    image = fat(t + "/img", t + "/src", 32, 64, 16 << 20)
    edit(image, 0, bytes(Fat(image).fat_at))
    rows, text = extract(image, t + "/out", 1)
    assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, text
    assert info(image, status=None)["userdata"]["verdict"] == "damaged"
    x = Exfat(t + "/x", 16 << 10, "-c", "128K")
    x.put("a.jpg", files["DCIM/a.jpg"])
    edit(x.path, 0, bytes(24 * 512))
    assert info(x.path, status=None)["userdata"]["verdict"] == "damaged"
    rows, text = extract(x.path, t + "/out", 1)
    assert rows["a.jpg"]["sha256"] == sha256(files["DCIM/a.jpg"]), text


def exfat_boots(t):
    """exFAT without boot regions, clusters of 512 bytes to 1 MiB, boundaries: all files; also with its FAT gone"""
    for mib, *options in ((8, "-c", "512"), (16, "-c", "4K"), (64, "-c", "32K"), (300, "-c", "128K"), (600, "-c", "1M"),
                          (64, "-c", "4K", "-b", "64K"), (64, "-c", "16K", "-b", "4M"), (32, "-c", "8K", "-L", "CARD")):
        x, files = Exfat(t + "/x", mib, *options), {}
        x.mkdir("DCIM")
        for i in range(8):
            path = f"DCIM/photo number {i}.jpg"
            files[path] = photo(i, 3000 + 9000 * i)
            x.put(path, files[path], run=i % 2 == 0)
        x.done()
        for what, end in ((b"\0", 24 * 512), (b"\xff", 24 * 512), (b"\xff", x.fat_at), (b"\0", x.fat_at + 512)):
            edit(x.path, 0, what * end)
            dump = in_dump(t, x.path, mib)
            u = info(dump, status=None)["userdata"]
            assert u["verdict"] == "damaged", (options, u)
            rows, text = extract(dump, t + "/out", 1)
            assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, (options, what, end, text)


def cut_short(t):
    """FAT and exFAT that are cut short, with and without boot sectors: all names, what is missing is told, the rest is right"""
    files = {f"DCIM/p{i:02}.jpg": photo(i, 9000 + 1999 * i) for i in range(30)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    for bits, per, kib in ((12, 8, 8000), (16, 8, 30000), (32, 8, 300000)):
        image = fat(t + "/img", t + "/src", bits, per, kib)
        card = Fat(image)
        last = max(c for _, _, first, *_ in card.walk() if first for c in card.chain(first))
        with open(image, "r+b") as f:
            f.truncate(card.place(last - last // 8))
        a = info(image, status=1)
        assert a["image"]["complete"] is False and a["partitions"][0]["state"] == "partial", (bits, a["image"])
        assert any("length" in n["text"] for n in a["notes"]), a["notes"]
        for without in (False, True):
            if without:
                edit(image, 0, bytes(card.fat_at))
            rows, text = extract(image, t + "/out", 1)
            assert set(rows) == set(files), (bits, without, set(rows) ^ set(files))
            assert all(is_told(r) or r["sha256"] == sha256(files[p]) for p, r in rows.items()), (bits, without)
            assert 0 < sum(is_told(r) for r in rows.values()) < len(rows)
    x, files = Exfat(t + "/x", 32, "-c", "4K"), {}
    for i in range(10):
        files[f"p{i}.jpg"] = photo(i, 20000 + i)
        x.put(f"p{i}.jpg", files[f"p{i}.jpg"], run=i % 2 == 0)
    with open(x.path, "r+b") as f:
        f.truncate(x.place(x.next - 20))
    assert info(x.path, status=1)["partitions"][0]["state"] == "partial"
    for without in (False, True):
        if without:
            edit(x.path, 0, bytes(24 * 512))
        rows, text = extract(x.path, t + "/out", 1)
        assert set(rows) == set(files), (without, text)
        assert all(is_told(r) or r["sha256"] == sha256(files[p]) for p, r in rows.items())


def both_fats_and_sizes(t):
    """both FATs zero and sizes of 0: by the formats, up to where the next file begins; marked and in doubt"""
    files = {f"p{i:02}.jpg": photo(i, 5000 + 3001 * i) for i in range(20)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    for bits, per, kib in ((16, 4, 16000), (32, 1, 36000)):
        image = fat(t + "/img", t + "/src", bits, per, kib)
        card = Fat(image)
        for _, at, first, _, is_dir in list(card.walk()):
            if first and not is_dir:
                card.set_size(at, 0)
        card.fill_fat([0, 1], b"\0")
        rows, text = extract(image, t + "/out", 1)
        assert {p: r["sha256"] for p, r in rows.items()} == {p: sha256(d) for p, d in files.items()}, text
        assert all(from_chain(r) and is_told(r) for r in rows.values()), text


def no_f2fs(t):
    """the rising numbers of a FAT are no nodes of f2fs: nothing is said of one, with or without a layout"""
    files = {f"film{i}.mp4": random.Random(i).randbytes(9 << 20) for i in range(3)}
    for path, data in files.items():
        write(f"{t}/src/{path}", data)
    for per, kib in ((1, 60000), (8, 300000)):
        image = fat(t + "/img", t + "/src", 32, per, kib)
        card = Fat(image)
        edit(image, 0, bytes(card.fat_at))
        for at in (None, card.data_at, card.fat_at):
            if at:
                edit(image, at, bytes(512))
            u = info(in_dump(t, image, (kib + 1023) // 1024), status=None)["userdata"]
            assert "f2fs" not in u["sentence"] and u["filesystem"] != "f2fs", u


main([reported_sizes, fat_sizes, empty_is_sound, sizes_of_fragments, chain_of_zeros, exfat_sizes, exfat_short, reported_first_fat,
      reported_both_fats, torn_copy, both_zero, both_zero_fragmented, one_copy_alone, lost_by_copy, exfat_fat_zero, exfat_bitmap_torn, reported_boots,
      reported_exfat_boots, fat_boots, fat_boots_and_first_fat, fat_boots_only_files, nothing_derived, hardly_used, exfat_boots, no_f2fs,
      cut_short, both_fats_and_sizes])
