#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tests the output: a load test that needs no server, and what must be written.
set -eu
unset LOADS_CONFIG LOADS_PLUGIN_PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Loads runs any program. This one tells of a fast and of a slow hit.
cat > "$folder/visit" <<'VISIT'
#!/bin/sh
echo '{"data_type": "add_hit", "url": "http://shop/", "method": "GET", "status": 200, "elapsed": 0.25}'
echo '{"data_type": "add_hit", "url": "http://shop/search", "method": "GET", "status": 200, "elapsed": 2.5}'
VISIT
chmod 755 "$folder/visit"

"${LOADS:-loads}" run --quiet "$folder/visit" --hits 2 \
    --plugin-path . --output @NAME@ --output-@NAME@-filename "$folder/report"

diff "$folder/report" - <<'EXPECTED'
2.500 s http://shop/search
2.500 s http://shop/search
2 of 4 hits were slow
EXPECTED
echo 'output @NAME@: ok'
