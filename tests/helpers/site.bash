# shellcheck shell=bash disable=SC2034 # SITE_URL is for the caller
# SPDX-License-Identifier: Apache-2.0
# A real web server to run load tests against: nginx, one plain process on a free
# port of loopback. To be sourced; a caller starts one site at a time.
#
#     site_start DIR   serves DIR, which must exist, and sets SITE_URL
#     site_stop        ends it; also when none was started
#
# Its pages, all of them HTML:
#     /        answers at once
#     /slow    takes 60 to 150 ms
#     /flaky   is busy (503) for one request in twenty
# DIR/access.log has a line for each request, "METHOD URI STATUS SECONDS": the
# oracle for what a runner reports.

SITE_URL=
SITE_PID=

# Nothing answers there. Somebody else may still take it before we do.
site_port_is_free()
{
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

site_write_pages()
{
    local dir=$1 number

    mkdir -p "$dir/pages" "$dir/temp"
    printf '<html><title>Shop</title><h1>Welcome to the shop</h1></html>\n' >"$dir/pages/index.html"
    {
        printf '<html><title>Search</title><ul>\n'
        for number in {1..150}; do
            printf '<li>item %03d, in stock</li>\n' "$number"
        done
        printf '</ul></html>\n'
    } >"$dir/pages/slow.html"
}

# nginx hands out the slow page in pieces of 1 KB, and waits between them.
site_write_config()
{
    local dir=$1 port=$2

    cat >"$dir/nginx.conf" <<CONFIG
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events {
    worker_connections 1000;
}
http {
    default_type text/html;
    log_format site '\$request_method \$request_uri \$status \$request_time';
    access_log access.log site;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    keepalive_requests 1000000;
    split_clients \$request_id \$slow_rate { 60% 52k; 30% 35k; * 22k; }
    split_clients \$request_id \$is_busy { 5% 1; * 0; }
    server {
        listen 127.0.0.1:$port;
        root pages;
        location = /slow {
            limit_rate \$slow_rate;
            sendfile_max_chunk 1k;
            try_files /slow.html =404;
        }
        location = /flaky {
            if (\$is_busy) { return 503 "<html>The shop is busy, come again</html>\n"; }
            try_files /index.html =404;
        }
    }
}
CONFIG
}

# Waits until nginx answers on `port`; fails when it has ended instead.
site_wait()
{
    local port=$1 tries

    for ((tries = 0; tries < 500; tries++)); do
        site_port_is_free "$port" || return 0
        kill -0 "$SITE_PID" 2>/dev/null || return 1
        sleep 0.01
    done
    return 1
}

site_start()
{
    local dir tries port

    dir=$(cd "$1" && pwd) || return
    site_write_pages "$dir"
    for ((tries = 0; tries < 20; tries++)); do
        # Below the ports that the kernel gives to connections.
        port=$((10000 + RANDOM % 20000))
        site_port_is_free "$port" || continue
        site_write_config "$dir" "$port"
        # When the shell dies nginx does too, but Ctrl-C is not for it. It keeps no
        # descriptor of bats open.
        setsid setpriv --pdeathsig TERM -- \
            "$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)" -p "$dir/" -e error.log -c "$dir/nginx.conf" \
            </dev/null >>"$dir/error.log" 2>&1 3>&- 4>&- &
        SITE_PID=$!
        if site_wait "$port"; then
            SITE_URL=http://127.0.0.1:$port
            return 0
        fi
        site_stop
    done
    echo "nginx did not start; it said:" >&2
    cat "$dir/error.log" >&2
    return 1
}

site_stop()
{
    [[ -n $SITE_PID ]] || return 0
    kill "$SITE_PID" 2>/dev/null || true
    wait "$SITE_PID" 2>/dev/null || true
    SITE_PID=
    SITE_URL=
}
