/* SPDX-License-Identifier: Apache-2.0 */
/* Lines over a CURLOPT_CONNECT_ONLY connection. */
#include "irc/connection.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "common/server.h"

enum { SEND_LIMIT = 1024 };

struct connection {
    CURL *curl;
    int64_t deadline_ns;
    curl_socket_t socket;
    char buffer[IRC_BUFFER_SIZE];
    size_t begin, end; /* of what was read and not yet given out */
};

struct connection *
connection_open(const struct endpoint *endpoint, int64_t deadline_ns, struct err *err)
{
    struct connection *connection = xcalloc(1, sizeof *connection);
    char *url = server_url(endpoint->tls ? "https" : "http", endpoint->server, endpoint->port);
    char detail[CURL_ERROR_SIZE] = "";
    int rest_ms = clock_wait_ms(deadline_ns);
    CURLcode code;

    connection->deadline_ns = deadline_ns;
    connection->curl = curl_easy_init();
    curl_easy_setopt(connection->curl, CURLOPT_URL, url);
    curl_easy_setopt(connection->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(connection->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(rest_ms > 0 ? rest_ms : 1));
    curl_easy_setopt(connection->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(connection->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(connection->curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    curl_easy_setopt(connection->curl, CURLOPT_ERRORBUFFER, detail);
    if (endpoint->ca_file != NULL && endpoint->ca_file[0] != '\0')
        curl_easy_setopt(connection->curl, CURLOPT_CAINFO, endpoint->ca_file);
    code = curl_easy_perform(connection->curl);
    curl_easy_setopt(connection->curl, CURLOPT_ERRORBUFFER, NULL);
    free(url);
    if (code != CURLE_OK) {
        err_set(err, "%s", detail[0] != '\0' ? detail : curl_easy_strerror(code));
        connection_close(connection);
        return NULL;
    }
    curl_easy_getinfo(connection->curl, CURLINFO_ACTIVESOCKET, &connection->socket);
    return connection;
}

void
connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    curl_easy_cleanup(connection->curl);
    free(connection);
}

static int
wait_for(struct connection *connection, short events, struct err *err)
{
    struct pollfd poll_fd = { .fd = connection->socket, .events = events };
    int rest_ms = clock_wait_ms(connection->deadline_ns);

    if (rest_ms <= 0 || poll(&poll_fd, 1, rest_ms) == 0)
        return err_set(err, "the server took too long");
    return 0;
}

static int
send_all(struct connection *connection, const char *data, size_t length, struct err *err)
{
    while (length > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(connection->curl, data, length, &sent);

        if (code == CURLE_AGAIN) {
            if (wait_for(connection, POLLOUT, err) != 0)
                return -1;
        } else if (code != CURLE_OK) {
            return err_set(err, "cannot send: %s", curl_easy_strerror(code));
        }
        data += sent;
        length -= sent;
    }
    return 0;
}

int
connection_send(struct connection *connection, struct err *err, const char *fmt, ...)
{
    char line[SEND_LIMIT];
    size_t length;
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line - 2, fmt, args);
    va_end(args);
    length = strcspn(line, "\r\n");
    memcpy(line + length, "\r\n", 2);
    return send_all(connection, line, length + 2, err);
}

/* Reads on into what room the buffer has. */
static int
read_more(struct connection *connection, struct err *err)
{
    size_t got = 0;
    CURLcode code;

    if (connection->begin > 0) {
        memmove(connection->buffer, connection->buffer + connection->begin, connection->end - connection->begin);
        connection->end -= connection->begin;
        connection->begin = 0;
    }
    if (connection->end == sizeof connection->buffer)
        return err_set(err, "the server sent a line of more than %d bytes", IRC_BUFFER_SIZE);
    for (;;) {
        code = curl_easy_recv(connection->curl, connection->buffer + connection->end,
                              sizeof connection->buffer - connection->end, &got);
        if (code != CURLE_AGAIN)
            break;
        if (wait_for(connection, POLLIN, err) != 0)
            return -1;
    }
    if (code != CURLE_OK)
        return err_set(err, "cannot receive: %s", curl_easy_strerror(code));
    if (got == 0)
        return err_set(err, "the server closed the connection");
    connection->end += got;
    return 0;
}

char *
connection_read(struct connection *connection, struct err *err)
{
    for (;;) {
        char *start = connection->buffer + connection->begin;
        char *newline = memchr(start, '\n', connection->end - connection->begin);
        int rest_ms = clock_wait_ms(connection->deadline_ns);

        if (rest_ms <= 0) {
            /* Also of a server that always has one more line. */
            err_set(err, "the server took too long");
            return NULL;
        }
        if (newline == NULL) {
            if (read_more(connection, err) != 0)
                return NULL;
            continue;
        }
        connection->begin = (size_t)(newline + 1 - connection->buffer);
        *newline = '\0';
        start[strcspn(start, "\r")] = '\0';
        if (*start != '\0')
            return start;
    }
}
