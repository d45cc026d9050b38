#!/usr/bin/env python3
"""metrics.py [--list]: measures the source and compares it with its limits.

Counts the files of src/ and the public headers, not the tests. --list names
what is over a limit. Exits with status 1 if any limit is exceeded.
"""
import glob
import math
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
COLUMNS = 80

# What the compiler does not read as code. A comment comes first: a quote in
# one begins nothing.
COMMENT = r"/\*.*?\*/|//[^\n]*"
LITERAL = r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'"
DIRECTIVE = r"^[ \t]*#(?:\\\n|[^\n])*"
# Not the line that divides a header into parts
DIVIDER = re.compile(r"/\* -{3,}")


class Source:
    """One file, and the same text without comments, literals, directives."""

    def __init__(self, path):
        self.path = os.path.relpath(path, ROOT)
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.lines = self.text.splitlines()
        self.comments = []
        self.bare = self.blank(self.text)
        self.code = re.sub(DIRECTIVE, blanks, self.bare, flags=re.M)

    def blank(self, text):
        def replace(match):
            if match[0].startswith("/"):
                self.comments.append(match.span())
            return blanks(match)
        return re.sub(f"{COMMENT}|{LITERAL}", replace, text, flags=re.S)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def place(self, offset):
        return f"{self.path}:{self.line_of(offset)}"

    def head_end(self):
        """The line below the comments that the file begins with."""
        end = 0
        for first, last in self.comments:
            if self.text[end:first].strip():
                break
            end = last
        return self.line_of(end)


def blanks(match):
    return re.sub(r"[^\n]", " ", match[0])


# ---- functions --------------------------------------------------------------


def group_start(text, end):
    """Where the parenthesis opens that closes before end."""
    depth = 0
    for i in range(end - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def signature(head):
    """(offset of the name, name, parameters) where head, the text before a
    brace, is that of a function; else None."""
    end = len(head.rstrip())
    while end and head[end - 1] == ")":
        start = group_start(head, end)
        name = re.search(r"(\w+)\s*$", head[:max(start, 0)])
        if not name:
            return None
        if name[1] != "__attribute__":
            return name.start(1), name[1], parameters(head[start + 1:end - 1])
        end = len(head[:name.start(1)].rstrip())
    return None


def parameters(text):
    if text.strip() in ("", "void"):
        return 0
    while re.search(r"\([^()]*\)", text):
        text = re.sub(r"\([^()]*\)", "", text)
    return text.count(",") + 1


def opens_block(code, brace):
    """False for the brace of an initialiser or a compound literal."""
    before = code[:brace].rstrip()
    if before.endswith(")"):
        word = re.search(r"(\w+)\s*$", code[:group_start(before, len(before))])
        return bool(word) and word[1] not in ("return", "sizeof")
    return bool(re.search(r"([;{}:]|\b(else|do))$", before))


class Function:
    def __init__(self, source, head, brace):
        offset, self.name, self.parameters = signature(source.code[head:brace])
        self.place = source.place(head + offset)
        self.first = source.line_of(head + offset)
        self.nesting = 0
        self.end = self.walk(source.code, brace)
        self.lines = source.line_of(self.end) - self.first + 1

    def walk(self, code, brace):
        """Counts blocks within blocks; the offset of the closing brace."""
        blocks = []
        for match in re.finditer(r"[{}]", code[brace:]):
            offset = brace + match.start()
            if match[0] == "{":
                blocks.append(not blocks or opens_block(code, offset))
                self.nesting = max(self.nesting, sum(blocks) - 1)
            elif blocks:
                blocks.pop()
            if not blocks:
                return offset
        return len(code) - 1


def functions(source):
    found, head, depth, offset = [], 0, 0, 0
    while offset < len(source.code):
        c = source.code[offset]
        if c == "{" and depth == 0 and signature(source.code[head:offset]):
            found.append(Function(source, head, offset))
            offset = found[-1].end
            head = offset + 1
        elif c in "{}":
            depth += 1 if c == "{" else -1
        if depth == 0 and c in ";}":
            head = offset + 1
        offset += 1
    return found


# ---- public declarations ----------------------------------------------------


def is_documented(source, offset):
    """A comment ends on the line above the declaration."""
    above = source.text[:offset].rstrip(" \t")
    if not above.endswith("\n") or above.endswith("\n\n"):
        return False
    end = len(above) - 1
    return any(last == end and not DIVIDER.match(source.text[first:last])
               for first, last in source.comments)


def declarations(source):
    """(offset, text) of each declaration at the outermost level."""
    # extern "C" { ... } for C++ stands between directives
    code = re.sub(r"\bextern\s+\{|^\}(?=\s*\Z)", blanks, source.code, flags=re.M)
    depth, begin = 0, None
    for offset, c in enumerate(code):
        if begin is None and not c.isspace():
            begin = offset
        depth += {"{": 1, "}": -1}.get(c, 0)
        text = code[begin:offset + 1] if begin is not None else ""
        body = c == "}" and signature(text[:text.find("{")])
        if depth == 0 and (c == ";" or body):
            yield begin, text
            begin = None
    for match in re.finditer(r"^#[ \t]*define[ \t]+\w+\(", source.bare, re.M):
        yield match.start(), match[0]


def undocumented(headers):
    """(declarations, those without a comment). What differs from the line
    above by name and type alone shares its comment."""
    counted, missing = 0, []
    defined = {m for s in headers
               for m in re.findall(r"^(?:struct|enum) \w+(?= \{)", s.code, re.M)}
    for source in headers:
        shared, shared_end = None, None
        for offset, text in declarations(source):
            forward = re.fullmatch(r"(struct \w+);", text)
            if forward and (forward[1] in defined or
                            is_described_elsewhere(headers, source, text)):
                continue
            counted += 1
            list_of = re.search(r"\(.*\)", text, re.S)
            same = list_of and list_of[0] == shared and \
                not source.text[shared_end:offset].strip(" \t\n") and \
                "\n\n" not in source.text[shared_end:offset]
            if not same and not is_documented(source, offset):
                missing.append(f"{source.place(offset)}: {first_line(text)}")
                shared = None
            else:
                shared = list_of and list_of[0]
            shared_end = offset + len(text)
    return counted, missing


def is_described_elsewhere(headers, here, text):
    """An opaque type that another header describes."""
    return any(other is not here and is_documented(other, match.start())
               for other in headers
               for match in re.finditer(rf"^{re.escape(text)}", other.code, re.M))


def first_line(text):
    return text.splitlines()[0]


# ---- figures ----------------------------------------------------------------


def rank(values, share):
    """The value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


class Table:
    def __init__(self, listing):
        self.listing, self.missed = listing, False

    def row(self, name, value, limit=None, unit="", offenders=()):
        good = limit is None or value <= limit
        self.missed |= not good
        goal = "" if limit is None else f"at most {limit:g}{unit}"
        shown = f"{value:g}{unit}"
        line = f"{name:<42}{shown:>8}  {goal:<14}{'' if good else 'MISSED'}"
        print(line.rstrip())
        if self.listing:
            for offender in offenders:
                print(f"    {offender}")


def over(items, size, limit, text):
    """Those above the limit, the largest first."""
    kept = sorted((i for i in items if size(i) > limit), key=size, reverse=True)
    return [text(i) for i in kept]


def file_rows(table, sources):
    def lines(source):
        return len(source.lines)

    sizes = [lines(s) for s in sources]
    table.row("lines per .c file, median", rank(sizes, 0.5), 130)
    table.row("lines per .c file, p90", rank(sizes, 0.9), 330, "",
              over(sources, lines, 330, lambda s: f"{s.path}: {lines(s)}"))
    table.row("lines per .c file, max", max(sizes), 600)


def function_rows(table, found):
    def row(name, size, share, limit, text):
        offenders = over(found, size, limit, text) if text and limit else ()
        table.row(name, rank([size(f) for f in found], share), limit, "", offenders)

    def named(size):
        return lambda f: f"{f.place}: {f.name}: {size(f)}"

    def lines(function):
        return function.lines

    def nesting(function):
        return function.nesting

    def taken(function):
        return function.parameters

    row("lines per function, median", lines, 0.5, 12, None)
    row("lines per function, p90", lines, 0.9, 25, named(lines))
    row("lines per function, max", lines, 1, 70, None)
    row("blocks within blocks, p90", nesting, 0.9, 1, named(nesting))
    row("parameters, median", taken, 0.5, None, None)
    row("parameters, max", taken, 1, None, None)


def wide_lines(sources):
    return [f"{s.path}:{n}" for s in sources for n, line in enumerate(s.lines, 1)
            if len(line.expandtabs(8)) > COLUMNS]


def comment_share(sources):
    """Per cent of the lines below the heads that hold a comment."""
    commented = total = 0
    for source in sources:
        head = source.head_end()
        numbers = {n for first, last in source.comments
                   for n in range(source.line_of(first), source.line_of(last) + 1)}
        commented += sum(n > head for n in numbers)
        total += max(len(source.lines) - head, 0)
    return round(100 * commented / total, 1)


def wrong_heads(sources):
    """Files whose first comment names another one: they were renamed."""
    def named(source):
        first = re.search(r"\b(\w+\.[ch]) - ", "\n".join(source.lines[:4]))
        return first[1] if first else "none"
    return [f"{s.path}: the head names {named(s)}" for s in sources
            if named(s) != os.path.basename(s.path)]


def broken_layers():
    run = subprocess.run([os.path.join(ROOT, "tests", "layers.sh")],
                         capture_output=True, text=True, check=False)
    lines = run.stdout.splitlines()
    broken = [line[2:].strip() if line.startswith("#") else line for line in lines
              if not line.startswith("ok ")]
    return sum(line.startswith("not ok ") for line in lines), broken


def read_all(pattern):
    paths = glob.glob(os.path.join(ROOT, pattern), recursive=True)
    return [Source(p) for p in sorted(paths)]


def main():
    sources, headers = read_all("src/**/*.c"), read_all("include/romsplit/*.h")
    everything = sources + headers + read_all("src/**/*.h")
    table = Table("--list" in sys.argv[1:])
    file_rows(table, sources)
    function_rows(table, [f for s in sources for f in functions(s)])
    gotos = [s.place(m.start()) for s in sources
             for m in re.finditer(r"\bgoto\b", s.code)]
    table.row("goto", len(gotos), 0, "", gotos)
    wide = wide_lines(everything)
    lines = sum(len(s.lines) for s in everything)
    table.row(f"lines over {COLUMNS} columns", round(100 * len(wide) / lines, 2),
              1, " %", wide)
    table.row("comment lines below the file head", comment_share(sources), None, " %")
    heads = wrong_heads(everything)
    table.row("file heads that name another file", len(heads), 0, "", heads)
    counted, missing = undocumented(headers)
    table.row(f"of {counted} public declarations undocumented", len(missing), 0, "",
              missing)
    count, broken = broken_layers()
    table.row("includes against the layers", count, 0, "", broken)
    return table.missed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # a reader that has seen enough
        sys.exit(1)
