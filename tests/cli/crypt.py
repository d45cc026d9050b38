#!/usr/bin/env python3
"""Encrypted userdata: the verdict on every real image and, where a secret opens it, every file against its manifest."""
import glob
import lzma
import os
import pty
import shutil
import signal
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import lp
from dumps import *

_run = run


def run(*args, status=0, text=True, **kw):
    """As dumps.run; the output is kept too, as text unless bytes are wanted."""
    if "input" in kw:
        kw["input"] = kw["input"].encode()
    out = _run(*args, status=status, **kw)
    run.stdout = out.decode(errors="replace") if text else out
    run.stderr, run.status = _run.stderr, _run.status
    return run.stdout


FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
REAL = os.environ.get("ROMSPLIT_REAL")


def real(path, to):
    if not REAL or not os.path.exists(f"{REAL}/{path}"):
        raise Skip(f"{path} is not here (ROMSPLIT_REAL)")
    with open(to, "wb") as f:
        f.write(lzma.open(f"{REAL}/{path}").read())
    return to


def facts(path):
    if not REAL or not os.path.exists(f"{REAL}/{path}"):
        raise Skip(f"{path} is not here (ROMSPLIT_REAL)")
    return json.load(open(f"{REAL}/{path}"))


def noise(n, seed):
    """Ciphertext to look at; the same in each run, so that what fails fails again."""
    return random.Random(seed).randbytes(n)


def fixture(case, path):
    with open(path, "wb") as f:
        f.write(lzma.open(f"{FIXTURES}/{case}/image.xz").read())
    return path


def password_file(t, password):
    with open(t + "/password", "w") as f:
        f.write(password + "\n")
    return t + "/password"


def key_file(t, *keys):
    with open(t + "/keys", "w") as f:
        f.write("".join(k + "\n" for k in keys))
    return t + "/keys"


def fbe_keys(name):
    return {k: v["raw_hex"] for k, v in facts(f"fbe/{name}.keys.json")["keys"].items()}


def verdict(*args, status=0):
    u = json.loads(run("info", "--json", *args, status=status))["userdata"]
    assert u["openable"] != "yes" or "only be opened on the phone" not in u["sentence"], u
    return u


def manifest_of(out):
    return {r["path"]: r for r in map(json.loads, open(out + ".manifest.jsonl"))}


# ---- full-disk encryption ---------------------------------------------------------------------------------------


def check_fde(t, name, *secret, image=None, fs=None):
    """The decrypted image and each file are what the maker of the image, and dm-crypt, saw."""
    want = facts(f"fde/{name}.info.json")
    image = image or real(f"fde/{name}.img.xz", t + "/u")
    before = sha256_file(image)
    u = verdict(image, *secret)
    assert (u["verdict"], u["openable"], u["filesystem"]) == ("fde", "yes", "ext4"), u
    run("unlock", image, *secret, "-o", t + "/dec")
    assert sha256_file(t + "/dec") == want["plain_fs_sha256"]
    run("extract", image, "/", "-o", t + "/out", *secret)
    have = listing(t + "/out")
    for path, f in want["files"].items():
        assert sha256_file(f"{t}/out/{path}") == f["sha256"], path
    assert len([1 for v in have.values() if v[0] == 8]) == len(want["files"])
    assert sha256_file(image) == before
    for text in (want["master_key_hex"], want["password"]):
        assert text == "default_password" or text not in run.stdout + run.stderr


def fde_pin(t):
    """footer 1.3, scrypt, a PIN; the wrong one is said at once, with status 4"""
    check_fde(t, "userdata_fde_pin", "--password-file", password_file(t, "4711"))
    for command in ("info", "ls", "unlock", "extract"):
        run(command, t + "/u", "--password-file", password_file(t, "4712"), status=4)
        assert "not the right one" in run.stderr, run.stderr
    run("unlock", t + "/u", status=4)
    run("ls", t + "/u", status=4)


def fde_key(t):
    """the raw master key, and a wrong one"""
    key = facts("fde/userdata_fde_pin.info.json")["master_key_hex"]
    check_fde(t, "userdata_fde_pin", "--key-file", key_file(t, key))
    run("unlock", t + "/u", "--key-file", key_file(t, key[::-1]), status=4)


def fde_without_footer(t):
    """a footer cut off, with zeros or by length: the raw key still opens it"""
    image = real("fde/userdata_fde_pin.img.xz", t + "/u")
    data = open(image, "rb").read()
    key = facts("fde/userdata_fde_pin.info.json")["master_key_hex"]
    for cut in (data[:-16384], data[:-16384] + bytes(16384)):
        open(image, "wb").write(cut)
        u = verdict(image)
        assert (u["verdict"], u["grade"], u["confidence"]) == ("encrypted-unknown", "statistical", 0.8), u
        run("ls", image, "/media/0", "--key-file", key_file(t, key))
        assert "DCIM" in run.stdout
        run("unlock", image, "--password-file", password_file(t, "4711"), status=4)


def fde_softkm(t):
    """kdf 5 whose RSA key lies in an old software key blob"""
    check_fde(t, "userdata_fde_softkm", "--password-file", password_file(t, "1357"))


def fde_hexdefault(t):
    """Android 5: the default password as hex, tried without asking"""
    check_fde(t, "userdata_fde_hexdefault")


def fde_inplace(t):
    """encrypted in place: free blocks are given as they lie"""
    check_fde(t, "userdata_fde_inplace", "--password-file", password_file(t, "correct horse"))
    u = verdict(t + "/u", "--password-file", t + "/password")
    assert any("in place" in e["text"] for e in u["evidence"])


def fde_footer_elsewhere(t):
    """the footer in the metadata partition of a whole dump; the whole job saves the photos"""
    userdata = real("fde/userdata_fde_default_meta.img.xz", t + "/userdata")
    meta = real("fde/userdata_fde_default_meta.metadata.img.xz", t + "/metadata")
    want = facts("fde/userdata_fde_default_meta.info.json")
    image = dump_of(t, {"metadata": meta, "userdata": userdata})
    check_fde(t, "userdata_fde_default_meta", image=image)
    report = json.loads(run(image, "--json", "-o", t + "/job"))
    assert report["userdata"]["openable"] == "yes" and report["userdata"]["verdict"] == "fde"
    photos = {p[8:]: f for p, f in want["files"].items() if p.startswith("media/0/")}
    assert report["media"]["files"] == len(photos)
    for path, f in photos.items():
        assert sha256_file(f"{t}/job/media/{path}") == f["sha256"]
    run("verify", t + "/job")


def fde_keymaster(t):
    """kdf 5 with a key of the TEE: refused, and said why"""
    image = real("fde/userdata_fde_keymaster.img.xz", t + "/u")
    u = verdict(image)
    assert (u["verdict"], u["openable"]) == ("fde", "device") and "keymaster" in u["sentence"], u
    run("unlock", image, "--password-file", password_file(t, "1234"), status=4)
    assert "hardware" in run.stderr


def fde_try_pins(t):
    """--try-pins finds a PIN, after it said how long it may take"""
    image = fixture("fde-1.1", t + "/u")
    run("unlock", image, "--try-pins", "4")
    assert "at most" in run.stderr and "the PIN is 0742" in run.stderr, run.stderr
    run("unlock", fixture("fde-1.1", t + "/u"), "--try-pins", "4", "-o", t + "/dec")
    with open(image, "r+b") as f:  # another salt: no PIN fits
        f.seek(-16384 + 152, 2)
        f.write(bytes(16))
    run("unlock", image, "--try-pins", "4", status=4)
    assert "no PIN of" in run.stderr, run.stderr


def stop_trying(t):
    """Ctrl-C ends --try-pins at once, as it ends all else"""
    image = fixture("fde-pin", t + "/u")
    data = bytearray(open(image, "rb").read())
    data[-16384 + 188:-16384 + 192] = bytes([2, 15, 3, 1])  # slow, and no PIN fits
    open(image, "wb").write(data)
    p = subprocess.Popen([os.environ["ROMSPLIT"], "unlock", image, "--try-pins", "8"], stderr=subprocess.PIPE)
    assert b"at most" in p.stderr.readline()
    p.send_signal(signal.SIGINT)
    assert p.wait(timeout=30) == 130 and b"stopped" in p.stderr.read()
    p.stderr.close()


def fde_versions(t):
    """footers 1.0 to 1.3, PBKDF2 and scrypt, keys of 16 and 32 bytes, interrupted: the files that were put in"""
    for case in ("fde-1.0", "fde-1.1", "fde-1.2", "fde-1.3", "fde-unit-2048", "fde-unit-4096",
                 "fde-xts", "fde-interrupted", "fde-torn-border"):
        want = json.load(open(f"{FIXTURES}/{case}/secret.json"))
        image = fixture(case, t + "/u")
        args = ("--password-file", password_file(t, want["password"]))
        u = verdict(image, *args)
        assert u["openable"] == "yes" and u["verdict"] == want["verdict"], (case, u)
        run("unlock", image, *args, "-o", t + "/dec")
        assert sha256_file(t + "/dec") == want["plain_sha256"], case
        os.unlink(t + "/dec")
        run("cat", image, "/media/0/IMG_1.jpg", *args, text=False)
        assert sha256(run.stdout) == want["photo_sha256"], case


def footer_negatives(t):
    """stale footer, header only, hostile numbers in every field: never a wrong answer"""
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    footer = len(data) - 16384
    for at, size, value in [(16, 4, 0xfffffff0), (24, 8, 2**64 - 1), (8, 4, 0xffffffff), (188, 1, 9), (189, 1, 63),
                            (190, 1, 255), (191, 1, 255), (2280, 4, 0xffffffff), (192, 8, 2**64 - 1), (168, 8, 2**63),
                            (16, 4, 0), (36, 4, 0), (4, 2, 7)]:
        bad = bytearray(data)
        bad[footer + at:footer + at + size] = value.to_bytes(size, "little")
        open(t + "/u", "wb").write(bad)
        run("unlock", t + "/u", "--password-file", password_file(t, "wrong"), status=None)
        assert run.status == 4 or (run.status == 3 and at in (4, 16, 36)), (at, run.status)
        assert "romsplit: " in run.stderr and len(run.stderr.splitlines()) == 1, (at, run.stderr)
    for n in (4, 40, 150, 1000, 2300):  # the dump ends inside of the footer
        open(t + "/u", "wb").write(data[:footer] + data[footer:footer + n])
        run("info", t + "/u", status=None)
        assert run.status in (0, 1, 3)
    plain = lzma.open(f"{FIXTURES}/ext4-small/image.xz").read()
    open(t + "/u", "wb").write(plain[:-16384] + data[footer:])
    u = verdict(t + "/u")
    assert u["verdict"] == "plain" and "stale" in u["sentence"], u


def noise_is_not_encryption(t):
    """a plain ext4 filled with noise is plain; without its superblock it is not called encrypted; zeros and FF"""
    os.mkdir(t + "/tree")
    open(t + "/tree/video.mp4", "wb").write(noise(12 << 20, 1))
    ext4(t + "/u", t + "/tree", 16)
    assert verdict(t + "/u")["verdict"] == "plain"
    edit(t + "/u", 1024, bytes(1024))
    u = verdict(t + "/u")
    assert u["verdict"] not in ("encrypted-unknown", "metadata", "fde"), u
    for fill in (b"\0", b"\xff"):
        open(t + "/u", "wb").write(fill * (4 << 20))
        assert verdict(t + "/u")["verdict"] == "wiped"


def several_footers(t):
    """a footer of another phone, or an old one, in front of the right one: both are named, the right one opens"""
    want = json.load(open(f"{FIXTURES}/fde-1.3/secret.json"))
    data = lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read()
    right, wrong = data[-16384:], bytearray(data[-16384:])
    wrong[152:168] = bytes(16)  # another salt: another key
    open(t + "/userdata", "wb").write(data)
    args = ("--password-file", password_file(t, want["password"]))
    for sectors in (None, 100, 2**40):
        if sectors:
            wrong[24:32] = sectors.to_bytes(8, "little")
        open(t + "/metadata", "wb").write(wrong + bytes(1 << 20))
        image = dump_of(t, {"metadata": t + "/metadata", "userdata": t + "/userdata"})
        u = verdict(image)
        assert u["verdict"] == "fde" and "footer in `userdata`" in u["sentence"], (sectors, u["sentence"])
        assert len(u["detail"]["footer"]) == 2
        assert any("another phone" in e["text"] for e in u["evidence"]) == bool(sectors)
        assert verdict(image, *args)["openable"] == "yes", sectors
    open(t + "/userdata", "wb").write(data[:-16384] + wrong[:24] + right[24:32] + wrong[32:])
    open(t + "/metadata", "wb").write(right + bytes(1 << 20))
    u = verdict(dump_of(t, {"metadata": t + "/metadata", "userdata": t + "/userdata"}), *args)
    assert u["openable"] == "yes" and "footer in `metadata`" in u["sentence"], u
    open(t + "/metadata", "wb").write(wrong + bytes(1 << 20))  # made for another size, and the only one
    wrong[24:32] = (100).to_bytes(8, "little")
    open(t + "/metadata", "wb").write(wrong + bytes(1 << 20))
    open(t + "/userdata", "wb").write(data[:-16384])
    os.truncate(t + "/userdata", 4 << 20)
    u = verdict(dump_of(t, {"metadata": t + "/metadata", "userdata": t + "/userdata"}))
    assert u["verdict"] != "fde" or u["confidence"] < 0.95, u


def torn_footer(t):
    """the dump ends within the 16 KiB of the footer: what is there of it is enough"""
    want = json.load(open(f"{FIXTURES}/fde-1.3/secret.json"))
    data = lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read()
    args = ("--password-file", password_file(t, want["password"]))
    for n in (2352, 3000, 16383):
        open(t + "/userdata", "wb").write(data)
        image = dump_of(t, {"userdata": t + "/userdata"})
        os.truncate(image, (1 << 20) + len(data) - 16384 + n)
        u = verdict(image, *args, status=1)
        assert (u["verdict"], u["openable"]) == ("fde", "yes"), (n, u)


def in_place_with_old_data(t):
    """encrypted in place on a phone long in use: most blocks hold readable old data, and the footer still tells"""
    want = json.load(open(f"{FIXTURES}/fde-1.3/secret.json"))
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    old = (b"a line of a letter that was deleted long ago\n" * 100)[:4096]
    free = [b for b in range(65536, len(data) - 16384, 4096) if not any(data[b:b + 4096])]
    assert len(free) > 40
    for b in free:
        data[b:b + 4096] = old
    open(t + "/u", "wb").write(data)
    u = verdict(t + "/u")
    assert (u["verdict"], u["openable"]) == ("fde", "password") and u["confidence"] < 0.95, u
    assert "most likely" in u["sentence"]
    args = ("--password-file", password_file(t, want["password"]))
    u = verdict(t + "/u", *args)
    assert (u["verdict"], u["openable"], u["confidence"]) == ("fde", "yes", 1.0), u
    run("unlock", t + "/u", *args, "-o", t + "/dec")
    assert read(t + "/dec", free[3], 4096) == old
    for flags in (0, 2):
        data = bytes(2 << 20) + data[-16384:-16384 + 12] + bytes([flags, 0, 0, 0]) + data[-16384 + 16:]
        open(t + "/u", "wb").write(data)
        u = verdict(t + "/u")
        assert u["verdict"] in ("unknown", "wiped") and "wiped" in u["sentence"], u


def border_found(t):
    """the power went: the border is found, also where nothing but zeros was encrypted before it"""
    want = json.load(open(f"{FIXTURES}/fde-1.3/secret.json"))
    args = ("--password-file", password_file(t, want["password"]))
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    open(t + "/u", "wb").write(data)
    run("unlock", t + "/u", *args, "-o", t + "/dec")
    plain = open(t + "/dec", "rb").read()
    salt = bytes(data[-16384 + 152:-16384 + 168])
    ik = hashlib.scrypt(want["password"].encode(), salt=salt, n=1 << 10, r=8, p=2, dklen=32)
    key = openssl("-d", ik, data[-16384 + 104:-16384 + 120])
    border = next(b for b in range(65536, len(plain), 4096) if not any(plain[b:b + 3 * 4096])) + 2 * 4096
    for s in range(border // 512 - 16, border // 512):  # zeros, encrypted like all else before the border
        iv = subprocess.run(["openssl", "enc", "-aes-256-ecb", "-nopad", "-K", hashlib.sha256(key).hexdigest()],
                            input=struct.pack("<QQ", s, 0), capture_output=True, check=True).stdout
        data[s * 512:s * 512 + 512] = openssl("-e", key + iv, bytes(512))
    data[border:len(plain)] = plain[border:]
    data[-16384 + 12] = 4
    open(t + "/u", "wb").write(data)
    os.unlink(t + "/dec")
    u = verdict(t + "/u", *args)
    assert u["verdict"] == "fde-interrupted" and u["openable"] == "yes", u
    assert "not known" in " ".join(e["text"] for e in u["evidence"])
    run("unlock", t + "/u", *args, "-o", t + "/dec")
    assert open(t + "/dec", "rb").read() == plain


def default_password(t):
    """Android's default password is tried unasked where no PIN or pattern was set"""
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    at, salt = len(data) - 16384, bytes(data[-16384 + 152:-16384 + 168])
    word = hashlib.scrypt(b"correct horse", salt=salt, n=1 << 10, r=8, p=2, dklen=32)
    other = hashlib.scrypt(b"default_password", salt=salt, n=1 << 10, r=8, p=2, dklen=32)
    key = openssl("-d", word, data[at + 104:at + 120])
    data[at + 104:at + 120] = openssl("-e", other, key)
    for kind, openable in ((0, "yes"), (1, "yes"), (2, "password"), (3, "password")):
        data[at + 20] = kind
        open(t + "/u", "wb").write(data)
        assert verdict(t + "/u")["openable"] == openable, kind


def early_pattern(t):
    """the first Android 5 took the pattern's dots from 0 on, as bytes in hex; given in a file it opens too"""
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    salt = bytes(data[-16384 + 152:-16384 + 168])
    derive = lambda word: hashlib.scrypt(word, salt=salt, n=1 << 10, r=8, p=2, dklen=32)
    key = openssl("-d", derive(b"correct horse"), data[-16384 + 104:-16384 + 120])
    for word in (b"14789", b"14789".hex().encode(), b"0003060708"):
        data[-16384 + 104:-16384 + 120] = openssl("-e", derive(word), key)
        data[-16384 + 20] = 2
        open(t + "/u", "wb").write(data)
        assert verdict(t + "/u", "--password-file", password_file(t, "14789"))["openable"] == "yes", word


def openssl(way, ik, data):
    return subprocess.run(["openssl", "enc", "-aes-128-cbc", way, "-nopad", "-K", ik[:16].hex(), "-iv", ik[16:].hex()],
                          input=bytes(data), capture_output=True, check=True).stdout


def superblock_leftover(t):
    """an old superblock before ciphertext is a leftover: the footer tells; without one it stays uncertain"""
    data = bytearray(lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read())
    plain = lzma.open(f"{FIXTURES}/ext4-small/image.xz").read()
    data[1024:2048] = plain[1024:2048]
    data[4096:len(data) - 16384] = noise(len(data) - 16384 - 4096, 2)
    open(t + "/u", "wb").write(data)
    assert verdict(t + "/u")["verdict"] == "fde"
    open(t + "/u", "wb").write(data[:-16384] + noise(2 << 20, 3))
    u = verdict(t + "/u")
    assert u["verdict"] == "damaged" and u["confidence"] <= 0.5 and u["openable"] == "no", u


def by_a_backup(t):
    """the first superblock gone: what the backup leads to decides, encrypted files too; nothing is promised without it"""
    os.makedirs(t + "/tree/media/0")
    open(t + "/tree/media/0/film.mp4", "wb").write(noise(1 << 20, 4))
    ext4(t + "/u", t + "/tree", 160)
    edit(t + "/u", 1024, bytes(1024))
    u = verdict(t + "/u")
    assert (u["verdict"], u["openable"]) == ("damaged", "yes") and "not encrypted" in u["sentence"], u
    run("cat", t + "/u", "/media/0/film.mp4", text=False)
    assert run.stdout == open(t + "/tree/media/0/film.mp4", "rb").read()
    ext4(t + "/u", t + "/tree", 160)
    tool("debugfs", "-w", "-R", "set_inode_field /media flags 0x80800", t + "/u")
    edit(t + "/u", 1024, bytes(1024))
    u = verdict(t + "/u")
    assert u["verdict"] == "fbe" and "not encrypted" not in u["sentence"], u
    ext4(t + "/u", t + "/tree", 160)
    root = inode_at(t + "/u", "/")
    edit(t + "/u", 0, noise(16 << 20, 5))
    u = verdict(t + "/u")
    assert (u["verdict"], u["openable"]) == ("damaged", "no") and "not encrypted" not in u["sentence"], u
    run("ls", t + "/u", status=1)
    for flags in (0, 0x800, 0x80000, 0x10000000):  # a root directory by chance: block numbers, encrypted, extents, inline
        for deleted in (1, 0):
            edit(t + "/u", root, struct.pack("<H", 0x41ED))
            edit(t + "/u", root + 0x14, struct.pack("<I", deleted))
            edit(t + "/u", root + 0x20, struct.pack("<I", flags))
            u = verdict(t + "/u")
            assert (u["verdict"], u["openable"]) == ("damaged", "no") and "not encrypted" not in u["sentence"], (flags, u)
            run("ls", t + "/u", status=1)
            assert "leads to no readable root" in run.stderr, run.stderr


def sampled_zeros(t):
    """an empty partition of which only samples were read: no more is said than was seen"""
    with open(t + "/u", "wb") as f:
        for _ in range(64):
            f.write(b"\xff" * (1 << 20))
    u = verdict(t + "/u")
    assert u["verdict"] == "wiped" and "looked at" in u["sentence"], u


def cut_off(t):
    """a dump that ends within encrypted userdata says that the key lay behind its end"""
    data = lzma.open(f"{FIXTURES}/fde-1.3/image.xz").read()
    open(t + "/userdata", "wb").write(noise(4 << 20, 6) + data)
    image = dump_of(t, {"userdata": t + "/userdata"})
    os.truncate(image, (3 << 20))
    u = verdict(image, status=1)
    assert u["verdict"] == "encrypted-unknown" and "read the whole memory" in u["sentence"], u


# ---- file-based encryption ----------------------------------------------------------------------------------------


def check_fbe(t, name, image=None, key_args=None):
    want = facts(f"fbe/{name}.manifest.json")["entries"]
    image = image or real(f"fbe/{name}.img.xz", t + "/u")
    args = key_args or ("--key-file", key_file(t, *fbe_keys(name).values()))
    before = sha256_file(image)
    run("extract", image, "/", "-o", t + "/out", *args)
    have = manifest_of(t + "/out")
    n = 0
    for e in want:
        row = have.get(e["path"])
        assert row, e["path"]
        assert row["inode"] == e["ino"], e["path"]
        if e["type"] == "file":
            assert row["sha256"] == e["sha256"], (e["path"], row)
            assert sha256_file(f"{t}/out/{row['file']}") == e["sha256"], e["path"]
        if e["type"] == "symlink":
            assert row["target"] == e["target"], e["path"]
            assert os.readlink(f"{t}/out/{row['file']}") == e["target"]
        n += 1
    assert n == len(want) > 200
    assert sha256_file(image) == before


def fbe(name):
    def test(t):
        check_fbe(t, name)
    test.__doc__ = f"{name}: every name, symlink and content with the keys"
    test.__name__ = name
    return test


def fbe_without(t):
    """without keys: the folders and their keys are named, sizes and dates counted, nothing else"""
    image = real("fbe/userdata_fbe_v2.img.xz", t + "/u")
    keys = facts("fbe/userdata_fbe_v2.keys.json")["keys"]
    report = json.loads(run("info", "--json", image))["userdata"]
    assert (report["verdict"], report["openable"], report["grade"]) == ("fbe", "device", "derived")
    text = " ".join(e["text"] for e in report["evidence"])
    for k in keys.values():
        assert k["reference_hex"] in text
    folders = {f["path"]: f for f in report["detail"]["folders"]}
    assert folders["/media/0"]["key"] == keys["user_ce"]["reference_hex"]
    assert folders["/app"]["key"] == keys["system_de"]["reference_hex"]
    files = [e for e in facts("fbe/userdata_fbe_v2.manifest.json")["entries"]
             if e["type"] == "file" and e["path"].startswith("media/0/")]
    assert report["detail"]["media_files"] == len(files)
    assert report["detail"]["media_bytes"] == sum(e["size"] for e in files)
    run("ls", image, "/media/0", status=4)
    run("unlock", image, status=4)


def fbe_some_keys(t):
    """one key opens its folders; the closed ones are listed; a wrong key is said"""
    image = real("fbe/userdata_fbe_v2.img.xz", t + "/u")
    keys = fbe_keys("userdata_fbe_v2")
    u = verdict(image, "--key-file", key_file(t, keys["user_ce"]))
    assert u["openable"] == "yes" and u["verdict"] == "fbe", u
    assert any("/app remains locked" in e["text"] for e in u["evidence"])
    assert not any("/media/0 remains locked" in e["text"] for e in u["evidence"])
    u = verdict(image, "--key-file", key_file(t, keys["system_de"]))
    assert u["openable"] != "yes" and "photos remains locked" in u["sentence"], u
    run("ls", image, "/app", "--key-file", t + "/keys")
    run("ls", image, "/media/0", "--key-file", t + "/keys", status=4)
    run("info", image, "--key-file", key_file(t, "11" * 32 + "22" * 32), status=4)
    assert "none of the given keys" in run.stderr


def fbe_feature_only(t):
    """the feature bit alone is no encryption"""
    u = verdict(real("fbe/userdata_plain_featonly.img.xz", t + "/u"))
    assert (u["verdict"], u["openable"]) == ("plain", "yes"), u


def fbe_small(t):
    """the fixture whose policy the kernel set: the key opens it, names and contents"""
    image = fixture("fbe-v2", t + "/u")
    import random
    key = random.Random(9).randbytes(64)
    run("cat", image, "/media/0/secret.jpg", "--key-file", key_file(t, key.hex()), text=False)
    assert run.stdout == random.Random(1).randbytes(6000)
    run("ls", image, "/media/0", "--key-file", t + "/keys")
    assert "link -> secret.jpg" in run.stdout and "long name " * 20 in run.stdout + " "
    with open(t + "/raw", "wb") as f:
        f.write(key)
    run("unlock", image, "--key-file", t + "/raw")
    run("unlock", image, "--key-file", t + "/raw", "-o", t + "/dec", status=2)
    assert not os.path.exists(t + "/dec")


def soft_keystore(t):
    """keys behind a software keymaster open without anything given, the user's by way of the system's"""
    import random
    image = fixture("fbe-softkey", t + "/u")
    u = verdict(image)
    assert (u["verdict"], u["openable"]) == ("fbe", "yes") and "software keymaster" in u["sentence"], u
    run("cat", image, "/media/0/secret.jpg", text=False)
    assert run.stdout == random.Random(1).randbytes(6000)
    data = open(image, "rb").read()
    blob = b"pKMblob\0" + b"\0\x20\0\0\0" + random.Random(40).randbytes(32)
    assert data.count(blob) == 1
    open(image, "wb").write(data.replace(blob, blob[:-1] + bytes([blob[-1] ^ 1])))  # another key: the tag does not agree
    u = verdict(image)
    assert u["openable"] == "device", u


def modes(t):
    """IV_INO_LBLK_64, IV_INO_LBLK_32, AES-128-CBC-ESSIV with AES-128-CTS: names and contents"""
    image = fixture("fbe-modes", t + "/u")
    want = json.load(open(f"{FIXTURES}/fbe-modes/files.json"))
    for folder, sum_ in want["files"].items():
        run("cat", image, f"/{folder}/{want['name']}", "--key-file", key_file(t, want["key"]), text=False)
        assert sha256(run.stdout) == sum_, folder
    text = " ".join(e["text"] for e in verdict(image)["evidence"])
    assert "/essiv is encrypted: policy v2, contents AES-128-CBC-ESSIV, names AES-128-CTS-CBC, flags 0x02" in text, text


def host_units(t):
    """MediaTek's eMMC host encrypts contents in units of 512 bytes, with 8 times the number: found by what lies behind
    the ends of files"""
    image = fixture("fbe-host-units", t + "/u")
    want = json.load(open(f"{FIXTURES}/fbe-host-units/files.json"))
    run("extract", image, "/", "-o", t + "/out", "--key-file", key_file(t, want["key"]))
    for path, sum_ in want["files"].items():
        assert sha256_file(f"{t}/out/{path}") == sum_, path


# ---- metadata encryption --------------------------------------------------------------------------------------------


def metadata(t):
    """metadata encryption with file-based encryption inside, its key directory in the metadata partition"""
    userdata = real("metaenc/userdata_meta4k.img.xz", t + "/userdata")
    meta = real("metaenc/userdata_meta4k.metadata.img.xz", t + "/metadata")
    key = facts("metaenc/userdata_meta4k.info.json")["metadata_key_hex"]
    keys = fbe_keys("userdata_fbe_v2")
    image = dump_of(t, {"md_udc": meta, "userdata": userdata})
    u = verdict(image)
    assert (u["verdict"], u["openable"], u["confidence"]) == ("metadata", "device", 0.99), u
    check_fbe(t, "userdata_fbe_v2", image, ("--key-file", key_file(t, key, *keys.values())))
    u = verdict(image, "--key-file", t + "/keys")
    assert (u["verdict"], u["openable"]) == ("metadata", "yes"), u
    u = verdict(image, "--key-file", key_file(t, key))
    assert u["openable"] == "key" and "remains locked" in " ".join(e["text"] for e in u["evidence"]), u
    run("ls", image, "/", "--key-file", t + "/keys")
    assert "unencrypted" in run.stdout
    run("info", image, "--key-file", key_file(t, keys["user_ce"]), status=4)


def metadata_alone(t):
    """the same without its metadata partition: encrypted, and no more than that can be said"""
    image = real("metaenc/userdata_meta4k.img.xz", t + "/u")
    u = verdict(image)
    assert (u["verdict"], u["confidence"]) == ("encrypted-unknown", 0.8), u
    key = facts("metaenc/userdata_meta4k.info.json")["metadata_key_hex"]
    run("unlock", image, "--key-file", key_file(t, key), "-o", t + "/dec")
    inner = lzma.open(f"{REAL}/fbe/userdata_fbe_v2.img.xz").read()
    passed = set(facts("metaenc/userdata_meta4k.info.json")["passed_through_blocks"])
    mine = open(t + "/dec", "rb").read()
    assert len(mine) == len(inner)
    for b in range(len(inner) // 4096):
        if b not in passed:
            assert mine[b * 4096:b * 4096 + 4096] == inner[b * 4096:b * 4096 + 4096], b


def metadata_by_fstab(t):
    """no key directory in the dump: the fstab of vendor, in a slot and in super too, tells metadata encryption"""
    os.makedirs(t + "/tree/etc")
    line = "/dev/block/by-name/userdata /data f2fs noatime latemount,wait,fileencryption=aes-256-xts:aes-256-cts:v2"
    open(t + "/tree/etc/fstab.enableswap", "w").write("/dev/block/zram0 none swap defaults zramsize=50%\n")
    open(t + "/tree/etc/fstab.mt6765", "w").write(line + ",keydirectory=/metadata/vold/metadata_encryption\n")
    ext4(t + "/vendor", t + "/tree", 8)
    open(t + "/userdata", "wb").write(noise(8 << 20, 7))
    for name in ("vendor", "vendor_a", "vendor_b", "odm_a"):
        u = verdict(dump_of(t, {name: t + "/vendor", "userdata": t + "/userdata"}))
        assert (u["verdict"], u["confidence"]) == ("metadata", 0.95) and name in u["sentence"], (name, u)
    lp.build(t + "/super", 10 << 20, [("vendor_a", open(t + "/vendor", "rb").read())])
    u = verdict(dump_of(t, {"super": t + "/super", "userdata": t + "/userdata"}))
    assert u["verdict"] == "metadata" and "super/vendor_a" in u["sentence"], u


def metadata_units(t):
    """metadata encryption in units of 4096 and 512 bytes, counted from the partition and from the medium"""
    for case in ("meta-4096", "meta-512", "meta-absolute"):
        image = fixture(case, t + "/u")
        want = json.load(open(f"{FIXTURES}/{case}/secret.json"))
        run("cat", image, "/media/0/IMG_1.jpg", "--key-file", key_file(t, want["key"]), text=False)
        assert sha256(run.stdout) == want["photo_sha256"], case


# ---- secrets ----------------------------------------------------------------------------------------------------------


def key_files(t):
    """wrong lengths, nonsense and missing files: a clear message, status 2"""
    image = fixture("fbe-v2", t + "/u")
    for content, word in [(b"", "expected a key"), (b"x" * 63, "expected a key"), (b"abc", "expected a key"),
                          (b"ab" * 20, "expected a key"), (b"\n\n", "expected a key"), (b"0" * 5000, "expected a key")]:
        open(t + "/k", "wb").write(content)
        run("unlock", image, "--key-file", t + "/k", status=2)
        assert word in run.stderr, (content, run.stderr)
    run("unlock", image, "--key-file", t + "/none", status=2)
    run("unlock", image, "--password-file", t + "/none", status=2)
    open(t + "/k", "wb").write(b"x" * 5000)
    run("unlock", image, "--password-file", t + "/k", status=2)
    run("unlock", image, "--try-pins", "3", status=2)
    run("unlock", image, "--password", "4711", "--password", status=None)
    assert run.status in (2, 3)


def ways_of_giving(t):
    """standard input and the environment; no secret in the report"""
    image = fixture("fde-1.1", t + "/u")
    env = dict(os.environ, ROMSPLIT_PASSWORD="0742")
    report = run("info", "--json", image, env=env)
    assert json.loads(report)["userdata"]["openable"] == "yes" and "0742" not in report
    run("unlock", image, "--password-file", "-", input="0742\n")
    run("unlock", image, "--password-file", "-", input="0742\r\n")
    os.symlink("nowhere", t + "/dec")
    run("unlock", image, "--password-file", "-", "-o", t + "/dec", input="0742\n", status=5)
    assert os.readlink(t + "/dec") == "nowhere" and not os.path.exists(t + "/dec.part")


def prompt(t):
    """the prompt, without echo"""
    image = fixture("fde-1.1", t + "/u")
    try:
        pid, fd = pty.fork()
    except OSError as e:
        raise Skip(f"no terminal can be had here: {e}")
    if pid == 0:
        os.execv(os.environ["ROMSPLIT"], ["romsplit", "unlock", image, "--pin"])
    text = b""
    sent = False
    while True:
        try:
            more = os.read(fd, 4096)
        except OSError:
            break
        if not more:
            break
        text += more
        if not sent and b"PIN of the phone" in text:
            os.write(fd, b"0742\n")
            sent = True
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, text
    assert b"0742" not in text and b"opened with the password given" in text, text


def no_core(t):
    """a process that holds a secret leaves no core and is not to be looked into"""
    image = fixture("fde-1.1", t + "/u")
    if not shutil.which("strace"):
        raise Skip("strace is not here")
    run("info", image)
    subprocess.run(["strace", "-o", t + "/trace", "-e", "trace=prctl,prlimit64,setrlimit", os.environ["ROMSPLIT"],
                    "unlock", image, "--password-file", password_file(t, "0742")], capture_output=True)
    trace = open(t + "/trace").read()
    assert "RLIMIT_CORE" in trace, trace


def dump_of(t, parts):
    """A GPT dump of these partitions."""
    size = {n: os.path.getsize(p) for n, p in parts.items()}
    rows, at = [], 2048
    for name, path in parts.items():
        sectors = -(-size[name] // 512)
        rows.append((name, at, sectors))
        at += -(-sectors // 2048) * 2048
    image = t + "/dump"
    with open(image, "wb") as f:
        f.truncate((at + 2048) * 512)
    args = []
    for i, (name, start, n) in enumerate(rows, 1):
        args += [f"--new={i}:{start}:{start + n - 1}", f"--change-name={i}:{name}"]
    tool("sgdisk", "-a", "1", *args, image)
    for (name, start, n) in rows:
        edit(image, start * 512, open(parts[name], "rb").read())
    return image


main([fde_pin, fde_key, fde_without_footer, fde_softkm, fde_hexdefault, fde_inplace, fde_footer_elsewhere, fde_keymaster,
      fde_versions, fde_try_pins, stop_trying, footer_negatives, several_footers, torn_footer, early_pattern, in_place_with_old_data, border_found, default_password, superblock_leftover,
      by_a_backup, sampled_zeros, cut_off, noise_is_not_encryption,
      fbe("userdata_fbe_v1"), fbe("userdata_fbe_v2"), fbe("userdata_fbe_v2emmc"), fbe("userdata_fbe_v2adiantum"),
      fbe("userdata_fbe_v2casefold"), fbe("userdata_fbe_f2fs_v2"), fbe_without, fbe_some_keys, fbe_feature_only, fbe_small, soft_keystore, modes, host_units,
      metadata, metadata_alone, metadata_by_fstab, metadata_units, key_files, ways_of_giving, prompt, no_core])
