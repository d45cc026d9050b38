"""Map files as GNU ddrescue writes them (checked with ddrescuelog). Status: + read, - bad sector, ? not tried, * and / failed."""


def text(ranges, position=0, status="+"):
    """ranges: (start, length, status), ascending and without gaps."""
    lines = ["# Mapfile. Created by GNU ddrescue version 1.27", "# Command line: ddrescue -d /dev/sdb full.bin full.map",
             "# Start time:   2026-01-02 03:04:05", "# Current time: 2026-01-02 05:04:05", "# Finished",
             "# current_pos  current_status  current_pass", f"0x{position:08X}     {status}               1",
             "#      pos        size  status"]
    lines += [f"0x{start:08X}  0x{length:08X}  {mark}" for start, length, mark in ranges]
    return "\n".join(lines) + "\n"


def cover(size, bad):
    """The ranges of a medium of which only `bad` [(start, length, status)] was not read."""
    out, at = [], 0
    for start, length, mark in sorted(bad):
        if start > at:
            out.append((at, start - at, "+"))
        out.append((start, length, mark))
        at = start + length
    if at < size:
        out.append((at, size - at, "+"))
    return out
