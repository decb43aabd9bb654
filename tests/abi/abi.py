#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a compiled plugin relies on in <loads/plugin.h>: sizes, offsets, types and values.

    abi.py describe INCLUDE   prints them, as a record to keep (tests/abi/abi-NUMBER.txt)
    abi.py check INCLUDE      compares them with the record of the header's number, and
                              fails when a plugin that was built for it would break

INCLUDE is the folder that holds loads/plugin.h. The compiler knows all of it, and
writes it down as debugging information, which readelf prints.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CC = os.environ.get("CC", "cc").split()


class Entry:
    """One entry of the debugging information, with those inside of it."""

    def __init__(self, tag):
        self.tag = tag
        self.attributes = {}
        self.children = []

    def text(self, name):
        # "(strp) (offset: 0x46): size_t", "(string) int", or without what stands in front.
        return re.sub(r"^(\([^)]*\):?\s*)+", "", self.attributes.get(name, "")).strip()

    def number(self, name):
        found = re.match(r"-?(0x)?[0-9a-f]+", self.text(name))
        return int(found.group(), 0) if found else 0


def parse(listing):
    """All entries by their address; the first is the root."""
    entries, stack, current = {}, [], None
    for line in listing.splitlines():
        head = re.match(r"\s*<(\w+)><(\w+)>: Abbrev Number: \d+(?: \((DW_TAG_\w+)\))?", line)
        attribute = re.match(r"\s*<\w+>\s+(DW_AT_\w+)\s*:\s?(.*)", line)
        if head and head.group(3):
            depth = int(head.group(1), 16)
            current = Entry(head.group(3)[len("DW_TAG_"):])
            entries[int(head.group(2), 16)] = current
            del stack[depth:]
            if stack:
                stack[-1].children.append(current)
            stack.append(current)
        elif attribute and current:
            current.attributes[attribute.group(1)[len("DW_AT_"):]] = attribute.group(2)
    return entries


class Header:
    def __init__(self, include):
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "abi.c"), os.path.join(folder, "abi.o")
            with open(source, "w") as out:
                out.write("#include <loads/plugin.h>\n")
            options = ["-std=gnu11", "-I", include, source]
            subprocess.run(CC + ["-g", "-fno-eliminate-unused-debug-types", "-c", "-o", target] + options,
                           check=True)
            listing = subprocess.run(["readelf", "--debug-dump=info", "--wide", target], check=True,
                                     stdout=subprocess.PIPE, universal_newlines=True).stdout
            macros = subprocess.run(CC + ["-dM", "-E"] + options, check=True, stdout=subprocess.PIPE,
                                    universal_newlines=True).stdout
        self.abi = int(re.search(r"#define LOADS_PLUGIN_ABI (\d+)", macros).group(1))
        self.entries = parse(listing)

    def type_of(self, entry):
        reference = re.search(r"<(0x[0-9a-f]+)>", entry.attributes.get("type", ""))
        return self.entries[int(reference.group(1), 0)] if reference else None

    def name_of(self, kind):
        """A type as it would be written in C, or nearly so."""
        if kind is None:
            return "void"
        target = lambda: self.name_of(self.type_of(kind))
        if kind.tag == "pointer_type":
            return target() + " *"
        if kind.tag == "const_type":
            return "const " + target()
        if kind.tag == "array_type":
            return target() + " []"
        if kind.tag == "subroutine_type":
            parameters = ["..." if child.tag == "unspecified_parameters" else self.name_of(self.type_of(child))
                          for child in kind.children]
            return "%s (%s)" % (target(), ", ".join(parameters) or "void")
        word = {"structure_type": "struct ", "union_type": "union ", "enumeration_type": "enum "}
        return word.get(kind.tag, "") + kind.text("name")

    def describe_members(self, kind, name, base):
        for member in kind.children:
            if member.tag != "member":
                continue
            member_type = self.type_of(member)
            offset = base + member.number("data_member_location")
            full = name + "." + member.text("name")
            if member_type.tag in ("structure_type", "union_type") and not member_type.text("name"):
                yield from self.describe_members(member_type, full, offset)
            else:
                yield full, "at %d, %s" % (offset, self.name_of(member_type))

    def describe(self):
        """(what, how) in the order of the header."""
        yield "abi", str(self.abi)
        for entry in self.entries.values():
            name = entry.text("name")
            if entry.tag == "enumeration_type":
                for value in entry.children:
                    if value.text("name").startswith("LOADS_"):
                        yield ("enum %s.%s" % (name or "(nameless)", value.text("name")),
                               str(value.number("const_value")))
            elif entry.tag == "structure_type" and name.startswith("loads_") and "byte_size" in entry.attributes:
                yield "struct " + name, "%d bytes" % entry.number("byte_size")
                yield from self.describe_members(entry, "struct " + name, 0)


def compare(record, found):
    """What would break a plugin that was built for the record, or would not be seen by its host."""
    for what, how in record.items():
        if what not in found:
            yield "%s is gone" % what
        elif re.fullmatch(r"struct \w+", what):
            if int(found[what].split()[0]) < int(how.split()[0]):
                yield "%s had %s, and has only %s" % (what, how, found[what])
        elif found[what] != how:
            yield "%s was \"%s\", and is \"%s\"" % (what, how, found[what])
    for what, how in found.items():
        member = re.fullmatch(r"(struct \w+)\.\w+", what)
        if what not in record and member and member.group(1) in record:
            offset, size = int(re.match(r"at (\d+)", how).group(1)), int(record[member.group(1)].split()[0])
            if offset < size:
                yield "%s is new, but does not lie behind the old end, where `size` tells of it" % what


def read_record(abi):
    path = os.path.join(HERE, "abi-%d.txt" % abi)
    if not os.path.exists(path):
        sys.exit("there is no record of ABI %d: make %s with `abi.py describe`, and keep the others" % (abi, path))
    with open(path) as lines:
        return dict(line.rstrip("\n").split(": ", 1) for line in lines if not line.startswith("#"))


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("describe", "check"):
        sys.exit(__doc__)
    header = Header(sys.argv[2])
    if sys.argv[1] == "describe":
        print("# SPDX-License-Identifier: Apache-2.0")
        print("# What plugins rely on, on a machine with 64 bits; tests/abi/abi.py makes and reads it.")
        for what, how in header.describe():
            print("%s: %s" % (what, how))
        return
    problems = list(compare(read_record(header.abi), dict(header.describe())))
    for problem in problems:
        print("ABI %d is broken: %s" % (header.abi, problem))
    if problems:
        sys.exit("raise LOADS_PLUGIN_ABI, or undo the change")


if __name__ == "__main__":
    main()
