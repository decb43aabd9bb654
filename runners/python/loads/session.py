# SPDX-License-Identifier: Apache-2.0
"""requests.Session with what a load test adds: paths on the server under test, names
for the report, and no time spent on looking for what is not there."""
import os
import urllib.request

import requests
from requests.utils import NETRC_FILES

from .work import named

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Session(requests.Session):
    server_url = None

    def __init__(self):
        super().__init__()
        self.trust_env = environment_matters()

    def request(self, method, url, *arguments, name=None, **options):
        """As that of requests; `url` may begin with /, and `name` is what the report
        calls the hits, instead of their URLs."""
        if isinstance(url, str) and url.startswith("/"):
            if self.server_url is None:
                raise ValueError(f"{url} is no whole URL: give --server-url, or the class a server_url")
            url = self.server_url + url
        if name is None:
            return super().request(method, url, *arguments, **options)
        with named(name):
            return super().request(method, url, *arguments, **options)


def environment_matters():
    """Whether proxies, certificates or passwords come from the environment. Requests
    looks for them anew with each request, and that takes a tenth of its time."""
    return (bool(urllib.request.getproxies()) or any(name in os.environ for name in (*CERTIFICATES, "NETRC"))
            or any(os.path.exists(os.path.expanduser(file)) for file in NETRC_FILES))
