# SPDX-License-Identifier: Apache-2.0
"""docs/reference/protocol.md says what the wire cases show, and what the decoder
reads, no less and no more: types, members, reasons, and the cases by name."""
import json
import os
import re
import sys

SOURCE = os.environ.get("top_srcdir", ".")
WIRE = os.path.join(SOURCE, "tests", "wire")
# Found by what stands around a decoder, or too long for a case.
REASONS_WITHOUT_CASE = {"too_big", "multipart", "stale"}


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8", errors="replace") as file:
        return file.read()


def names(text):
    return re.findall(r"`(\w+)`", text)


# ---- What the decoder reads.

def code_names():
    """Types and members of the decoder's tables."""
    draft = read("core", "protocol", "draft.c")
    types = set(re.findall(r'\{ "(\w+)", LOADS_', draft)) | {"batch"}
    members = set(re.findall(r'RULE\(\w+, "(\w+)"', draft)) | set(re.findall(r'\.name = "(\w+)", \.form', draft))
    return types, members


def code_reasons():
    return set(re.findall(r'\[REJECT_\w+\] = "(\w+)"', read("core", "protocol", "message.c")))


# ---- What the reference says.

PAGE = read("docs", "reference", "protocol.md")


def section(title):
    return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % title, PAGE, re.S | re.M).group(1)


def tables(text):
    """Each table as rows of cells, its header first."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
        yield rows[:1] + rows[2:]


def page_types():
    """The members that the reference gives each type."""
    found = {}
    for rows in tables(section("Messages")):
        if rows[0][:2] == ["`data_type`", "Members, **needed** ones in bold"]:
            for row in rows[1:]:
                for data_type in names(row[0]):
                    found[data_type] = set(names(row[1]))
    for row in next(tables(section("Additions")))[1:]:
        head, _, rest = row[0].partition(" with ")
        if rest:
            found[names(head)[0]] = set(names(rest))
        elif head.endswith(" on a hit"):
            found["add_hit"] |= set(names(head))
    return found


def page_members():
    return set(names(section("Messages") + section("Additions")))


def page_reasons():
    return {name for rows in tables(section("Limits")) if rows[0][0] == "Reason"
            for row in rows[1:] for name in names(row[0])}


# ---- What the cases show.

def cases():
    return sorted(name for name in os.listdir(WIRE) if os.path.isdir(os.path.join(WIRE, name)))


def frames(case):
    """Each frame with the lines that are expected of it."""
    folder = os.path.join(WIRE, case)
    if not os.path.exists(os.path.join(folder, "in")):
        return  # in.hex: not JSON
    with open(os.path.join(folder, "in"), "rb") as file:
        sent = file.read().split(b"\n")
    blocks = re.split(r"^-- (?:fast|slow)\n", read("tests", "wire", case, "expect"), flags=re.M)[1:]
    for frame, block in zip(sent, blocks):
        yield frame, block.splitlines()


def messages(value):
    """The messages of a frame, those of a batch with the type that it gives them."""
    for message in value if isinstance(value, list) else [value]:
        yield message
        for data_type, parts in (message.get("counts") or {}).items():
            for part in parts:
                yield {**part, "data_type": data_type}


def wire_types():
    """The members that each type is shown with, in messages that are counted."""
    found = {}
    for case in cases():
        for frame, lines in frames(case):
            if not lines or any(re.match(r"rejected|unknown", line) for line in lines):
                continue
            for message in messages(json.loads(frame)):
                told = {name for name, value in message.items() if value is not None}
                found.setdefault(message["data_type"], set()).update(told)
    return found


def wire_reasons():
    return {reason for case in cases() for reason in
            re.findall(r"^rejected (\w+)", read("tests", "wire", case, "expect"), re.M)}


# ---- The checks: each returns what is wrong.

def differ(one, other, what, where_one, where_other):
    return ["%s %s: in %s, not in %s" % (what, name, where_one, where_other) for name in sorted(one - other)] + \
           ["%s %s: in %s, not in %s" % (what, name, where_other, where_one) for name in sorted(other - one)]


def check_types():
    known = code_names()[0]
    return differ(set(page_types()), known, "type", "the reference", "the decoder") + \
        ["type %s: no case shows it" % name for name in sorted(known - set(wire_types()))]


def check_members():
    known = code_names()[1]
    shown = set().union(*wire_types().values())
    return ["member %s: not in the reference" % name for name in sorted(known - page_members())] + \
        ["member %s: no case shows it" % name for name in sorted(known - shown)]


def check_members_of_types():
    types, known = page_types(), code_names()[1]
    shown = wire_types()
    return ["%s of %s: no case shows it" % (member, data_type) for data_type, members in sorted(types.items())
            for member in sorted(members - shown.get(data_type, set()))] + \
        ["%s of %s: the decoder does not know it" % (member, data_type)
         for data_type, members in sorted(types.items()) for member in sorted(members - known)]


def check_reasons():
    return differ(page_reasons(), code_reasons(), "reason", "the reference", "the decoder") + \
        differ(code_reasons() - REASONS_WITHOUT_CASE, wire_reasons(), "reason", "the decoder", "the cases")


def check_cases():
    linked = set(re.findall(r"\]\(\.\./\.\./tests/wire/([\w-]+)/?\)", PAGE))
    return differ(linked, set(cases()), "case", "the reference", "tests/wire")


def main():
    checks = [("each type is in the reference, the decoder and a case", check_types),
              ("each member too", check_members),
              ("each member that the reference gives a type is shown with it", check_members_of_types),
              ("each reason is in the reference, the decoder and a case", check_reasons),
              ("the reference links to each case", check_cases)]
    failures = 0
    print("1..%d" % len(checks))
    for number, (text, check) in enumerate(checks, 1):
        wrong = check()
        failures += bool(wrong)
        print("%s %d - %s" % ("not ok" if wrong else "ok", number, text))
        for line in wrong:
            print("# " + line)
    return 1 if failures else 0


sys.exit(main())
