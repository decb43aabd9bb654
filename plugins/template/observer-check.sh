#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tests the observer: a load test that needs no server, and what must be written.
set -eu
unset LOADS_CONFIG LOADS_PLUGIN_PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Loads runs any program. This one tells of a hit.
cat > "$folder/visit" <<'VISIT'
#!/bin/sh
echo '{"data_type": "add_hit", "url": "http://shop/", "method": "GET", "status": 200, "elapsed": 0.25}'
VISIT
chmod 755 "$folder/visit"

"${LOADS:-loads}" run --quiet "$folder/visit" --hits 3 --output null \
    --plugin-path . --observer @NAME@ --observer-@NAME@-filename "$folder/notes" --observer-@NAME@-when start,end

cat > "$folder/expected" <<'EXPECTED'
the run has begun: 0 hits, 0 of 0 tests passed
the run is over: 3 hits, 3 of 3 tests passed
EXPECTED
sort "$folder/notes" | diff - "$folder/expected"
echo 'observer @NAME@: ok'
