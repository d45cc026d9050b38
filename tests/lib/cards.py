"""Cards for the tests: FAT by mkfs.fat and mtools, exFAT by mkfs.exfat and a small writer; and hands to damage them with."""
import os
import random
import struct

from dumps import *

MEDIA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "media")


def photo(seed, size=30000, base="gray.jpg"):
    """A whole JPEG of about that size: segments of noise in front of a small picture."""
    with open(f"{MEDIA}/{base}", "rb") as f:
        data = f.read()
    rng, parts = random.Random(seed), []
    left = size - len(data)
    while left > 4:
        n = min(left - 4, 60000)
        parts.append(b"\xff\xef" + struct.pack(">H", n + 2) + rng.randbytes(n))
        left -= n + 4
    return data[:2] + b"".join(parts) + data[2:]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return path


def sums(root):
    """{path below root: SHA-256}"""
    return {os.path.relpath(os.path.join(d, n), root): sha256_file(os.path.join(d, n)) for d, _, files in os.walk(root) for n in files}


# ---- FAT ---------------------------------------------------------------------------------------------------------------------------

def mcopy(image, source, *more):
    os.environ["MTOOLS_SKIP_CHECK"] = "1"
    tool("mcopy", "-s", "-m", "-o", "-i", image, *(f"{source}/{n}" for n in sorted(os.listdir(source))), "::/", *more)


def fat(path, source, bits, per, kib, sector=512, *options):
    """A FAT that holds a tree, as mtools copies it."""
    if os.path.exists(path):
        os.unlink(path)
    tool("mkfs.fat", "-C", "-F", bits, "-S", sector, "-s", per, *options, path, kib)
    mcopy(path, source)
    return path


class Fat:
    """The layout of a FAT by its boot sector (Microsoft's specification), its entries and its directories."""

    def __init__(self, path):
        self.path = path
        b = read(path, 0, 512)
        self.sector, self.per, reserved, self.fats, self.entries = struct.unpack_from("<HBHBH", b, 11)
        length = struct.unpack_from("<H", b, 22)[0]
        self.bits = 32 if not length else 12 if b[54:59] == b"FAT12" else 16
        self.root = struct.unpack_from("<I", b, 44)[0] if self.bits == 32 else 0
        self.cluster = self.sector * self.per
        self.fat_at, self.fat_len = reserved * self.sector, (length or struct.unpack_from("<I", b, 36)[0]) * self.sector
        self.root_at = self.fat_at + self.fats * self.fat_len
        self.data_at = self.root_at + self.entries * 32

    def place(self, cluster):
        return self.data_at + (cluster - 2) * self.cluster

    def link(self, cluster):
        at = self.fat_at + cluster * self.bits // 8
        v = int.from_bytes(read(self.path, at, 4 if self.bits == 32 else 2), "little")
        return (v >> 4 if cluster & 1 else v & 0xfff) if self.bits == 12 else v

    def chain(self, cluster):
        out = []
        while 2 <= cluster < {12: 0xff0, 16: 0xfff0, 32: 0xffffff0}[self.bits]:
            out.append(cluster)
            cluster = self.link(cluster)
        return out

    def walk(self, cluster=0, prefix=""):
        """(path, where its entry is, first cluster, size, is a directory) of everything, by the long names."""
        if cluster or self.bits == 32:
            places = [(self.place(c), self.cluster) for c in self.chain(cluster or self.root)]
        else:
            places = [(self.root_at, self.entries * 32)]
        long = {}
        for start, length in places:
            for at in range(start, start + length, 32):
                e = read(self.path, at, 32)
                if e[0] == 0:
                    return
                if e[0] == 0xe5:
                    continue
                if e[11] == 0x0f:
                    long[e[0] & 31] = (e[1:11] + e[14:26] + e[28:32]).decode("utf-16-le").split("\0")[0]
                    continue
                name = "".join(long[k] for k in sorted(long)) or (e[:8].rstrip() + (b"." + e[8:11].rstrip()).rstrip(b".")).decode()
                name = name if long else "".join((lambda s, low: s.lower() if low else s)(s, e[12] & m)
                                                 for s, m in zip(name.partition("."), (8, 0, 16)))
                long = {}
                first = int.from_bytes(e[26:28], "little") | (int.from_bytes(e[20:22], "little") << 16 if self.bits == 32 else 0)
                if e[0] == 0xe5 or e[11] & 8 or e[0:1] == b".":
                    continue
                yield prefix + name, at, first, int.from_bytes(e[28:32], "little"), bool(e[11] & 16)
                if e[11] & 16:
                    yield from self.walk(first, f"{prefix}{name}/")

    def fill_fat(self, copies, data, at=0):
        """The same bytes over these copies of the FAT, from at of each on."""
        for i in copies:
            edit(self.path, self.fat_at + i * self.fat_len + at, (data * self.fat_len)[:self.fat_len - at])

    def set_size(self, at, size):
        edit(self.path, at + 28, struct.pack("<I", size))


# ---- exFAT -------------------------------------------------------------------------------------------------------------------------

class Exfat:
    """An exFAT of mkfs.exfat, and what is put into it (Microsoft's specification; fsck.exfat has no complaint)."""

    def __init__(self, path, mib, *options):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(mib << 20)
        tool("mkfs.exfat", *options, path)
        b = read(path, 0, 512)
        fat, fat_len, heap, self.clusters, self.root = struct.unpack_from("<IIIII", b, 0x50)
        self.sector, self.cluster = 1 << b[0x6c], 1 << b[0x6c] + b[0x6d]
        self.fat_at, self.fat_len, self.heap_at = fat * self.sector, fat_len * self.sector, heap * self.sector
        self.bitmap, self.next, self.dirs, self.entries = 2, self.root + 1, {"": ([self.root], 0)}, {}
        while self.link(self.next - 1) == self.next:
            self.next += 1
        root = read(path, self.place(self.root), self.cluster)
        self.dirs[""] = ([self.root], next(i for i in range(0, self.cluster, 32) if root[i] == 0))

    def place(self, cluster):
        return self.heap_at + (cluster - 2) * self.cluster

    def link(self, cluster):
        return struct.unpack("<I", read(self.path, self.fat_at + 4 * cluster, 4))[0]

    def chain(self, clusters):
        for a, b in zip(clusters, clusters[1:] + [0xffffffff]):
            edit(self.path, self.fat_at + 4 * a, struct.pack("<I", b))

    def allocate(self, n):
        out = list(range(self.next, self.next + n))
        self.next += n
        for c in out:
            at = self.place(self.bitmap) + (c - 2) // 8
            edit(self.path, at, bytes([read(self.path, at, 1)[0] | 1 << (c - 2) % 8]))
        return out

    @staticmethod
    def checksum(entries):
        s = 0
        for i, b in enumerate(entries):
            if i not in (2, 3):
                s = ((s << 15 | s >> 1) & 0xffff) + b & 0xffff
        return entries[:2] + struct.pack("<H", s) + entries[4:]

    @staticmethod
    def set_of(name, directory, clusters, size, run, valid=None):
        units = name.encode("utf-16-le")
        n = (len(units) + 29) // 30
        h = 0
        for b in name.upper().encode("utf-16-le"):
            h = ((h << 15 | h >> 1) & 0xffff) + b & 0xffff
        stamp = struct.pack("<I", (2018 - 1980) << 25 | 11 << 21 | 14 << 16)
        file = bytes([0x85, n + 1, 0, 0, 0x10 if directory else 0x20, 0, 0, 0]) + stamp * 3 + bytes(12)
        stream = struct.pack("<BBBBHHQIIQ", 0xc0, 3 if run else 1, 0, len(units) // 2, h, 0, size if valid is None else valid, 0,
                             clusters[0] if clusters else 0, size)
        names = b"".join(bytes([0xc1, 0]) + units[i * 30:i * 30 + 30].ljust(30, b"\0") for i in range(n))
        return Exfat.checksum(file + stream + names)

    def add_set(self, folder, data):
        """Appends a set to a directory; where it lies."""
        clusters, used = self.dirs[folder]
        places = []
        for i in range(0, len(data), 32):
            if used == len(clusters) * self.cluster:
                more = self.allocate(1)
                edit(self.path, self.place(more[0]), bytes(self.cluster))
                clusters += more
                self.chain(clusters)
            places.append(self.place(clusters[used // self.cluster]) + used % self.cluster)
            edit(self.path, places[-1], data[i:i + 32])
            used += 32
        self.dirs[folder] = (clusters, used)
        return places

    def mkdir(self, path):
        folder, _, name = path.rpartition("/")
        clusters = self.allocate(1)
        edit(self.path, self.place(clusters[0]), bytes(self.cluster))
        self.chain(clusters)
        self.dirs[path] = (clusters, 0)
        self.entries[path] = self.add_set(folder, self.set_of(name, True, clusters, self.cluster, False))

    def done(self):
        """The size of a directory is known when it is full."""
        for path, (clusters, _) in self.dirs.items():
            if path:
                self.set_size(path, len(clusters) * self.cluster)

    def put(self, path, data, run=False, pieces=1):
        """A file in one run, with (run: without) entries of the FAT, or in several pieces with a foreign cluster between them."""
        folder, _, name = path.rpartition("/")
        n = (len(data) + self.cluster - 1) // self.cluster
        clusters = []
        for i in range(pieces):
            clusters += self.allocate(n * (i + 1) // pieces - n * i // pieces)
            self.next += pieces > 1
        for i, c in enumerate(clusters):
            edit(self.path, self.place(c), data[i * self.cluster:(i + 1) * self.cluster])
        if not run:
            self.chain(clusters)
        self.entries[path] = self.add_set(folder, self.set_of(name, False, clusters, len(data), run))
        return clusters

    def set_size(self, path, size):
        """Both sizes of a file, with the checksum of its set."""
        places = self.entries[path]
        data = bytearray(b"".join(read(self.path, at, 32) for at in places))
        data[40:48] = data[56:64] = struct.pack("<Q", size)
        data = self.checksum(bytes(data))
        for i, at in enumerate(places):
            edit(self.path, at, data[i * 32:i * 32 + 32])
