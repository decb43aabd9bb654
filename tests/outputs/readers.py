# SPDX-License-Identifier: Apache-2.0
"""A strict reader for each format that outputs write: it refuses what another
program would stumble over, and gives the values back."""
import csv
import io
import json
import re
import subprocess
import xml.etree.ElementTree

from prometheus_client.openmetrics import parser as openmetrics_parser

from recording import SOURCE


def run(command, text):
    process = subprocess.run(command, input=text.encode("utf-8"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.returncode == 0, "%s: %s" % (command[0], process.stdout[-2000:])
    return process.stdout.decode("utf-8")


def read_csv(text):
    """The rows as dictionaries. RFC 4180: lines end in CRLF, rows are equally long."""
    assert text.endswith("\r\n")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    for row in rows:
        assert len(row) == len(head), row
    # What is not in quotes holds no line break of its own.
    assert re.fullmatch(r'(?:(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n))*', text), "not RFC 4180"
    return [dict(zip(head, row)) for row in rows]


def disarmed(cell):
    """A text cell without the mark before what would be a formula."""
    assert not cell or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", cell
    return cell[1:] if cell.startswith("'") else cell


def read_junit(text):
    """The suite, checked by the schema."""
    run(["xmllint", "--noout", "--nonet", "--schema", SOURCE + "/tests/outputs/junit.xsd", "-"], text)
    suites = list(xml.etree.ElementTree.fromstring(text.encode("utf-8")))
    assert len(suites) == 1
    cases = suites[0].findall("testcase")
    assert int(suites[0].get("tests")) == len(cases)
    assert int(suites[0].get("failures")) == sum(case.find("failure") is not None for case in cases)
    assert int(suites[0].get("errors")) == sum(case.find("error") is not None for case in cases)
    return suites[0]


def read_openmetrics(text):
    """{(name of a sample, its labels in order): value}; taken by promtool, and by the strict
    parser of the format."""
    run(["promtool", "check", "metrics"], text)
    samples = {}
    for family in openmetrics_parser.text_string_to_metric_families(text):
        assert family.documentation and family.type in ("gauge", "summary"), family
        for sample in family.samples:
            key = sample.name, tuple(sample.labels.items())
            assert key not in samples, key
            samples[key] = sample.value
    return samples


class Line:
    """One point of InfluxDB's line protocol."""

    FIELD = re.compile(r"(-?\d+)i|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")

    def __init__(self, text):
        self.text, self.at = text, 0
        self.measurement = self.take(", ")
        self.tags, self.fields = {}, {}
        while self.text[self.at] == ",":
            self.at += 1
            key = self.pair()
            assert key not in self.tags
            self.tags[key] = self.value(self.take(", "))
        separator = " "
        while self.text[self.at] == separator:
            self.at += 1
            key = self.pair()
            assert key not in self.fields
            match = self.FIELD.match(self.text, self.at)
            assert match, text
            self.at = match.end()
            self.fields[key] = int(match[1]) if match[1] else float(match[2])
            separator = ","
        assert self.fields and re.fullmatch(r" \d+", self.text[self.at:]), text
        self.time_ns = int(self.text[self.at:])

    def take(self, ends):
        """Up to an end that no backslash stands before."""
        begin = self.at
        while self.text[self.at] not in ends:
            self.at += 2 if self.text[self.at] == "\\" else 1
        assert self.at > begin, "nothing at byte %d of %r" % (begin, self.text)
        return self.text[begin:self.at]

    def pair(self):
        key = self.take("=")
        self.at += 1
        return key

    @staticmethod
    def value(tag):
        """Without the backslashes of the protocol, and \\u{..} as what it stands for."""
        assert not re.search(r"[\x00-\x1f\x7f]", tag) and not tag.endswith("\\"), tag
        plain = re.sub(r"\\([,= ])", r"\1", tag)
        return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), plain)


def read_influx(text):
    assert text.endswith("\n")
    return [Line(line) for line in text[:-1].split("\n")]


def read_file(text):
    """The members of each line; none twice."""
    def members(pairs):
        assert len(dict(pairs)) == len(pairs), pairs
        return dict(pairs)

    assert text.endswith("\n")
    return [json.loads(line, object_pairs_hook=members) for line in text[:-1].split("\n")]


def visible(text, newline="\\u{a}"):
    """What people see of it: see docs/reference/outputs.md."""
    unsafe = r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    return re.sub(unsafe, lambda match: newline if match[0] == "\n" else "\\u{%x}" % ord(match[0]), text)


def read_markdown(text):
    """Its code spans; there is nothing else that outside text could have made."""
    found = run(["cmark-gfm", "-e", "table", "-e", "autolink", "--to", "xml"], text)
    tree = xml.etree.ElementTree.fromstring(re.sub("[\ufffe\uffff]", "\ufffd", found))  # as XML wants it
    kinds = {element.tag.split("}")[-1] for element in tree.iter()}
    known = {"document", "heading", "paragraph", "list", "item", "text", "softbreak", "code", "table", "table_header",
             "table_row", "table_cell"}
    assert kinds <= known, kinds - known
    return [element.text or "" for element in tree.iter() if element.tag.endswith("}code")]


def read_statsd(packets):
    """{name: [values]} of metrics that a server takes."""
    metrics = {}
    for packet in packets:
        assert 0 < len(packet) <= 1432, len(packet)
        for line in packet.decode("ascii").split("\n"):
            match = re.fullmatch(r"([A-Za-z0-9_.-]+):(\d+(?:\.\d+)?)\|(c|g|ms)", line)
            assert match, line
            metrics.setdefault(match[1], []).append(float(match[2]))
    return metrics
