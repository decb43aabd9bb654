# SPDX-License-Identifier: Apache-2.0
"""Whom TLS trusts, whatever connects: requests, urllib, http.client, web sockets."""
import os
import ssl
import warnings

from .settings import UsageError

NO_FOLDER = "/dev/null"  # where nobody is to be found


def prepare_trust(settings):
    if settings.is_insecure:
        trust_anybody()
        return
    if settings.ca_file is not None:
        trust_file(settings.ca_file)
    # Python's own library looks there whenever it makes a context. Requests does not,
    # and knows one place only.
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    place = file if file and (os.path.isfile(file) or not folder) else folder
    if place and not os.environ.get("CURL_CA_BUNDLE"):
        os.environ.setdefault("REQUESTS_CA_BUNDLE", place)


def named_authorities():
    """The file or folder that requests shall trust; None: its own."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None


def trust_file(path):
    path = os.path.abspath(path)
    try:
        ssl.create_default_context(cafile=path)
    except OSError:  # ssl.SSLError is one
        raise UsageError(f"cannot read certificates from {path}") from None
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = path
    os.environ["SSL_CERT_DIR"] = NO_FOLDER


def trust_anybody():
    """Where every connection passes, after gevent has put its own class there."""
    for name in ("wrap_socket", "wrap_bio"):
        setattr(ssl.SSLContext, name, unverified(getattr(ssl.SSLContext, name)))
    warnings.filterwarnings("ignore", message="Unverified HTTPS request")


def unverified(wrap):
    def wrap_unverified(context, *arguments, **options):
        if not options.get("server_side"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return wrap(context, *arguments, **options)
    return wrap_unverified
