# SPDX-License-Identifier: Apache-2.0
"""A visitor of the shop: looks at the front page, searches, then fills the cart.

    loads run shop.py --server-url http://127.0.0.1:8080 -u 5:10:20 -d 10
"""
from loads.case import TestCase


class TestShop(TestCase):

    def test_home(self):
        home = self.session.get("/")
        self.assertEqual(home.status_code, 200)
        self.assertIn("<html", home.text)

    def test_search(self):
        found = self.session.get(f"/slow?user={self.user}&page={self.iteration}", name="search")
        self.assertEqual(found.status_code, 200)
        self.metric("page length", len(found.content))

    def test_cart(self):
        self.session.get("/")
        cart = self.session.get("/flaky", name="cart")
        self.assertEqual(cart.status_code, 200, "the cart answers")
        self.incr_counter("carts")
