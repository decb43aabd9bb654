# SPDX-License-Identifier: Apache-2.0
"""Rows: how they are dealt, read, checked, and handed to tests; and texts that JSON
and the host can take."""
import json
import sys
from types import SimpleNamespace

from harness import Case, PACKAGE, run_all

sys.path.insert(0, PACKAGE)
sys.dont_write_bytecode = True

from loads.deal import Deal  # noqa: E402
from loads.encode import TEXT_LIMIT, encode_text  # noqa: E402
from loads.loader import Test  # noqa: E402
from loads.rows import open_rows  # noqa: E402
from loads.settings import UsageError  # noqa: E402


class TestDeal(Case):

    def rows(self, order, rows, users, turns, is_unique=False, seed="7"):
        deal = Deal(order, is_unique, rows, users, seed)
        return [[deal.row(user, turn) for turn in range(1, turns + 1)] for user in range(1, users + 1)]

    def test_sequential(self):
        self.assertEqual(self.rows("sequential", 3, 2, 4), [[0, 2, 1, 0], [1, 0, 2, 1]])

    def test_once(self):
        self.assertEqual(self.rows("once", 3, 2, 3), [[0, 2, None], [1, None, None]])

    def test_unique(self):
        self.assertEqual(self.rows("sequential", 5, 2, 4, True), [[0, 2, 4, 0], [1, 3, 1, 3]])
        self.assertEqual(self.rows("once", 5, 2, 4, True), [[0, 2, 4, None], [1, 3, None, None]])

    def test_shuffled(self):
        for count in (1, 2, 5, 16, 17, 100):
            dealt = [row for rows in self.rows("shuffled", count, 1, 3 * count) for row in rows]
            passes = [dealt[begin:begin + count] for begin in range(0, 3 * count, count)]
            for each in passes:  # each row once in each time through
                self.assertEqual(sorted(each), list(range(count)))
        self.assertNotEqual(passes[0], passes[1])
        self.assertNotEqual(self.rows("shuffled", 100, 1, 9), self.rows("shuffled", 100, 1, 9, seed="8"))
        for user, rows in enumerate(self.rows("shuffled", 20, 4, 5, True)):
            self.assertEqual(sorted(rows), list(range(user, 20, 4)))

    def test_random(self):
        dealt = self.rows("random", 10, 2, 200)
        self.assertEqual(dealt, self.rows("random", 10, 2, 200))
        self.assertNotEqual(*dealt)
        self.assertEqual(set(dealt[0]), set(range(10)))


class TestTexts(Case):

    def test_encode(self):
        for text in ("", "plain", "\"\\\n\x1f\x7f", "\u20ac \U0001f600", "\\ud800 as text"):
            self.assertEqual(json.loads(encode_text(text)), text)
        self.assertEqual(json.loads(encode_text("a\0b\ud800c\udfff\u20ac")), "a\ufffdb\ufffdc\ufffd\u20ac")
        self.assertEqual(len(json.loads(encode_text("x" * 100000))), TEXT_LIMIT + len("..."))


TESTS = """
    import unittest
    from loads.case import TestCase
    class TestSearch(TestCase):
        def test_search(self, term, page: int = 1, price: float = 0.5, is_new: bool = False):
            print(f"{self.user} {self.iteration}: {term!r} {page!r} {price!r} {is_new!r}")
        def test_row(self):
            print("row", self.row.get("more"))
    class TestPlain(unittest.TestCase):
        def test_page(self, page="none"):
            print(f"plain {page!r}")
"""


class Searches:
    def test_search(self, term, page: int = 1, price: float = 0.5, is_new: bool = False):
        """Never called: only its parameters count."""


class TestRows(Case):

    def setUp(self):
        super().setUp()
        self.target = self.write("search.py", TESTS)

    def test_csv(self):
        data = self.write("terms.csv", 'page,term,more\n1,lamp,x\n2,"chair, ""red""\n",y\n\n-3, rug,z\n')
        sink = self.run_for_host(self.target, "--data", data, LOADS_TOTAL_USERS="2", LOADS_PROCESS_USERS="2",
                                 LOADS_TOTAL_HITS="2")
        self.assertEqual(sorted(line for line in sink.out.splitlines() if ":" in line),
                         ["1 1: 'lamp' 1 0.5 False", "1 2: ' rug' -3 0.5 False",
                          "2 1: 'chair, \"red\"\\n' 2 0.5 False", "2 2: 'lamp' 1 0.5 False"])
        self.assertEqual(sorted(line for line in sink.out.splitlines() if ":" not in line),
                         ["plain '-3'", "plain '1'", "plain '1'", "plain '2'", "row x", "row x", "row y", "row z"])

    def test_json_once(self):
        data = self.write("terms.json", json.dumps([{"term": ["any", 1], "is_new": True, "price": 2},
                                                    {"term": None, "is_new": False, "price": 2.5}]))
        sink = self.run_for_host(self.target + ":TestSearch.test_search", "--data", data, "--data-order", "once",
                                 LOADS_TOTAL_HITS="9")
        self.assertEqual(sink.out.splitlines(), ["1 1: ['any', 1] 1 2.0 True", "1 2: None 1 2.5 False"])
        self.assertEqual(len(sink.of("addSuccess")), 2)

    def test_defaults(self):
        run = self.run_by_hand(self.target + ":TestPlain")
        self.assertIn("plain 'none'\n", run.out)

    def test_mistakes(self):
        for name, text, options, complaint in (
                ("a.csv", "page,term\n1,a\nx,b\n", (),
                 'a.csv, line 3, row 2, column page: "x" is not a whole number'),
                ("a.csv", "page\n1\n", (), "Searches.test_search needs a value for term, and "),
                ("a.csv", "page,term\n1\n", (), "a.csv, line 2, row 1: 1 values for 2 columns"),
                ("a.csv", "term,term\n1,2\n", (), "two columns have the same name"),
                ("a.csv", "term\n", (), "has no row"),
                ("a.csv", 'term\n"x\n', (), "a.csv, line 2: unexpected end of data"),
                ("a.txt", "term\n", (), "the name ends neither with .csv nor with .json"),
                ("a.json", "{}", (), "is not an array of objects"),
                ("a.json", "[1]", (), "row 1: is not an object"),
                ("a.json", "[", (), "a.json: Expecting value"),
                ("a.json", '[{"term": 1, "page": 1.5}]', (), "row 1, column page: 1.5 is not a whole number"),
                ("a.json", '[{"term": 1, "is_new": "yes"}]', (), 'column is_new: "yes" is neither true nor false'),
                ("a.csv", "term,price\nx,nan\n", (), 'column price: "nan" is not a finite number'),
                ("a.csv", "term\n1\n2\n", (3,), "has 2 rows; --data-unique needs one for each of 3"),
                ("none.csv", None, (), "No such file")):
            with self.subTest(name=name, text=text):
                data = self.write(name, text) if text is not None else name
                settings = SimpleNamespace(data=data, data_order="sequential", users=1, seed="7",
                                           data_unique=bool(options), data_users=options[0] if options else 1)
                with self.assertRaises(UsageError) as raised:
                    open_rows(settings, [Test(Searches, "test_search")])
                self.assertIn(complaint, str(raised.exception))
        run = self.run_by_hand(self.target)
        self.assertEqual(run.code, 2)
        self.assertIn("TestSearch.test_search needs a value for term: give rows with --data", run.err)


run_all()
