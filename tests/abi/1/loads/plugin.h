/* SPDX-License-Identifier: Apache-2.0 */
/* The whole contract between the host and its outputs and observers. It grows
 * only by new members at the end of a struct, which the other side detects by
 * `size`; LOADS_PLUGIN_ABI goes up when an existing member changes meaning. */
#ifndef LOADS_PLUGIN_H
#define LOADS_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOADS_PLUGIN_ABI 1
#define LOADS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum loads_kind { LOADS_OUTPUT = 1, LOADS_OBSERVER };
enum loads_level { LOADS_DEBUG = 1, LOADS_INFO, LOADS_WARNING };

/* Options are fields of the plugin's state. The host parses and stores them
 * before open() and prints --help from the same table; the strings are its own. */
enum loads_type { LOADS_BOOL = 1, LOADS_INT, LOADS_REAL, LOADS_STRING };
/* A secret is not typed but named, as env:NAME, file:PATH or netrc:MACHINE; the
 * field holds the secret itself, and no message of the host shows it. */
enum { LOADS_REQUIRED = 1 << 0, LOADS_SECRET = 1 << 1 };
struct loads_option {
    const char *name; /* file's "append" is --output-file-append; _ is typed as - */
    enum loads_type type;
    size_t offset;              /* of the field in the state */
    const char *fallback, *help; /* default as a user would type it, or NULL; one sentence */
    unsigned flags;
};
#define LOADS_TYPE_OF(value) _Generic((value), bool: LOADS_BOOL, \
    int64_t: LOADS_INT, double: LOADS_REAL, const char *: LOADS_STRING)
#define LOADS_OPTION(state, field, ...) { .name = #field, .offset = offsetof(state, field), \
    .type = LOADS_TYPE_OF(((state *)0)->field), __VA_ARGS__ }

/* One checked message from a runner. Strings are UTF-8, NUL-terminated and never
 * NULL; all that a callback is handed is the host's and is valid until the
 * callback returns. */
enum loads_event_type { /* ignore the ones you do not know */
    LOADS_RUN_START = 1, LOADS_RUN_STOP,
    LOADS_TEST_START, LOADS_TEST_STOP, LOADS_TEST_SUCCESS, LOADS_TEST_FAILURE, LOADS_TEST_ERROR,
    LOADS_HIT,
    LOADS_SOCKET_OPEN, LOADS_SOCKET_CLOSE, LOADS_SOCKET_MESSAGE,
    LOADS_COUNTER, LOADS_METRIC,
    LOADS_RUNNER_END,
};
enum loads_metric_kind { LOADS_METRIC_COUNTER = 1, LOADS_METRIC_GAUGE, LOADS_METRIC_RATE, LOADS_METRIC_TREND };
struct loads_event {
    size_t size;
    enum loads_event_type type;
    uint32_t target;     /* which target of the plan sent it, from 0 */
    int64_t received_us; /* monotonic, since the run began */
    const char *run_id, *agent_id;
    struct { uint32_t hits, users, hit, user; } cycle; /* all 0: not told */
    const char *raw; size_t raw_length; /* the message as JSON, with its envelope */
    union { /* last, so that it can grow */
        struct { const char *name, *message, *class_name, *traceback; } test;
        struct { const char *url, *name, *method, *error; int status;
                 int64_t started_unix_us, elapsed_us, /* microseconds; -1: not told */
                         dns_us, connect_us, tls_us, ttfb_us;
                 int64_t bytes_in, bytes_out; } hit;
        struct { uint64_t bytes; } socket;
        struct { const char *test, *name; double value; enum loads_metric_kind kind; } metric;
    } as;
};

struct loads_totals {
    size_t size;
    int64_t elapsed_us, planned_us;     /* planned_us is 0 when the run is not by time */
    uint64_t hits, planned_tests,       /* planned_tests is 0 when the run is by time */
        tests_started, tests_finished, success, failures, errors,
        sockets_opened, sockets_closed, socket_bytes,
        users,                          /* running now */
        malformed, lost;
    int64_t mean_us, p50_us, p90_us, p95_us, p99_us, max_us; /* of hits; 0 when there are none */
    uint32_t cycle, cycles;             /* the cycle that runs now, from 1; how many there are */
};

enum loads_moment { /* of an observer's flush; an output's is always the end */
    LOADS_AT_END, LOADS_AT_START,
    LOADS_AT_BAD, /* the first failure, error or other reason against the run */
};
struct loads_result {
    size_t size;
    struct loads_totals totals; /* what lies inside of another struct does not grow */
    const char *json; size_t json_length; /* the result document, loads-result/1 */
    enum loads_moment moment;
};

struct loads_host { /* one per instance: the host names the speaker */
    size_t size;
    void (*log)(const struct loads_host *, enum loads_level, const char *, ...) LOADS_PRINTF(3, 4);
    int (*fail)(const struct loads_host *, const char *, ...) LOADS_PRINTF(2, 3); /* is -1 */
    /* The plan and identity of the run as JSON, an object with the members
     * schema, run_id, project, label, version, started and plan of the result
     * document. Valid until close(). */
    const char *run_json;
    bool quiet; /* the user asked for no progress */
};

/* Calls to one instance never overlap; any may be NULL. Each is 0 or `return
 * host->fail(...)`, after which the instance gets close() and the run goes on;
 * only a failing open() ends the run before it starts, and gets no close().
 * on_tick comes once a second; flush once, when results are final (also after
 * Ctrl-C); close always, last. open and close may come from another thread than
 * the calls between.
 *
 * An observer lives in a process of its own, one for each moment that the user
 * wants it to hear of, and gets open, flush and close only: 30 s in all unless the user says otherwise.
 * Before the run its open and close are called too, to check its options: they
 * must not speak to anybody. */
struct loads_plugin {
    size_t size, option_size; /* these and abi come from LOADS_PLUGIN */
    uint32_t abi;
    enum loads_kind kind;
    const char *name, *summary;
    size_t state_size;                  /* the host allocates it zeroed, and frees it */
    const struct loads_option *options; /* ends with { 0 } */
    int (*open)(void *state, const struct loads_host *);
    int (*on_event)(void *state, const struct loads_host *, const struct loads_event *);
    int (*on_tick)(void *state, const struct loads_host *, const struct loads_totals *);
    int (*flush)(void *state, const struct loads_host *, const struct loads_result *);
    void (*close)(void *state);
};
#define LOADS_PLUGIN(...) /* the one symbol that a plugin exports */ \
    extern const struct loads_plugin loads_plugin; \
    __attribute__((visibility("default"))) const struct loads_plugin loads_plugin = { \
        .size = sizeof(struct loads_plugin), .option_size = sizeof(struct loads_option), \
        .abi = LOADS_PLUGIN_ABI, __VA_ARGS__ }

#endif
