# SPDX-License-Identifier: Apache-2.0
"""The web server that clients are measured against: nginx with one small page, plain
and with TLS, on a processor of its own."""
import os
import shutil
import socket
import subprocess

PAGE = "Welcome home: a page of some hundred bytes, which is what a small answer of a real service has."

CONF = """worker_processes 1; daemon off; pid %(dir)s/pid; error_log %(dir)s/error.log;
worker_rlimit_nofile 16384; events { worker_connections 12000; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy; fastcgi_temp_path %(dir)s/fcgi; uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi; ssl_certificate %(certificate)s; ssl_certificate_key %(dir)s/key.pem;
    server { listen 127.0.0.1:%(plain)d; listen 127.0.0.1:%(tls)d ssl;
             location / { return 200 "%(page)s"; } } }
"""


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    return listener


class Site:
    """`certificate` is the one that signed itself, to be trusted."""

    def __init__(self, folder, cpu):
        self.certificate = folder + "/certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem",
                        "-out", self.certificate], check=True, stderr=subprocess.DEVNULL)
        listeners = [listen(), listen()]
        plain, tls = (listener.getsockname()[1] for listener in listeners)
        self.urls = {"http": "http://127.0.0.1:%d/" % plain, "https": "https://127.0.0.1:%d/" % tls}
        with open(folder + "/nginx.conf", "w") as conf:
            conf.write(CONF % {"dir": folder, "plain": plain, "tls": tls, "page": PAGE,
                               "certificate": self.certificate})
        # It takes the listening sockets over: no port to guess, no wait until it is up.
        descriptors = [listener.fileno() for listener in listeners]
        self.process = subprocess.Popen(
            ["taskset", "-c", cpu, shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder,
             "-c", folder + "/nginx.conf"],
            env=dict(os.environ, NGINX="".join("%d;" % descriptor for descriptor in descriptors)),
            pass_fds=descriptors, stderr=subprocess.DEVNULL)
        for listener in listeners:
            listener.close()

    def stop(self):
        self.process.terminate()
        self.process.wait()
