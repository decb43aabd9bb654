# SPDX-License-Identifier: Apache-2.0
"""Certificates that live as long as a test."""
import ssl
import subprocess

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments):
    subprocess.run(("openssl",) + arguments, check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Authority:
    """Certificates of an authority of our own."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = folder + "/ca.crt"
        openssl("req", "-x509", *EC, "-days", "2", "-subj", "/CN=Tests", "-keyout", folder + "/ca.key",
                "-out", self.certificate)

    def issue(self, name, subject, days="2"):
        """Returns the files with a key and a certificate for the subject."""
        key, request, certificate, extension = (self.folder + "/" + name + end
                                                for end in (".key", ".csr", ".crt", ".ext"))
        with open(extension, "w") as file:
            file.write("subjectAltName=%s\n" % subject)
        openssl("req", *EC, "-subj", "/CN=" + name, "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder + "/ca.key",
                "-CAcreateserial", "-days", days, "-extfile", extension, "-out", certificate)
        return [key, certificate]

    def vouch_for_itself(self, name, subject):
        """The same, signed by nobody else."""
        key, certificate = self.folder + "/" + name + ".key", self.folder + "/" + name + ".crt"
        openssl("req", "-x509", *EC, "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + subject,
                "-keyout", key, "-out", certificate)
        return [key, certificate]


def server_context(key, certificate):
    """For a server in Python."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
