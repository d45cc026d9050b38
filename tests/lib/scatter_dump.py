"""Reads every form of scatter file (v0, V1.1.x, V2 text, XML) independently of the program, changes single values in one,
and builds the dump that one describes: a GPT for the GPT era, MBR + EBR + PMT for the time before."""
import re
import xml.etree.ElementTree

import gptmake
import mbr
import pmt
import scatter

BMTPOOL = 0x1500000
ENTRY = re.compile(rb"partition_index(?:: | name=)")


class Scatter:
    """rows: dicts of the texts as they stand; kind: v0, text, v2, xml; section: of V2 and XML, which one."""

    def __init__(self, path, storage="EMMC"):
        self.data = path if isinstance(path, bytes) else open(path, "rb").read()
        self.storage, self.skipped = storage, 0
        if self.data.lstrip().startswith(b"<"):
            self.kind = "xml"
            self._xml()
        elif b"partition_index" not in self.data:
            self.kind = "v0"
            self._v0()
        else:
            self._text()
        self.names = [r["partition_name"] for r in self.rows]
        self.old = "MBR" in self.names  # the era before GPT

    def _v0(self):
        self.general = {}
        found = re.findall(r"^(?:__NODL_)?(?:RSV_)?(\w+) (0x[0-9a-fA-F]+)$", self.data.decode().replace("\r", ""), re.M)
        self.rows = [{"partition_name": n, "linear_start_addr": a} for n, a in found]

    def _text(self):
        self.general, rows = scatter.read(self.data)
        self.kind = "v2" if b"storage_type:" in self.data else "text"
        if self.kind == "v2":
            head = re.split(rb"storage_type: ", self.data)
            wanted = next(i for i, part in enumerate(head) if part.startswith(self.storage.encode()))
            self.skipped = sum(len(ENTRY.findall(p)) for p in head[:wanted])
            _, rows = scatter.read(head[wanted])
            self.general = scatter.read(head[0])[0]
        self.rows = rows

    def _xml(self):
        root = xml.etree.ElementTree.fromstring(self.data)
        version = root.find("general/config_version")
        self.general = {"config_version": version.get("name"), **{c.tag: (c.text or "").strip() for c in version}}
        self.rows = []
        for at in root:
            if at.tag == "partition_index":
                self.rows.append(self._row(at))
            elif at.tag == "storage_type" and at.get("name") == self.storage:
                self.rows += [self._row(p) for p in at.iter("partition_index")]
            elif at.tag == "storage_type" and not self.rows:
                self.skipped += len(list(at.iter("partition_index")))

    @staticmethod
    def _row(node):
        return {"partition_index": node.get("name"), **{c.tag: (c.text or "").strip() for c in node}}

    # ---- what the rows mean

    def base(self):
        """Linear address of the user area's first byte."""
        row = next((r for r in self.rows if r["partition_name"] == "MBR"), None)
        return scatter.number(row["linear_start_addr"]) if row else 0

    def only_linear(self):
        """Files of which every physical address is 0, or which have none."""
        return all(scatter.number(r.get("physical_start_addr", "0x0")) == 0 for r in self.rows[2:])

    def layout(self, size):
        """(name, start, length) of what lies in the user area of a medium of that size; userdata grows to its true size."""
        if not self.old:
            rows = [dict(r, region="EMMC_USER") if r["region"] == "UFS_LU2" else r for r in self.rows]
            return scatter.layout(rows, size)
        base, out = self.base(), []
        user = [r for r in self.rows if r.get("region", "EMMC_USER") == "EMMC_USER" and r["partition_name"] not in
                ("PRELOADER", "DSP_BL", "BMTPOOL")]
        starts = [scatter.number(r["linear_start_addr"]) - base for r in user] + [size - BMTPOOL]
        for i, r in enumerate(user):
            last = i == len(user) - 1
            length = starts[i + 1] - starts[i] if last or self.kind == "v0" else scatter.number(r["partition_size"])
            out.append((r["partition_name"], starts[i], length))
        return out + [("BMTPOOL", size - BMTPOOL, BMTPOOL)]

    def make(self, path, size, sector=512):
        """The dump, sparse, with nothing in it but its tables. Returns the layout."""
        parts = self.layout(size)
        if not self.old:
            gpt = [p for p in parts if p[0] not in ("pgpt", "sgpt")]
            if sector == 512:
                scatter.make_gpt(path, gpt, size)
            else:
                gptmake.write(path, gpt, size, sector)
            return parts
        make_old(path, parts, size, self.base(), old_pmt=self.kind == "v0")
        return parts

    # ---- changing one value

    def changed(self, index, **values):
        """The file's bytes with other values in the row of that index (of this section)."""
        if self.kind == "v0":
            return self._changed_v0(index, **values)
        starts = [m.start() for m in ENTRY.finditer(self.data)] + [len(self.data)]
        a, b = starts[index + self.skipped], starts[index + self.skipped + 1]
        chunk = self.data[a:b]
        for key, value in values.items():
            chunk, n = re.subn(rb"(\b" + key.encode() + rb"(?:: ?|>))[^\r\n<]*", lambda m: m[1] + value.encode(), chunk, count=1)
            if n != 1:
                raise KeyError(key)
        return self.data[:a] + chunk + self.data[b:]

    def _changed_v0(self, index, partition_name=None, linear_start_addr=None):
        row = self.rows[index]
        old = f"{row['partition_name']} {row['linear_start_addr']}".encode()
        new = f"{partition_name or row['partition_name']} {linear_start_addr or row['linear_start_addr']}".encode()
        assert self.data.count(old) == 1
        return self.data.replace(old, new)

    def userdata(self):
        return next(i for i, r in enumerate(self.rows) if r["partition_name"] in ("userdata", "USRDATA"))

    def with_true_userdata(self, size):
        """The file with the size of userdata that its medium has."""
        if self.kind == "v0":
            return self.data
        i = self.userdata()
        length = next(n for name, _, n in self.layout(size) if name in ("userdata", "USRDATA"))
        upper = any(c in "ABCDEF" for r in self.rows for c in r["partition_size"][2:])
        return self.changed(i, partition_size=f"0x{length:X}" if upper else f"0x{length:x}")


def text(chip, version, rows, preloader_size=0x40000):
    """A scatter file of our own, as laid out in V1.1.x. rows: (name, linear, physical, size, reserved) as numbers, texts kept."""
    def number(v):
        return v if isinstance(v, str) else f"0x{v:x}"

    boot = "PRELOADER" if rows[0][0] == "MBR" else "preloader"
    banner = "#" * 108 + "\n#\n#  {} Setting\n#\n" + "#" * 108 + "\n"
    out = banner.format("General") + "- general: MTK_PLATFORM_CFG\n  info: \n" + "".join(f"    {k}\n" for k in (
        f"- config_version: {version}", f"  platform: {chip}", "  project: own", "  storage: EMMC", "  boot_channel: MSDC_0",
        "  block_size: 0x20000")) + banner.format("Layout")
    rows = [(boot, 0, 0, preloader_size, False)] + list(rows)
    for i, (name, linear, physical, size, reserved) in enumerate(rows):
        first = i == 0
        keys = [("partition_name", name), ("file_name", f"{boot.lower()}_own.bin" if first else "NONE"), ("is_download", str(first).lower()),
                ("type", "SV5_BL_BIN" if first else "NORMAL_ROM"), ("linear_start_addr", number(linear)),
                ("physical_start_addr", number(physical)), ("partition_size", number(size)),
                ("region", "EMMC_BOOT_1" if first else "EMMC_USER"), ("storage", "HW_STORAGE_EMMC"),
                ("boundary_check", str(not reserved).lower()), ("is_reserved", str(reserved).lower()),
                ("operation_type", "BOOTLOADERS" if first else "RESERVED" if reserved else "INVISIBLE"), ("reserve", "0x00")]
        out += f"- partition_index: SYS{i}\n" + "".join(f"  {k}: {v}\n" for k, v in keys) + "\n"
    return out.encode()


def make_old(path, parts, size, base, old_pmt=False, entry=None):
    """A dump of the MBR era: MBR chain for the filesystems, PMT for all. base: linear address of the user area."""
    with open(path, "wb") as f:
        f.truncate(size)
    where = {n: s for n, s, _ in parts}
    ebrs = [where[n] for n in ("EBR1", "EBR2", "EBR3") if n in where]
    chained = [(s, n) for name, s, n in parts if name in ("PROTECT_F", "PROTECT_S", "FRP", "ANDROID", "CACHE", "USRDATA")]
    mbr.write(path, mbr.chain(ebrs, chained))
    rows = [p for p in parts if p[0] != "BMTPOOL"]
    if old_pmt:
        at, form, width = where["PMT"], pmt.OLD, entry or 76
    else:
        at, form, width = size - pmt.TAIL, pmt.NEW, entry or (88 if base else 96)
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(pmt.pair(pmt.entries(rows, width, base), form, width))
