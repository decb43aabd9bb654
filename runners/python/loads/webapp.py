# SPDX-License-Identifier: Apache-2.0
"""webtest.TestApp for a site somewhere else: a WSGI application that hands its
requests on over HTTP."""
import os
from urllib.parse import quote

import urllib3
import webtest

from .trust import named_authorities

# Of one connection: they are not for those behind it.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers",
              "transfer-encoding", "upgrade"}


class WebApp(webtest.TestApp):
    """`server_url` may be changed at any time."""

    def __init__(self, server_url):
        self._pool = urllib3.PoolManager(retries=False, cert_reqs="CERT_REQUIRED", **authorities())
        self.server_url = server_url
        # Its lint checks applications, and this one is known.
        super().__init__(self._hand_on, lint=False)

    def close(self):
        self._pool.clear()

    def _hand_on(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        response = self._pool.request(
            environ["REQUEST_METHOD"], self.server_url.rstrip("/") + path_of(environ),
            body=environ["wsgi.input"].read(length) if length else None,
            headers=headers_of(environ), redirect=False, decode_content=False)
        start_response(f"{response.status} {response.reason or 'Unknown'}",
                       [(name, value) for name, value in response.headers.items() if name.lower() not in HOP_BY_HOP])
        return [response.data]


def authorities():
    """For urllib3, which by itself may trust anybody."""
    place = named_authorities()
    if place is None:
        return {}
    return {"ca_cert_dir" if os.path.isdir(place) else "ca_certs": place}


def path_of(environ):
    """WSGI has the path decoded, as if its bytes were Latin-1, and the query as it was."""
    path = quote(environ["PATH_INFO"], safe="/:@!$&'()*+,;=~-._", encoding="latin-1")
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def headers_of(environ):
    """Without Host, which is that of server_url."""
    headers = {name[len("HTTP_"):].replace("_", "-").title(): value for name, value in environ.items()
               if name.startswith("HTTP_") and name != "HTTP_HOST"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").title()] = environ[name]
    return headers
