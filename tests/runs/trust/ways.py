# SPDX-License-Identifier: Apache-2.0
"""How tests in Python reach a server; a test each."""
import http.client
import urllib.request

import requests
from loads.case import TestCase


class TestWays(TestCase):
    def test_requests(self):
        self.assertEqual(requests.get(self.server_url + "/page").text, "Welcome")

    def test_session(self):
        self.assertEqual(self.session.get("/page").text, "Welcome")

    def test_urllib(self):
        self.assertEqual(urllib.request.urlopen(self.server_url + "/page").read(), b"Welcome")

    def test_http_client(self):
        connection = http.client.HTTPSConnection(self.server_url.partition("//")[2])
        connection.request("GET", "/page")
        self.assertEqual(connection.getresponse().read(), b"Welcome")

    def test_app(self):
        self.app.get("/page")

    def test_web_socket(self):
        ws = self.create_ws("/echo")
        ws.send("hello")
        self.assertEqual(ws.receive().data, "hello")
