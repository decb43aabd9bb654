/* SPDX-License-Identifier: Apache-2.0 */
/* Output "statsd": counts and times over UDP while the run lasts. Times go as they
 * come, counts once a second. Nothing waits: what the network does not take is lost. */
#include <inttypes.h>
#include <loads/plugin.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "results/key.h"

enum {
    PACKET_BYTES = 1432, /* fits Ethernet's frames, on the way through tunnels too */
    PREFIX_LIMIT = 100,
    NAME_LIMIT = 200,
    LINE_LIMIT = PREFIX_LIMIT + NAME_LIMIT + 64,
    STATUSES = 1000,
};

struct statsd {
    const char *host, *prefix;
    int64_t port;
    bool names;

    int fd;
    struct sockaddr_storage address;
    socklen_t address_length;
    char packet[PACKET_BYTES];
    size_t length;
    uint64_t counts[LOADS_RUNNER_END + 1]; /* by type of event, since the last tick */
    uint64_t unanswered, statuses[STATUSES];
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct statsd, host, .fallback = "localhost", .help = "Where the metrics are sent"),
    LOADS_OPTION(struct statsd, port, .fallback = "8125", .help = "Its UDP port"),
    LOADS_OPTION(struct statsd, prefix, .fallback = "loads", .help = "What every name of a metric begins with"),
    LOADS_OPTION(struct statsd, names, .fallback = "no",
                 .help = "Send the time of each hit under its name too"),
    { 0 }
};

/* ---- Packets. */

static void
send_packet(struct statsd *statsd)
{
    if (statsd->length == 0)
        return;
    /* The line break behind the last metric would be an empty one. */
    sendto(statsd->fd, statsd->packet, statsd->length - 1, MSG_DONTWAIT | MSG_NOSIGNAL,
           (const struct sockaddr *)&statsd->address, statsd->address_length);
    statsd->length = 0;
}

static void LOADS_PRINTF(2, 3)
add_metric(struct statsd *statsd, const char *fmt, ...)
{
    char line[LINE_LIMIT];
    va_list args;
    int name, length;

    name = snprintf(line, sizeof line, "%s.", statsd->prefix);
    va_start(args, fmt);
    length = name + vsnprintf(line + name, sizeof line - (size_t)name, fmt, args);
    va_end(args);
    if (statsd->length + (size_t)length + 1 > PACKET_BYTES)
        send_packet(statsd);
    memcpy(statsd->packet + statsd->length, line, (size_t)length);
    statsd->length += (size_t)length;
    statsd->packet[statsd->length++] = '\n';
}

static bool
is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '-';
}

/* "GET_http___shop_test_cart": dots would make folders of it, and the rest belongs
 * to the protocol. What is too long ends in a hash. */
static void
add_time_of_name(struct statsd *statsd, const struct loads_event *event)
{
    struct key key;

    key_begin(&key);
    if (event->as.hit.method[0] != '\0') {
        key_add_text(&key, slice_of(event->as.hit.method), KEY_PART_LIMIT_MIN);
        key_add_byte(&key, '_');
    }
    if (event->as.hit.name[0] != '\0')
        key_add_text(&key, slice_of(event->as.hit.name), NAME_LIMIT - KEY_PART_LIMIT_MIN - 1);
    else
        key_add_url(&key, slice_of(event->as.hit.url), false, NAME_LIMIT - KEY_PART_LIMIT_MIN - 1);
    for (size_t i = 0; i < key.length; i++)
        if (!is_plain(key.data[i]))
            key.data[i] = '_';
    add_metric(statsd, "name.%.*s:%.3f|ms", (int)key.length, key.data, (double)event->as.hit.elapsed_us / 1e3);
}

static void
add_count(struct statsd *statsd, const char *name, uint64_t *count)
{
    if (*count > 0)
        add_metric(statsd, "%s:%" PRIu64 "|c", name, *count);
    *count = 0;
}

static void
add_counts(struct statsd *statsd)
{
    static const struct { enum loads_event_type type; const char *name; } counters[] = {
        { LOADS_HIT, "hits" },
        { LOADS_TEST_START, "tests_started" },
        { LOADS_TEST_STOP, "tests_finished" },
        { LOADS_TEST_SUCCESS, "success" },
        { LOADS_TEST_FAILURE, "failures" },
        { LOADS_TEST_ERROR, "errors" },
        { LOADS_SOCKET_OPEN, "sockets_opened" },
        { LOADS_SOCKET_CLOSE, "sockets_closed" },
    };
    char name[sizeof "status.999"];

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        add_count(statsd, counters[i].name, &statsd->counts[counters[i].type]);
    add_count(statsd, "hit_errors", &statsd->unanswered);
    for (unsigned status = 0; status < STATUSES; status++)
        if (statsd->statuses[status] > 0) {
            snprintf(name, sizeof name, "status.%u", status);
            add_count(statsd, name, &statsd->statuses[status]);
        }
}

/* ---- The plugin. */

static int
check_prefix(const char *prefix, struct err *err)
{
    size_t length = strlen(prefix);

    if (length == 0 || length > PREFIX_LIMIT)
        return err_set(err, "prefix: must have 1 to %d characters", PREFIX_LIMIT);
    for (size_t i = 0; i < length; i++)
        if (!is_plain(prefix[i]) && prefix[i] != '.')
            return err_set(err, "prefix: \"%s\" has more than letters, digits, _, - and dots", prefix);
    return 0;
}

static int
find_host(struct statsd *statsd, struct err *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found;
    char port[24];
    int error;

    if (statsd->port < 1 || statsd->port > 65535)
        return err_set(err, "port: %" PRId64 " is not between 1 and 65535", statsd->port);
    snprintf(port, sizeof port, "%" PRId64, statsd->port);
    error = getaddrinfo(statsd->host, port, &hints, &found);
    if (error != 0)
        return err_set(err, "cannot find host %s: %s", statsd->host, gai_strerror(error));
    memcpy(&statsd->address, found->ai_addr, found->ai_addrlen);
    statsd->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static int
statsd_open(void *state, const struct loads_host *host)
{
    struct statsd *statsd = state;
    struct err err = { 0 };

    if (check_prefix(statsd->prefix, &err) != 0 || find_host(statsd, &err) != 0)
        return host->fail(host, "%s", err.text);
    /* Not connected: the errors of earlier packets are nobody's business. */
    statsd->fd = socket(statsd->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (statsd->fd < 0)
        return host->fail(host, "cannot open a UDP socket");
    return 0;
}

static int
statsd_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct statsd *statsd = state;

    (void)host;
    if (event->type > LOADS_RUNNER_END)
        return 0;
    statsd->counts[event->type]++;
    if (event->type != LOADS_HIT)
        return 0;
    if (event->as.hit.error[0] != '\0') {
        statsd->unanswered++;
        return 0;
    }
    statsd->statuses[event->as.hit.status > 0 && event->as.hit.status < STATUSES ? event->as.hit.status : 0]++;
    add_metric(statsd, "hit:%.3f|ms", (double)event->as.hit.elapsed_us / 1e3);
    if (statsd->names)
        add_time_of_name(statsd, event);
    return 0;
}

static int
statsd_on_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    struct statsd *statsd = state;

    (void)host;
    add_counts(statsd);
    add_metric(statsd, "users:%" PRIu64 "|g", totals->users);
    send_packet(statsd);
    return 0;
}

static int
statsd_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct statsd *statsd = state;

    (void)host;
    (void)result;
    add_counts(statsd);
    add_metric(statsd, "users:0|g");
    send_packet(statsd);
    return 0;
}

static void
statsd_close(void *state)
{
    close(((struct statsd *)state)->fd);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "statsd",
    .summary = "Send counts and times to a StatsD server while the run lasts",
    .state_size = sizeof(struct statsd),
    .options = options,
    .open = statsd_open,
    .on_event = statsd_on_event,
    .on_tick = statsd_on_tick,
    .flush = statsd_flush,
    .close = statsd_close,
);
