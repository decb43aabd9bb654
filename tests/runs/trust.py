# SPDX-License-Identifier: Apache-2.0
"""Whom tests trust, in every language and by every way: the certificate of a server
is signed by an authority that no system knows."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["top_srcdir"]
BUILD = os.path.abspath(os.environ["top_builddir"])
sys.path.insert(0, SOURCE + "/runners/c/tests")

from certificates import Authority  # noqa: E402: they are found there
from harness import Nginx, has, listen, run_all, same  # noqa: E402

FOLDER = tempfile.mkdtemp(prefix="loads-trust-")
atexit.register(shutil.rmtree, FOLDER, True)
os.chmod(FOLDER, 0o755)
AUTHORITY = Authority(FOLDER)
KEY, CERTIFICATE = AUTHORITY.issue("right", "IP:127.0.0.1")
NOBODY = {"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": "/dev/null"}
TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
# Those of which the build has the runner.
RUNNERS = {ending: BUILD + "/" + program for ending, program in
           (("c", "loads-c-runner"), ("cjs", "loads-js-runner"), ("rb", "loads-ruby-runner"),
            ("py", "loads-python-runner"), ("sh", "loads-bridge")) if os.path.exists(BUILD + "/" + program)}


def copy_ways():
    """JavaScript's find their packages beside them."""
    for ending in RUNNERS:
        shutil.copy("%s/tests/runs/trust/ways.%s" % (SOURCE, ending), FOLDER)
    os.mkdir(FOLDER + "/node_modules")
    for package, place in (("undici", "runners/js/package"), ("ws", "tests/helpers/npm")):
        os.symlink("%s/%s/node_modules/%s" % (BUILD, place, package), "%s/node_modules/%s" % (FOLDER, package))


def start_site():
    """nginx, and behind it a server of web sockets. Returns its URL, and one by an address
    of which the certificate does not speak."""
    script = SOURCE + "/tests/helpers/websocket-server.cjs"
    echo = subprocess.Popen(["node", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env=dict(os.environ, NODE_PATH=BUILD + "/tests/helpers/npm/node_modules"))
    atexit.register(echo.kill)
    port = json.loads(echo.stdout.readline())[0]
    listeners = [listen(), listen("127.0.0.2")]
    places = ["%s:%d" % each.getsockname() for each in listeners]
    Nginx(more="""listen %s ssl; listen %s ssl; ssl_certificate_key %s; ssl_certificate %s;
        location = /echo {
            proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
        }""" % (*places, KEY, CERTIFICATE, port), listeners=listeners)
    return ["https://" + place for place in places]


copy_ways()
URL, OTHER_URL = start_site()


def environment(**more):
    clean = {name: value for name, value in os.environ.items()
             if name not in TRUSTED and not name.startswith(("LOADS_", "NODE_")) and not name.lower().endswith("_proxy")}
    return dict(clean, **more)


def outcomes(folder, *options, endings=tuple(RUNNERS), url=URL, **more):
    """What became of each way, as {(runner, test): "ok", "bad" or "mixed"}, and stderr."""
    targets = ["%s/ways.%s" % (FOLDER, ending) for ending in endings]
    done = subprocess.run(
        [BUILD + "/loads", "run", "--quiet", "--hits", "2", "--server-url", url, *options, *targets,
         "--output", "json", "--output-json-filename", folder + "/result.json"],
        cwd=FOLDER, env=environment(**more), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    with open(folder + "/result.json") as file:
        result = json.load(file)
    found = {(each["runner"], each["name"]): "ok" if each["success"] == 2 else "mixed" if each["success"] else "bad"
             for each in result["tests"]}
    same({runner for runner, _ in found}, {name_of(ending) for ending in endings})
    same(done.returncode, 0 if set(found.values()) == {"ok"} else 1)
    return found, done.stderr


def name_of(ending):
    return {"c": "c", "cjs": "js", "rb": "ruby", "py": "python", "sh": "bridge"}[ending]


def all_are(outcome, found):
    same({way: each for way, each in found.items() if each != outcome}, {})


def test_nobody_knows_the_authority(folder):
    all_are("bad", outcomes(folder)[0])


def test_ca_file_wins_over_the_environment(folder):
    all_are("ok", outcomes(folder, "--ca-file", os.path.basename(AUTHORITY.certificate), **NOBODY)[0])


def test_ca_file_is_instead_of_others(folder):
    other = Authority(folder)
    all_are("bad", outcomes(folder, "--ca-file", other.certificate, SSL_CERT_FILE=AUTHORITY.certificate)[0])


def test_a_known_authority_for_another_name(folder):
    all_are("bad", outcomes(folder, "--ca-file", AUTHORITY.certificate, url=OTHER_URL)[0])


def test_the_environment_names_a_file(folder):
    all_are("ok", outcomes(folder, SSL_CERT_FILE=AUTHORITY.certificate)[0])


def test_the_environment_names_a_folder(folder):
    hashed = subprocess.run(["openssl", "x509", "-noout", "-hash", "-in", AUTHORITY.certificate],
                            check=True, capture_output=True, text=True).stdout.strip()
    shutil.copy(AUTHORITY.certificate, "%s/%s.0" % (folder, hashed))
    all_are("ok", outcomes(folder, SSL_CERT_FILE="/dev/null", SSL_CERT_DIR=folder)[0])


def test_insecure(folder):
    runners = [ending for ending in RUNNERS if ending != "sh"]
    found, errors = outcomes(folder, "--insecure", endings=runners, url=OTHER_URL, **NOBODY)
    all_are("ok", found)
    same(errors, "")


def test_a_program_cannot_be_told_to_trust_anybody(folder):
    done = subprocess.run([BUILD + "/loads", "run", "--insecure", FOLDER + "/ways.sh"], env=environment(),
                          capture_output=True, text=True)
    same(done.returncode, 2)
    has(done.stderr, "--insecure: a program cannot be told to trust any certificate")


def test_options_that_cannot_be_used(folder):
    with open(folder + "/broken.pem", "w") as file:
        file.write("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    for ending in set(RUNNERS) - {"sh"}:
        for options, words in ((("--ca-file", folder + "/none.pem"), "cannot read certificates from " + folder + "/none.pem"),
                               (("--ca-file", KEY), "cannot read certificates from " + KEY),
                               (("--ca-file", folder + "/broken.pem"), "cannot read certificates from"),
                               (("--ca-file", KEY, "--insecure"), "--ca-file means nothing beside it")):
            done = subprocess.run([RUNNERS[ending], *options, "%s/ways.%s" % (FOLDER, ending)], env=environment(),
                                  capture_output=True, text=True)
            same((ending, options, done.returncode, done.stdout), (ending, options, 2, ""))
            has(done.stderr, words)


def test_conformance_takes_them_too(folder):
    for options, target, words in ((("--ca-file", "gone.pem"), "ways.c", "--ca-file gone.pem: No such file"),
                                   (("--insecure",), "ways.sh", "--insecure: a program cannot be told")):
        done = subprocess.run([BUILD + "/loads", "conformance", *options, FOLDER + "/" + target], env=environment(),
                              capture_output=True, text=True)
        same(done.returncode, 2)
        has(done.stderr, words)


run_all(sys.modules[__name__])
