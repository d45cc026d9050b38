#!/usr/bin/env python3
"""What people reported of encrypted phones and cards: footers with other ciphers, Samsung's own key, adopted SD cards.

The real ones are in ../shared/real/reports/fs (README.tsv); the twins here are encrypted by python3-cryptography and hashlib
from the published layouts (dm-crypt: plain, plain64; hashcat -m 12900; Android's vold)."""
import hmac
import os
import re
import shutil
import struct
import sys

for folder in ("lib", "fixtures"):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", folder))
from dumps import *

try:
    import crypt_lib as c
    from cryptography.hazmat.primitives.ciphers import algorithms, modes
except ImportError:
    c = None

FS = REAL + "/reports/fs"


def real(t, name):
    return reported_file(t, "fs", name)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def needs_crypto():
    if not c:
        raise Skip("python3-cryptography is not installed")


def unlock(image, *args, status=0):
    return json.loads(run("unlock", "--json", image, *args, status=status))["userdata"]


def refused(image, *args):
    run("unlock", image, *args, status=4)
    return run.stderr


def password(t, word):
    return "--password-file", write(t + "/password", word + b"\n")


def photos(t, image, *args, status=0):
    """{name: SHA-256} of what extract saves."""
    out = f"{t}/out{len(os.listdir(t))}"
    run("extract", image, "/", "-o", out, "--no-sync", *args, status=status)
    return {name: sha256_file(os.path.join(folder, name)) for folder, _, names in os.walk(out) for name in names}


# ---- ciphers of footers ------------------------------------------------------------------------------------------------------------

def cbc(key, data, unit, bits):
    """dm-crypt's aes-cbc-plain (32 bits of the number) and plain64, with AES of OpenSSL."""
    return b"".join(c.crypt(algorithms.AES(key), modes.CBC(struct.pack("<QQ", i // unit % (1 << bits), 0)), data[i:i + unit])
                    for i in range(0, len(data), unit))


def footer(cipher, sectors, key, word, minor=2, kdf=2, salt=bytes(range(1, 17)), logs=(10, 3, 1), magic=0xD0B5B1C4):
    ik = hashlib.pbkdf2_hmac("sha1", word, salt, 2000, 32) if kdf == 1 else c.scrypt(word, salt, logs)
    wrapped = c.crypt(algorithms.AES(ik[:16]), modes.CBC(ik[16:]), key)
    f = struct.pack("<IHHIIIIQI64s", magic, 1, minor, 192, 0, len(key), 0, sectors, 0, cipher) + bytes(4)
    return (f + wrapped.ljust(48, b"\0") + salt + bytes(20) + bytes([kdf, *logs])).ljust(16384, b"\0")


def filled_fs(kib=512):
    """A filesystem and its photo; free blocks are noise, as on a used phone."""
    plain, photo = c.small_fs(kib)
    data = b"".join(plain[i:i + 4096] if plain[i:i + 4096].strip(b"\0") else random.Random(i).randbytes(4096)
                    for i in range(0, len(plain), 4096))
    return data, sha256(photo)


def reported_plain(t):
    """reported: aes-cbc-plain and aes-cbc-plain64 open with the password 1234"""
    for name in ("plain", "plain64"):
        image = real(t, f"fde_footer_aes-cbc-{name}.img")
        a = unlock(image, *password(t, b"1234"))
        assert a["verdict"] == "fde" and a["filesystem"].startswith("ext") and a["openable"] == "yes", a
        assert a["detail"]["opened_with"].startswith(f"AES-128-CBC-{name.upper()} "), a["detail"]
        assert info(image)["userdata"]["openable"] == "password"
        assert "not the right one" in refused(image, *password(t, b"1235"))


def plain_members(t):
    """aes-cbc-plain, plain64 and bare aes: keys of 16 and 32 bytes, units of 512 to 4096, PBKDF2 and scrypt, byte for byte"""
    needs_crypto()
    data, photo = filled_fs()
    for n, (cipher, bits, size, unit, kdf) in enumerate([
            (b"aes-cbc-plain", 32, 16, 512, 2), (b"aes-cbc-plain64", 64, 16, 512, 1), (b"aes-cbc-plain64", 64, 32, 512, 2),
            (b"aes-cbc-plain", 32, 32, 4096, 1), (b"aes-cbc-plain64", 64, 16, 2048, 2), (b"aes", 32, 16, 512, 2)]):
        key = random.Random(n).randbytes(size)
        image = write(f"{t}/{n}.img", cbc(key, data, unit, bits) + footer(cipher, len(data) // 512, key, b"secret", kdf=kdf))
        a = unlock(image, *password(t, b"secret"), "-o", f"{t}/{n}.plain")
        assert a["filesystem"] == "ext4" and f"units of {unit} " in a["detail"]["opened_with"], (cipher, a["detail"])
        assert open(f"{t}/{n}.plain", "rb").read()[:len(data)] == data, cipher
        assert photo in photos(t, image, *password(t, b"secret")).values(), cipher
        keys = write(t + "/key", key)
        assert unlock(image, "--key-file", keys)["filesystem"] == "ext4", cipher


def plain_by_key(t):
    """a raw key without a footer: CBC with plain IVs is not taken for ESSIV, whose first 16 bytes of each sector would be wrong"""
    needs_crypto()
    data, photo = filled_fs(2048)
    for size in (16, 32):
        key = random.Random(size).randbytes(size)
        keys = write(t + "/key", key)
        for way, blob in (("PLAIN64", cbc(key, data, 512, 64)), ("ESSIV", c.essiv(key, data))):
            image = write(f"{t}/{way}{size}.img", blob)
            a = unlock(image, "--key-file", keys, "-o", image + ".plain")
            assert way in a["detail"]["opened_with"] and open(image + ".plain", "rb").read() == data, (way, a["detail"])


def unknown_cipher(t):
    """a cipher that is not known is called so, never hardware, and nothing is opened; a raw key may still fit"""
    needs_crypto()
    data, _ = filled_fs()
    key = random.Random(5).randbytes(16)
    for n, name in enumerate([b"aes-cbc-benbi", b"serpent-xts-plain64", b"aes-xts-plain64be", b"twofish-cbc-essiv:sha256", b"aes-ctr-x",
                              b"aes-cbc-essiv:sha1", b"capi:lrw(aes)-benbi"]):
        image = write(f"{t}/{n}.img", cbc(key, data, 512, 64) + footer(name, len(data) // 512, key, b"1234"))
        u = info(image)["userdata"]
        text = json.dumps(u)
        assert u["verdict"] == "fde" and "not known here" in u["sentence"] and name.decode() in u["sentence"], u["sentence"]
        assert u["openable"] == "no" and "hardware" not in text and "on the phone itself" not in text, u["sentence"]
        said = refused(image, *password(t, b"1234"))
        assert "not known here" in said and "hardware" not in said, said
        assert unlock(image, "--key-file", write(t + "/key", key))["filesystem"] == "ext4"


def inline_cipher(t):
    """Samsung's aes-xts-fmp and aes-xts-disk are the phone's inline crypto engine: said, and no password is tried"""
    needs_crypto()
    key = random.Random(5).randbytes(32)
    for name in (b"aes-xts-fmp", b"aes-xts-disk", b"aes-cbc-fmp"):
        image = write(t + "/u.img", random.Random(1).randbytes(1 << 20) + footer(name, 2048, key, b"1234"))
        u = info(image)["userdata"]
        assert u["openable"] == "device" and "inline crypto engine" in u["sentence"], u["sentence"]
        assert "inline crypto engine" in refused(image, *password(t, b"1234"))


def inline_by_name(t):
    """aes-xts may be the hardware's: where the footer proves the password and no filesystem appears, that is not called damage alone"""
    needs_crypto()
    word, salt, logs = b"1234", bytes(range(1, 17)), (10, 3, 1)
    ik = c.scrypt(word, salt, logs)
    f = bytearray(footer(b"aes-xts", 2048, random.Random(5).randbytes(32), word, minor=3))
    f[0x8ec:0x8ec + 32] = c.scrypt(ik[:16], salt, logs)
    image = write(t + "/u.img", random.Random(1).randbytes(1 << 20) + f)
    u = unlock(image, *password(t, word))
    assert "hardware" in u["sentence"] and "hardware" in json.dumps(u["evidence"]), u["sentence"]


# ---- Samsung -----------------------------------------------------------------------------------------------------------------------

def edk_of(word, salt, seed):
    """(key, EDK, check value) as Samsung's Android 4 made them; the constants are those of hashcat's module and of sandy."""
    kek = hashlib.pbkdf2_hmac("sha256", word, salt, 4096, 32)
    pads = c.crypt(algorithms.AES(kek), modes.ECB(), bytes(range(16)) + b"\1" + bytes(range(1, 16)))
    key = random.Random(seed).randbytes(32)
    edk = bytes(a ^ b for a, b in zip(key, pads))
    return key, edk, hmac.new(kek, edk, "sha256").digest()


EDK_HEAD = struct.pack("<II", 0x1001E4B1, 2).ljust(32, b"\0")


def samsung_areas(word, cipher, sectors, salt, seed):
    """(where, key, 16 KiB area) for each place an EDK was seen in."""
    key, edk, mac = edk_of(word, salt, seed)
    blank = footer(cipher, sectors, bytes(16), b"x", salt=bytes(16))
    for where, at, block in ((0x2020, 0x2000, EDK_HEAD + edk + mac + salt), (0x1020, 0x1000, EDK_HEAD + edk + bytes(32) + salt + mac),
                             (0x84, 0x84, edk + mac + salt)):
        yield where, key, blank[:at] + block + blank[at + len(block):], (edk + mac + salt).hex()


def reported_samsung(t):
    """reported: a salt of zeros is not vold's key; Samsung's EDK, with the line that hashcat takes"""
    image = real(t, "samsung_edk_userdata.img")
    u = info(image)["userdata"]
    text = " ".join(e["text"] for e in u["evidence"])
    area = open(image, "rb").read()[-0x4000:][0x2000:]
    line = (area[0x20:0x40] + area[0x70:0x90] + area[0x60:0x70]).hex()
    assert "all zeros" in u["sentence"] and "hashcat -m 12900" in u["sentence"] and "on any computer" not in u["sentence"], u["sentence"]
    assert "not vold's" in text and line in text, text
    said = refused(image, *password(t, b"1234"))
    assert "EDK" in said and "12900" in said and "zeros" in said, said


def samsung_members(t):
    """Samsung's EDK behind the footer or in it: the right password opens userdata, a wrong one is called so, PINs are found"""
    needs_crypto()
    data, photo = filled_fs()
    for n, size in enumerate((32, 16)):
        for where, key, area, line in samsung_areas(b"0042", b"aes-cbc-essiv:sha256", len(data) // 512, random.Random(n).randbytes(16), n):
            image = write(f"{t}/u.img", c.essiv(key[:size], data) + area)
            u = info(image)["userdata"]
            assert line in json.dumps(u["evidence"]) and u["detail"]["footer"][0]["edk_at"] == len(data) + where, (hex(where), u)
            assert u["openable"] == "password" and "EDK" in u["sentence"], u["sentence"]
            assert photo in photos(t, image, *password(t, b"0042")).values(), hex(where)
            assert "not the right one" in refused(image, *password(t, b"0043")) and ("zeros" in run.stderr) == (where != 0x84), run.stderr
    run("unlock", image, "--try-pins", 4)
    assert "the PIN is 0042" in run.stderr, run.stderr


def samsung_beside(t):
    """an EDK behind a footer that vold made: both are tried; footers 1.0 and 1.1 with long keys are not taken for Samsung's"""
    needs_crypto()
    data, photo = filled_fs()
    key, master = random.Random(1).randbytes(16), random.Random(2).randbytes(32)
    _, edk, mac = edk_of(b"other", bytes(range(16)), 4)
    f = bytearray(footer(b"aes-cbc-essiv:sha256", len(data) // 512, key, b"1234"))
    f[0x2000:0x2000 + 112] = EDK_HEAD + edk + mac + bytes(range(16))
    image = write(t + "/u.img", c.essiv(key, data) + f)
    assert info(image)["userdata"]["openable"] == "password"
    assert photo in photos(t, image, *password(t, b"1234")).values()
    for minor in (0, 1):
        f = footer(b"aes-cbc-essiv:sha256", len(data) // 512, master, b"1234", minor=minor, kdf=1, salt=random.Random(3).randbytes(16))
        if minor == 0:
            f = f[:8] + struct.pack("<I", 104) + f[12:136] + bytes(32) + f[152:168] + bytes(16384 - 184)
        image = write(t + "/u.img", c.essiv(master, data) + f)
        u = info(image)["userdata"]
        assert "EDK" not in json.dumps(u) and "any computer" in u["sentence"], u
        assert photo in photos(t, image, *password(t, b"1234")).values()


def samsung_other_key(t):
    """an EDK whose password is right but whose key opens nothing is not called a wrong password"""
    needs_crypto()
    for where, _, area, _ in samsung_areas(b"a1234", b"aes-cbc-essiv:sha256", 2048, bytes(range(16)), 3):
        image = write(t + "/u.img", random.Random(1).randbytes(1 << 20) + area)
        said = refused(image, *password(t, b"a1234"))
        assert "is the right one" in said and "not the right one" not in said, (hex(where), said)


def zero_salt_alone(t):
    """a salt of zeros without an EDK: not Android's own key; what opens all the same is opened"""
    needs_crypto()
    data, photo = filled_fs()
    key = random.Random(9).randbytes(16)
    image = write(t + "/u.img", c.essiv(key, data) + footer(b"aes-cbc-essiv:sha256", len(data) // 512, key, b"1234", salt=bytes(16)))
    u = info(image)["userdata"]
    assert "zeros" in u["sentence"] and "hardware" not in u["sentence"] and u["openable"] == "device", u["sentence"]
    assert "zeros" in refused(image, *password(t, b"1235"))
    assert photo in photos(t, image, *password(t, b"1234")).values()


# ---- adopted SD cards --------------------------------------------------------------------------------------------------------------

def reported_card(t):
    """reported: an adopted card opens with its key; android_expand alone too, and each names the key that it needs"""
    card, key = real(t, "adopted_card.img"), FS + "/adopted.key"
    u = info(card)["userdata"]
    guid = re.search(r"unique GUID: ([-0-9A-F]+)", tool("sgdisk", "-i", "2", card)).group(1).replace("-", "").lower()
    assert u["partition"] == "android_expand" and f"/data/misc/vold/expand_{guid}.key" in u["sentence"], u["sentence"]
    assert u["openable"] == "key" and u["verdict"] == "encrypted-unknown", u
    assert unlock(card, "--key-file", key)["openable"] == "yes"
    assert len(photos(t, card, "--key-file", key)) == 1
    alone = real(t, "adopted_expand_alone.img")
    assert "adopted" in info(alone)["userdata"]["sentence"] and "/data/misc/vold/expand_*.key" in info(alone)["userdata"]["sentence"]
    assert photos(t, alone, "--key-file", key) == photos(t, card, "--key-file", key)
    said = refused(card, "--key-file", write(t + "/wrong", b"not the right key"[:16]))
    assert guid in said, said


def card_of(t, blob, name="card.img", start=1):
    """A card as vold partitions it: (path, GUID as vold writes it)."""
    card = f"{t}/{name}"
    write(t + "/expand", blob)
    parts = [("android_meta", 16, None), ("android_expand", (len(blob) + MIB - 1) // MIB, t + "/expand")]
    gpt(card, [("shared", start, None)] * (start > 1) + parts, sum(p[1] for p in parts) + start + 2)
    found = tool("sgdisk", "-i", str(1 + len(parts[1:]) + (start > 1)), card)
    return card, re.search(r"unique GUID: ([-0-9A-F]+)", found).group(1).replace("-", "").lower()


def phone_of(t, keys, name="phone.img", bare=False):
    """A phone whose /data/misc/vold holds these {GUID: key}."""
    data = f"{t}/{name}.data"
    os.makedirs(data + "/misc/vold")
    os.makedirs(data + "/media/0")
    for guid, key in keys.items():
        write(f"{data}/misc/vold/expand_{guid}.key", key)
    write(data + "/misc/vold/volume_keys.txt", b"no key")
    ext4(f"{t}/{name}.userdata", data, 8)
    if bare:
        return f"{t}/{name}.userdata"
    gpt(f"{t}/{name}", [("boot", 1, None), ("userdata", 8, f"{t}/{name}.userdata")], 12)
    return f"{t}/{name}"


def card_members(t):
    """cards of both ciphers, with old plaintext in free blocks, behind a shared partition: opened by file and by the phone's dump"""
    needs_crypto()
    data, photo = filled_fs(2048)
    old = data[:1500 << 10] + b"an old file that was on the card before. " * 12787
    old = (old + bytes(len(data)))[:len(data)]
    plain = c.small_fs(2048)[0]
    free = next(b for b in range(0, len(data), 4096) if not plain[b:].strip(b"\0"))
    key16, key64 = random.Random(1).randbytes(16), random.Random(2).randbytes(64)
    for n, (key, blob) in enumerate([(key16, c.essiv(key16, data)), (key64, c.xts(key64, data, 4096, 0)), (key64, c.xts(key64, data, 512, 0)),
                                     (key16, c.essiv(key16, data[:free]) + old[free:])]):
        card, guid = card_of(t, blob, f"{n}.img", 1 + n % 2 * 4)
        u = info(card)["userdata"]
        assert f"expand_{guid}.key" in u["sentence"] and u["openable"] == "key", u["sentence"]
        assert photo in photos(t, card, "--key-file", write(t + "/key", key)).values(), n
        phone = phone_of(t, {"0" * 32: bytes(range(16)), guid: key}, f"phone{n}", n % 2)
        a = unlock(card, "--key-from", phone)
        assert a["detail"]["opened_by"] == f"the key expand_{guid}.key of the phone", a["detail"]
        assert photo in photos(t, card, "--key-from", phone).values(), n


def phone_names_cards(t):
    """a phone's dump says which cards its keys open; a file that is no key is named so"""
    good, short = "0123456789abcdef" * 2, "f" * 32
    phone = phone_of(t, {good: bytes(range(16)), short: b"x" * 5, "notaguid": bytes(16)})
    a = info(phone)
    assert {i["guid"]: i["key_size"] for i in a["userdata"]["detail"]["adopted_cards"]} == {good: 16, short: 0}, a["userdata"]["detail"]
    texts = [n["text"] for n in a["notes"] if "adopted" in n["text"]]
    out = t + "/job"
    run(phone, "-o", out, "--no-sync")
    assert json.load(open(out + "/report.json"))["userdata"]["detail"]["adopted_cards"] == a["userdata"]["detail"]["adopted_cards"]
    assert len(texts) == 2 and any(good in x and "opens" in x for x in texts) and any(short in x and "no key" in x for x in texts), texts


def phone_encrypted(t):
    """--key-from a phone that its password has to open first; without it, and without a key: status 4, and why"""
    needs_crypto()
    data, photo = filled_fs(2048)
    key, master = random.Random(1).randbytes(16), random.Random(2).randbytes(16)
    card, guid = card_of(t, c.essiv(key, data))
    plain = open(phone_of(t, {guid: key}, bare=True), "rb").read()
    phone = write(t + "/fde.img", c.essiv(master, plain) + footer(b"aes-cbc-essiv:sha256", len(plain) // 512, master, b"1234"))
    assert photo in photos(t, card, "--key-from", phone, *password(t, b"1234")).values()
    assert "--key-from" in refused(card, "--key-from", phone) and "userdata" in run.stderr, run.stderr
    assert "--key-from" in refused(card, "--key-from", phone, *password(t, b"1235")), run.stderr
    none = phone_of(t, {}, "none")
    assert "no key of an adopted SD card" in refused(card, "--key-from", none), run.stderr
    other = phone_of(t, {"a" * 32: bytes(range(16))}, "other")
    assert guid in refused(card, "--key-from", other), run.stderr
    run("unlock", card, "--key-from", t + "/nothing", status=None)
    assert run.status in (2, 3), run.status


# ---- keys as text ------------------------------------------------------------------------------------------------------------------

def key_forms(t):
    """keys as od, xxd, hexdump and C print them, of 16, 32 and 64 bytes; each opens its card"""
    needs_crypto()
    data, _ = filled_fs(2048)
    for size in (16, 32, 64):
        key = random.Random(size).randbytes(size)
        blob = c.xts(key, data, 512, 0) if size == 64 else c.essiv(key, data)
        image, raw = write(f"{t}/u{size}.img", blob), write(f"{t}/adopted_key", key)
        assert unlock(image, "--key-file", raw)["filesystem"] == "ext4"
        commands = [["od", "-t", "x1"], ["od", "-An", "-tx1"], ["od", "-A", "x", "-t", "x1"], ["od"], ["od", "-b"], ["od", "-x"],
                    ["od", "-An", "-x"], ["od", "-t", "x4"], ["od", "-A", "x", "-t", "x8"], ["od", "-v", "-w8", "-tx1"],
                    ["xxd"], ["xxd", "-p"], ["xxd", "-i"], ["xxd", "-g1"], ["xxd", "-c", "8"], ["xxd", "-u"], ["hexdump", "-C"], ["hexdump"],
                    ["hexdump", "-v", "-e", '/1 "%02X "']]
        texts = [tool(*command, raw) for command in commands if shutil.which(command[0])]
        h = key.hex()
        pairs = [h[i:i + 2] for i in range(0, len(h), 2)]
        texts += [h, h.upper() + "\r\n", "0x" + h, "0X" + h.upper() + "\n", " ".join(pairs), ":".join(pairs),
                  "".join(f"\\x{p}" for p in pairs), "{ " + ", ".join("0x" + p for p in pairs) + " }",
                  f"0000000: {' '.join(pairs[:16])}  x.fe\n" if size == 16 else h]
        for text in texts:
            a = unlock(image, "--key-file", write(t + "/text", text.encode()))
            assert a["filesystem"] == "ext4", text
    assert len(texts) > 9 + 10, "neither od nor xxd is here"


def key_forms_of_others(t):
    """several keys one per line still are several; what is no key is refused with what was expected"""
    needs_crypto()
    data, _ = filled_fs(2048)
    keys = [random.Random(i).randbytes(16) for i in range(3)]
    image = write(t + "/u.img", c.essiv(keys[2], data))
    for text in ("\n".join(k.hex() for k in keys), "\n".join("0x" + k.hex() for k in keys)):
        assert unlock(image, "--key-file", write(t + "/text", text.encode()))["filesystem"] == "ext4"
    for text in ("00000000: 0011 2233", "0x00112233", "0000000 000 111 777\n", "00000010  " + "00 " * 16, keys[0].hex()[:-1],
                 keys[0].hex() + "\n" + keys[1].hex() + "0", "{ 0x00, 0x0 }", "0000000 " + "00 " * 15 + "0g"):
        run("unlock", image, "--key-file", write(t + "/text", text.encode()), status=2)
        assert "expected a key" in run.stderr, (text, run.stderr)


TESTS = [reported_plain, plain_members, plain_by_key, unknown_cipher, inline_cipher, inline_by_name, reported_samsung, samsung_members, samsung_beside,
         samsung_other_key, zero_salt_alone, reported_card, card_members, phone_names_cards, phone_encrypted, key_forms, key_forms_of_others]

if __name__ == "__main__":
    main(TESTS)
