# SPDX-License-Identifier: Apache-2.0
"""A thousand hostile texts through every output that is built: strict readers take what
comes out, and find the texts as they were, or as the documents say they are shown."""
import html.parser
import json
import random
import re
import sys

# First, since it tells where harness is.
from recording import PLACES, Recording, built_outputs, loads
from funkload_reader import Report
from harness import run_all
from readers import (disarmed, read_csv, read_file, read_influx, read_junit, read_markdown, read_openmetrics, visible)
from statsd_server import Server

COUNT = 1000
NAME_LIMIT = 512     # bytes; longer ones are cut: see docs/result-schema.json
COUNTER_LIMIT = 256  # bytes; longer ones are refused: see docs/reference/protocol.md

BEGINNINGS = ["", " ", "=", "+", "-", "@", "'", '"', "\t", "\r", "\n", ",", ";", "#", "|", "`", "~", "<", ">", "&", "\\",
              "{", "}", "%", "$", "*", "_", "[", "!", ".", ":", "/", "(", "\uff1d", "\ufeff", "\u202e", "# EOF\n"]
CORES = ["=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\")", "]]>", "<![CDATA[", "<!--", "-->", "</script><script>alert(1)</script>",
         "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "&amp;", "&#0;", "&lol;", "<?xml version=\"1.0\"?>",
         "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>", "</system-err></testsuite>", "\x1b[2J\x1b]0;x\x07",
         "\u202eabc\u202c", "\u2066\u2069", "\u200b\u200d", "\ufffe", "\uffff", "\U0001fffe", "\u0085\u2028\u2029",
         "\x01\x02\x08\x0b\x0c\x0e\x1f\x7f\x80\x9f", "\r\n", "\n\n", "\t", "a\nb", "\\", "\\\\", "\\n", "\\u0000", "\\\"", "\\,",
         "\\=", "\\ ", "a,b=c d", "\"", "\"\"", "''", "```", "`a`", "![x](http://x)", "[x](javascript:alert(1))", "@everyone",
         "http://x/?a=b&c=d", "javascript:alert(1)", "# EOF", "# TYPE x counter", "}", "{", "{{", "${x}", "%s%n%d", "%00",
         "../../etc/passwd", "; rm -rf /", "$(id)", "`id`", "' OR 1=1 --", "NaN", "null", "True", "1e999", "0",
         "\U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467", "e\u0301\u0301\u0301\u0301", "\u05d0\u0627\u4e2d",
         "\U0010ffff", "|c", "a:1|c", "::error::x", "x" * 300, "\U0001f4a9" * 120, "<" * 200, "\n" * 50, "\"" * 100,
         "".join(map(chr, range(1, 0x20)))]


def same(got, wanted):
    """Tells the first difference of two lists, not all that is in them."""
    if isinstance(wanted, list) and isinstance(got, list):
        for one, other in zip(got, wanted):
            assert one == other, "got %.300r, wanted %.300r" % (one, other)
        assert len(got) == len(wanted), "got %d, wanted %d" % (len(got), len(wanted))
    assert got == wanted, "got %.300r, wanted %.300r" % (got, wanted)


def texts(number):
    """All beginnings, all cores, then what chance makes of them; each one once."""
    chance = random.Random(1)
    found = dict.fromkeys(core for core in CORES)
    found.update(dict.fromkeys(begin + core for begin in BEGINNINGS for core in CORES[:6] if begin))
    while len(found) < number + 1:
        length = chance.choice((1, 2, 3, 3, 3, 40))
        found["".join(chance.choice(BEGINNINGS + CORES + [chr(chance.randrange(1, 0xd800)), chr(chance.randrange(1, 0x80))])
                      for _ in range(length))[:2000]] = None
    found.pop("", None)
    return list(found)[:number]


TEXTS = texts(COUNT)
LABEL, PROJECT = "=1+1,\"]]>\n\u202e\\", "</title><script>x</script>\x01|`"


def hostile_recording():
    run = Recording([{"users": 1, "hits": 1}], names=["]]>\"\n,=x\\"], label=LABEL, project=PROJECT)
    status = [1, 1, 1, 1]
    for number, text in enumerate(TEXTS):
        second = number / COUNT
        run.add(second, "startTest", status, test=text)
        run.hit(second, status, name=text, method=text[:20], url="http://h/" + text, elapsed=(number + 1) / 1000)
        run.hit(second, status, url=text, code=0, error=text, elapsed=0)
        if number % 10 == 0 and len(text.encode()) <= COUNTER_LIMIT:
            run.add(second, "incr_counter", status, name=text, value=1, test=text)
            run.add(second, "metric", status, name=text, value=1, kind="gauge", test=text)
        run.add(second, "addFailure" if number % 2 else "addError", status, test=text, exc_info=[text, "<class 'X'>" + text, text])
        run.add(second, "stopTest", status, test=text)
    return run


RUN = hostile_recording()


def xml_form(text):
    """What XML may hold of it."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


def fits(text):
    return len(text.encode()) <= NAME_LIMIT


class Reference:
    """What the result document says, once it has been found to be what was sent."""

    def __init__(self, folder):
        self.document = RUN.document(folder)
        same(self.document["messages"]["malformed"], 0)
        same((self.document["label"], self.document["project"]), (LABEL, PROJECT))
        if "html" in built_outputs():
            harmless = Recording([{"users": 1, "hits": 1}])
            harmless.hit(0, None)
            self.harmless_tags = Page(harmless.report(folder, "html")).tags
        self.names = [(row["name"], row["method"]) for row in self.document["names"]]
        self.tests = [test["name"] for test in self.document["tests"]]
        known = {name for name, _ in self.names}
        assert all(text in known for text in TEXTS if fits(text))
        same(len(self.tests), COUNT)
        assert all(text in self.tests for text in TEXTS if fits(text))


def check_csv(got, reference):
    timeline, names = got
    assert read_csv(timeline)
    same([(disarmed(row["name"]), disarmed(row["method"])) for row in read_csv(names)], reference.names)


def check_file(got, reference):
    sent = [dict(line) for line in RUN.lines[1:]]
    same(read_file(got)[1:-1], sent)


def check_funkload(got, reference):
    report = Report(got)
    same([r["url"] for r in report.responses()], [xml_form(url) for text in TEXTS for url in ("http://h/" + text, text)])
    same([r["description"] for r in report.responses()][1::2], [xml_form(text) for text in TEXTS])
    same([test["name"] for test in report.tests()], [xml_form(text) for text in TEXTS])
    for test, text in zip(report.tests(), TEXTS):
        assert test["traceback"].startswith(xml_form(text.rstrip("\n"))), (test["traceback"], text)
    same(report.config["label"], xml_form(LABEL))


class Page(html.parser.HTMLParser):
    """The elements of a page, the JSON in it, and the title."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.data, self.inside = [], {}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.inside = dict(attributes).get("id", tag)

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, text):
        self.data[self.inside] = self.data.get(self.inside, "") + text


def check_html(got, reference):
    page = Page(got)
    same(page.tags, reference.harmless_tags)
    columns, names = json.loads(page.data["data"])["names"], [""]
    for shared, rest in zip(columns["name_shared"], columns["name_rest"]):
        names.append(names[-1][:shared] + rest)
    same(list(zip(names[1:], columns["method"])), reference.names)


def check_influx(got, reference):
    points = read_influx(got)
    same([(p.tags.get("name", ""), p.tags["method"]) for p in points if p.measurement == "loads_name"], reference.names)
    same([p.tags["test"] for p in points if p.measurement == "loads_test"], reference.tests)
    same({(p.tags["label"], p.tags["project"]) for p in points}, {(LABEL, PROJECT)})


def check_json(got, reference):
    same(json.loads(got), reference.document)


def check_junit(got, reference):
    suite = read_junit(got)
    same([case.get("name") for case in suite.findall("testcase")], [xml_form(name) for name in reference.tests] + ["verdict"])
    same(suite.get("name"), xml_form(PROJECT))


def check_markdown(got, reference):
    def shown(text):
        return re.sub("[\ufffe\uffff]", "\ufffd", visible(text, newline=" ").replace("`", "'"))

    spans = read_markdown(got)
    wanted = {shown(text) for name, method in reference.names for text in (name, method + " " + name)}
    wanted |= {shown(text) for error in reference.document["errors"] for text in (error["message"], error["class"])}
    wanted |= {shown(text) for text in (*reference.tests, LABEL, PROJECT, "r1", RUN.lines[0]["plan"][0]["name"])}
    # Blanks at the end of a code span are the reader's to drop, as are those that follow one another.
    wanted = {re.sub(" +", " ", text).strip() for text in wanted}
    for span in spans:
        plain = re.sub(" +", " ", span).strip()
        assert plain in wanted or plain.endswith("...") and any(text.startswith(plain[:-3]) for text in wanted), span
    assert len(spans) > 20, spans


def check_openmetrics(got, reference):
    samples = read_openmetrics(got)
    counts = [labels for name, labels in samples if name == "loads_name_latency_seconds_count"]
    same([tuple(dict(labels).values()) for labels in counts], reference.names)
    same([dict(labels)["test"] for name, labels in samples if name == "loads_test_latency_seconds_count"], reference.tests)
    same({dict(labels)["name"] for name, labels in samples if name == "loads_counted"}, set(reference.document["counters"]))


def check_stdout(folder):
    """Text for people: nothing in it may steer a terminal."""
    text = loads(folder, "report", "run.jsonl", "--output", "stdout").stdout.decode("utf-8")
    assert len(text) > 1000 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def check_statsd(folder):
    server = Server()
    loads(folder, "report", "run.jsonl", *server.options("--output-statsd-names=yes"))
    metrics = server.metrics()
    same(sum(metrics["loads.hits"]), 2 * COUNT)


def check_nothing(folder):
    same(loads(folder, "report", "run.jsonl", "--output", "null").stdout, b"")


READERS = {name[6:]: check for name, check in vars().items() if name.startswith("check_") and name[6:] in PLACES}
OTHERS = {"stdout": check_stdout, "statsd": check_statsd, "null": check_nothing}


def test_texts_are_what_they_should_be(folder):
    same(len(set(TEXTS)), COUNT)
    assert all(any(chr(point) in text for text in TEXTS) for point in [*range(1, 0x20), 0x7f, 0x85, 0x202e, 0xfffe])


def test_every_output_has_a_reader(folder):
    same(set(built_outputs()) - set(READERS) - set(OTHERS), set())


def add_tests():
    known = []

    def through(name):
        def test(folder):
            if name in OTHERS:
                RUN.save(folder + "/run.jsonl")
                OTHERS[name](folder)
                return
            known[:] = known or [Reference(folder)]
            READERS[name](RUN.report(folder, name), known[0])
        return test

    for name in built_outputs():
        globals()["test_through_" + name] = through(name)


add_tests()
run_all(sys.modules[__name__])
