#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How programs reach a server.
set -e
curl --silent --show-error --output /dev/null "$LOADS_SERVER_URL/page"
/usr/bin/python3 -c 'import os, urllib.request; urllib.request.urlopen(os.environ["LOADS_SERVER_URL"] + "/page")'
