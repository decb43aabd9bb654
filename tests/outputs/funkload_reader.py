# SPDX-License-Identifier: Apache-2.0
"""A strict reader of FunkLoad's XML: takes what FunkLoad 1.17's report builder takes,
refuses what would end it or lead it astray, and works out the figures it shows."""
import re
import xml.etree.ElementTree

CONFIG = set("""id class class_title class_description method module description configuration_file cycles cycle_time
duration sleep_time sleep_time_min sleep_time_max startup_delay log_xml node python_version server_url""".split())
COMMON = "cycle cvus thread suite name time result duration"
RESPONSE = set((COMMON + " step number type url code description").split())
TEST = set((COMMON + " steps connection_duration requests pages xmlrpc redirects images links").split())
PAGE_TYPES = {"get", "post", "put", "delete", "head", "xmlrpc"}


def check(condition, *what):
    if not condition:
        raise AssertionError("FunkLoad cannot read it: %r" % (what,))


class Cycle:
    def __init__(self, users):
        self.users, self.tests, self.responses = users, [], []
        self.pages = []  # durations

    def share_of_good_tests(self):
        return sum(test["result"] == "Successful" for test in self.tests) / len(self.tests)


class Report:
    def __init__(self, text):
        root = xml.etree.ElementTree.fromstring(text.encode("utf-8"))
        check(root.tag == "funkload" and root.get("version") == "1.17.0", root.attrib)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", root.get("time")), root.attrib)
        self.config, self.cycles, self.elements = {}, [], []
        for element in root:
            check(len(element) == 0 and not (element.text or "").strip(), element.tag)
            self.take(element)
        self.read_config()
        self.sort_into_cycles()

    def take(self, element):
        if element.tag == "config":
            check(not self.elements, "config behind records")
            check(set(element.attrib) == {"key", "value"} and element.get("key") not in self.config, element.attrib)
            self.config[element.get("key")] = element.get("value")
        else:
            wanted = {"response": RESPONSE, "testResult": TEST}[element.tag]
            check(set(element.attrib) - {"traceback"} == wanted, set(element.attrib) ^ wanted)
            self.elements.append(element)

    def read_config(self):
        check(CONFIG <= set(self.config) <= CONFIG | {"label"}, set(self.config) ^ CONFIG)
        self.duration = float(self.config["duration"])
        check(self.duration > 0, "rates are divided by the duration")
        check(re.fullmatch(r"\[\d+(, \d+)*\]", self.config["cycles"]), self.config["cycles"])
        self.cycles = [Cycle(int(users)) for users in self.config["cycles"][1:-1].split(",")]

    def sort_into_cycles(self):
        widths, pages = set(), {}
        for element in self.elements:
            record = dict(element.attrib, tag=element.tag)
            for key in ("cycle", "cvus", "thread"):
                check(re.fullmatch(r"\d{3,}", record[key]), record)
                widths.add(len(record[key]))
            check(record["result"] in ("Successful", "Failure", "Error"), record)
            check(float(record["time"]) > 0 and float(record["duration"]) >= 0, record)
            cycle = self.cycles[int(record["cycle"])]
            check(int(record["cvus"]) == cycle.users and int(record["thread"]) <= cycle.users, record)
            if element.tag == "testResult":
                check(all(int(record[key]) >= 0 for key in "steps requests pages xmlrpc redirects images links".split()))
                cycle.tests.append(record)
                continue
            check(re.fullmatch(r"\d{3,}", record["step"]) and re.fullmatch(r"\d{3,}", record["number"]), record)
            check(record["type"] == "".join(c.lower() if c.isascii() else c for c in record["type"]), record)
            cycle.responses.append(record)
            where = record["cycle"], record["thread"]
            if record["type"] in PAGE_TYPES:
                cycle.pages.append(0.0)
                pages[where] = len(cycle.pages) - 1
            if where in pages:
                cycle.pages[pages[where]] += float(record["duration"])
        check(len(widths) <= 1, "numbers of several widths", widths)

    def tests(self):
        return [test for cycle in self.cycles for test in cycle.tests]

    def responses(self):
        return [response for cycle in self.cycles for response in cycle.responses]
