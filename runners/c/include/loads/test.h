/* SPDX-License-Identifier: Apache-2.0 */
/* What a test written in C is handed: one user's session with the system under
 * test. A test is an exported function
 *
 *     void test_home(struct loads_test *t)
 *     {
 *         const struct loads_response *page = loads_get(t, "/");
 *
 *         loads_assert_equal(t, page->status, 200);
 *     }
 *
 * that any number of users run at the same time, each with its own `t`: keep
 * what changes in local variables. Seconds are `double`, sizes are bytes, texts
 * are UTF-8 and end with NUL. What is handed in is borrowed until the call
 * returns. Call these functions only from the function that was given `t`, and
 * from what it calls.
 *
 * The contract grows by new functions and by new members at the end of a struct,
 * which `size` announces; what is here stays. */
#ifndef LOADS_TEST_H
#define LOADS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef LOADS_PRINTF
#define LOADS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif
#define LOADS_EXPORT __attribute__((visibility("default")))

struct loads_test; /* one user; the same from its first iteration to its last */

/* ---- Requests ---- */

/* Everything but `url` may be left out. Make it with the macros below. */
struct loads_request {
    size_t size;             /* these three are filled in by LOADS_REQUEST */
    const char *file;
    int line;
    const char *method;      /* "GET" unless given; any token is allowed */
    const char *url;         /* absolute, or a path below --server-url */
    const char *name;        /* groups URLs in the report: "item" for /item/1, /item/2 ... */
    const char *const *headers; /* "Name: value", ends with NULL: see LOADS_HEADERS */
    const char *content_type; /* of the body; application/x-www-form-urlencoded unless given */
    const void *body;
    size_t body_length;      /* 0: the body is text and ends with NUL */
    double timeout_s;        /* until the last byte of the answer; loads_set_timeout's unless given */
    bool keep_redirect;      /* hand over a redirect instead of following it */
    bool discard_body;       /* receive and count the body, but do not keep it */
    bool may_fail;           /* no answer is an answer: see loads_send */
    /* Instead of a body: */
    const char *const *form; /* names and values, ends with NULL: see LOADS_FORM */
    const struct loads_part *parts; /* a form with files: see LOADS_PARTS */
    const char *json;        /* is sent as application/json */
};

/* Of a multipart form. */
struct loads_part {
    const char *name;
    const void *data;
    size_t length;           /* 0: the data is text and ends with NUL */
    const char *filename;    /* NULL: it is no file */
    const char *content_type; /* application/octet-stream for a file unless given */
};

/* Valid until the test function returns, or loads_release(). */
struct loads_response {
    size_t size;
    int status;              /* 0: no answer, only after `may_fail` */
    const char *url;         /* of the answer: absolute, redirects followed */
    const char *body;        /* never NULL; a NUL follows the last byte */
    size_t body_length;
    const char *error;       /* why there is no answer; NULL when there is one */
    double elapsed_s;        /* of the last hop, as reported */
    double dns_s, connect_s, tls_s; /* -1: the connection was open already */
    double ttfb_s;           /* from the start to the first byte; -1: none came */
    uint64_t bytes_in, bytes_out; /* headers and bodies as they travelled, of the last hop */
    int http_version;        /* 10, 11 or 20; 0: no answer */
};

#define LOADS_REQUEST(...) (&(struct loads_request){ .size = sizeof(struct loads_request), \
    .file = __FILE__, .line = __LINE__, __VA_ARGS__ })
#define LOADS_HEADERS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* .form = LOADS_FORM("user", name, "remember", "yes") */
#define LOADS_FORM(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* .parts = LOADS_PARTS({ .name = "photo", .data = png, .length = size, .filename = "me.png" }) */
#define LOADS_PARTS(...) ((const struct loads_part[]){ __VA_ARGS__, { .name = NULL } })

/* Sends the request on this user's connection and waits for the answer; each
 * request is one hit in the report, and so is each redirect (at most 10 are
 * followed). Never returns NULL. A request without an answer (refused, broken
 * off, too late, more than 16 MiB) ends the test with an error; with `may_fail`
 * it is returned with status 0. Cookies are kept for the user until the end of
 * the run. */
LOADS_EXPORT const struct loads_response *loads_send(struct loads_test *t,
                                                     const struct loads_request *request);

/* loads_get(t, "/cart"), loads_post(t, "/cart", .body = "item=7", .name = "add") */
#define loads_get(t, ...) loads_send((t), LOADS_REQUEST(.method = "GET", .url = __VA_ARGS__))
#define loads_head(t, ...) loads_send((t), LOADS_REQUEST(.method = "HEAD", .url = __VA_ARGS__))
#define loads_post(t, ...) loads_send((t), LOADS_REQUEST(.method = "POST", .url = __VA_ARGS__))
#define loads_put(t, ...) loads_send((t), LOADS_REQUEST(.method = "PUT", .url = __VA_ARGS__))
#define loads_patch(t, ...) loads_send((t), LOADS_REQUEST(.method = "PATCH", .url = __VA_ARGS__))
#define loads_delete(t, ...) loads_send((t), LOADS_REQUEST(.method = "DELETE", .url = __VA_ARGS__))
/* loads_request(t, .method = "REPORT", .url = "/calendar") */
#define loads_request(t, ...) loads_send((t), LOADS_REQUEST(__VA_ARGS__))

/* The value of the first header of this name (case does not matter), or NULL.
 * Valid as long as the response. */
LOADS_EXPORT const char *loads_header(const struct loads_response *response, const char *name);

/* A member of a body in JSON by its path, such as "user.name" or "items.0.price"
 * ("" is all of it). As text: what a string holds, and any other value as JSON
 * writes it ("3", "true", "[1,2]"); NULL: there is none. As a number: NAN if it is
 * none. Valid as long as the response. */
LOADS_EXPORT const char *loads_json_text(const struct loads_response *response, const char *path);
LOADS_EXPORT double loads_json_number(const struct loads_response *response, const char *path);

/* Gives a response back early. Needed only where one test function keeps more
 * than 1000 responses or 64 MiB. */
LOADS_EXPORT void loads_release(struct loads_test *t, const struct loads_response *response);

/* Forgets this user's cookies. */
LOADS_EXPORT void loads_clear_cookies(struct loads_test *t);

/* ---- The session ----
 * What holds for all requests of this user that follow; setup_user is a good place.
 * Texts are copied. */

/* Until the last byte of an answer, unless a request says otherwise; 30 at first. */
LOADS_EXPORT void loads_set_timeout(struct loads_test *t, double seconds);

/* "Authorization: Bearer TOKEN" with each request that has no Authorization of its
 * own; NULL: no more. Not sent where a redirect leads to another site. */
LOADS_EXPORT void loads_set_bearer(struct loads_test *t, const char *token);

/* "http://proxy:3128"; NULL: as the environment says (http_proxy, https_proxy,
 * no_proxy), which is so at first; "": none. */
LOADS_EXPORT void loads_set_proxy(struct loads_test *t, const char *url);

/* HTTP/2 to https:// servers that speak it; off at first. */
LOADS_EXPORT void loads_set_http2(struct loads_test *t, bool is_wanted);

/* Asks for gzip; bodies are shown as they were before. Off at first. */
LOADS_EXPORT void loads_set_compression(struct loads_test *t, bool is_wanted);

/* ---- Web sockets ----
 *
 *     struct loads_ws *ws = loads_ws_connect(t, "/chat", .protocols = "chat");
 *
 *     loads_ws_send_text(ws, "hello");
 *     loads_assert_equal(t, loads_ws_receive(ws)->data, "hello");
 *     loads_ws_close(ws, 1000, "done");
 *
 * Whatever does not work (refused, broken off, too late, more than 16 MiB) ends
 * the test with an error. The server's pings are answered while one of these
 * functions waits. A socket is valid until the test function returns, and closed
 * then at the latest. */

struct loads_ws;

struct loads_ws_request {
    size_t size; /* these three are filled in by the macro */
    const char *file;
    int line;
    const char *url;            /* ws:// or wss://, or a path below --server-url */
    const char *protocols;      /* "chat, superchat", the best first */
    const char *const *headers; /* "Name: value", ends with NULL: see LOADS_HEADERS */
    double timeout_s;           /* to connect, and of each call below; 30 unless given */
};

enum loads_ws_kind { LOADS_WS_NOTHING, LOADS_WS_TEXT, LOADS_WS_BINARY, LOADS_WS_CLOSED };

/* Valid until the next one is received from this socket. */
struct loads_ws_message {
    size_t size;
    enum loads_ws_kind kind;
    const char *data;  /* never NULL; a NUL follows the last byte. LOADS_WS_CLOSED: the reason */
    size_t length;
    int code;          /* LOADS_WS_CLOSED: the server's; 1006: it gave none, the connection broke */
    const char *error; /* only after `may_fail`; NULL also where the server closed as it should */
};

struct loads_ws_wait {
    size_t size; /* these three are filled in by the macro */
    const char *file;
    int line;
    double timeout_s; /* the socket's unless given */
    bool may_fail;    /* LOADS_WS_NOTHING (none came in time) and LOADS_WS_CLOSED are answers */
};

/* Opens a web socket. Never returns NULL. */
#define loads_ws_connect(t, ...) loads_ws_open((t), &(struct loads_ws_request){ \
    .size = sizeof(struct loads_ws_request), .file = __FILE__, .line = __LINE__, .url = __VA_ARGS__ })

/* The subprotocol that the server chose; NULL: none. */
LOADS_EXPORT const char *loads_ws_protocol(const struct loads_ws *ws);

/* Sends a message: UTF-8 that ends with NUL, or bytes. */
#define loads_ws_send_text(ws, text) loads_ws_send_string((ws), (text), __FILE__, __LINE__)
#define loads_ws_send_binary(ws, data, length) \
    loads_ws_send((ws), LOADS_WS_BINARY, (data), (length), __FILE__, __LINE__)

/* Waits for the next message: loads_ws_receive(ws), or
 * loads_ws_receive(ws, .timeout_s = 60, .may_fail = true). Never returns NULL. */
#define loads_ws_receive(ws, ...) loads_ws_await((ws), &(struct loads_ws_wait){ \
    .size = sizeof(struct loads_ws_wait), .file = __FILE__, .line = __LINE__, __VA_ARGS__ })

/* Sends a ping; how many seconds its pong took. Messages that come meanwhile wait,
 * at most 1000 or 16 MiB. */
#define loads_ws_ping(ws) loads_ws_ping_pong((ws), __FILE__, __LINE__)

/* Closes: 1000 is the usual code, 3000 to 4999 are the application's; the reason
 * has at most 123 bytes. Waits for the server and returns its code, 1006 if it
 * did not answer. Closing twice is allowed. */
#define loads_ws_close(ws, code, reason) loads_ws_end((ws), (code), (reason), __FILE__, __LINE__)

/* ---- Assertions ----
 * One that does not hold ends the test function at once (as longjmp does: memory
 * that the test allocated itself stays allocated; take it from loads_alloc). The
 * test counts as failed, the report shows file, line, expression and values, and
 * the user goes on with its next test or iteration. */

#define loads_assert(t, expression) \
    ((expression) ? (void)0 : loads_assert_failed((t), __FILE__, __LINE__, #expression))

/* Both sides are numbers, or both are texts (compared by content). */
#define loads_assert_equal(t, actual, expected) \
    LOADS_COMPARE(t, actual, #actual, LOADS_EQUAL, expected, #expected)
#define loads_assert_not_equal(t, actual, other) \
    LOADS_COMPARE(t, actual, #actual, LOADS_NOT_EQUAL, other, #other)
#define loads_assert_less(t, actual, bound) \
    LOADS_COMPARE(t, actual, #actual, LOADS_LESS, bound, #bound)
#define loads_assert_less_equal(t, actual, bound) \
    LOADS_COMPARE(t, actual, #actual, LOADS_LESS_EQUAL, bound, #bound)
#define loads_assert_greater(t, actual, bound) \
    LOADS_COMPARE(t, actual, #actual, LOADS_GREATER, bound, #bound)
#define loads_assert_greater_equal(t, actual, bound) \
    LOADS_COMPARE(t, actual, #actual, LOADS_GREATER_EQUAL, bound, #bound)
/* The text holds the part: loads_assert_contains(t, page->body, "Welcome"). */
#define loads_assert_contains(t, text, part) \
    LOADS_COMPARE(t, text, #text, LOADS_CONTAINS, part, #part)

/* Ends the test as failed (the system under test did wrong), or with an error
 * (the test itself could not go on). printf formats. */
#define loads_fail(t, ...) loads_end_failed((t), __FILE__, __LINE__, __VA_ARGS__)
#define loads_error(t, ...) loads_end_error((t), __FILE__, __LINE__, __VA_ARGS__)

/* ---- Parameters ----
 * A test may take values, which --data FILE has in its columns (CSV) or members
 * (JSON) of these names, a row for each iteration:
 *
 *     LOADS_PARAMETERS(test_search, "string term, int page, double price");
 *
 *     void test_search(struct loads_test *t, const char *term, int32_t page, double price)
 *
 * The types are bool, int (int32_t), uint (uint32_t), long (int64_t), float,
 * double and string (const char *, valid until the program ends); at most 32. The
 * compiler cannot compare both lines: keep them together. */
#define LOADS_PARAMETERS(test, signature) \
    LOADS_EXPORT extern const char loads_parameters_##test[]; \
    const char loads_parameters_##test[] = signature

/* ---- Before and after ----
 * Functions that a file may have; each is called when it is there.
 *
 * Once in each process, before its first and after its last user. They have no
 * user: one that cannot go on ends the process with exit(). */
LOADS_EXPORT void setup_process(void);
LOADS_EXPORT void teardown_process(void);

/* Once for each user, before its first and after its last iteration. They may do
 * what tests do; requests are hits of "setup_user" and "teardown_user". One that
 * fails counts as an error of its name; a user whose set-up failed runs nothing.
 * Memory from loads_alloc() in these stays until the user is gone. */
LOADS_EXPORT void setup_user(struct loads_test *t);
LOADS_EXPORT void teardown_user(struct loads_test *t);

/* ---- The user ---- */

LOADS_EXPORT uint32_t loads_user(const struct loads_test *t);      /* from 1, in the whole run */
LOADS_EXPORT uint64_t loads_iteration(const struct loads_test *t); /* of this user, from 1 */
LOADS_EXPORT const char *loads_test_name(const struct loads_test *t); /* "test_home" */
LOADS_EXPORT const char *loads_server_url(const struct loads_test *t); /* NULL: not given */

/* A pointer of your own, NULL at first; set-up can leave it for the tests. */
LOADS_EXPORT void loads_set_data(struct loads_test *t, void *data);
LOADS_EXPORT void *loads_data(const struct loads_test *t);

/* Random numbers of this user: the same run with the same --seed draws the same
 * ones. Any 64 bits; 0 to limit - 1; 0 up to, but not, 1. */
LOADS_EXPORT uint64_t loads_random(struct loads_test *t);
LOADS_EXPORT uint64_t loads_random_below(struct loads_test *t, uint64_t limit);
LOADS_EXPORT double loads_random_double(struct loads_test *t);

/* Waits; other users go on. */
LOADS_EXPORT void loads_sleep(struct loads_test *t, double seconds);

/* Memory that is freed when the test function ends, in whatever way. At most
 * 64 MiB at a time; more ends the test with an error. Never returns NULL. */
LOADS_EXPORT void *loads_alloc(struct loads_test *t, size_t size); /* zeroed */
LOADS_EXPORT char *loads_format(struct loads_test *t, const char *fmt, ...) LOADS_PRINTF(2, 3);

/* ---- Numbers of your own, shown in the report ---- */

LOADS_EXPORT void loads_incr_counter(struct loads_test *t, const char *name, int64_t by);
LOADS_EXPORT void loads_gauge(struct loads_test *t, const char *name, double value); /* the last one */
LOADS_EXPORT void loads_rate(struct loads_test *t, const char *name, bool is_true); /* share of true */
LOADS_EXPORT void loads_trend(struct loads_test *t, const char *name, double value); /* percentiles */

/* ---- What the macros above call ---- */

enum loads_relation { LOADS_EQUAL = 1, LOADS_NOT_EQUAL, LOADS_LESS, LOADS_LESS_EQUAL, LOADS_GREATER,
                      LOADS_GREATER_EQUAL, LOADS_CONTAINS };
enum loads_value_kind { LOADS_SIGNED = 1, LOADS_UNSIGNED, LOADS_DOUBLE, LOADS_TEXT };
struct loads_value {
    enum loads_value_kind kind;
    union {
        long long as_signed;
        unsigned long long as_unsigned;
        double as_double;
        const char *as_text; /* may be NULL */
    } is;
};
struct loads_comparison {
    size_t size;
    const char *file;
    int line;
    const char *actual_text, *expected_text; /* as written in the source */
    enum loads_relation relation;
    struct loads_value actual, expected;
};

static inline struct loads_value
loads_value_signed(long long value)
{
    return (struct loads_value){ .kind = LOADS_SIGNED, .is.as_signed = value };
}

static inline struct loads_value
loads_value_unsigned(unsigned long long value)
{
    return (struct loads_value){ .kind = LOADS_UNSIGNED, .is.as_unsigned = value };
}

static inline struct loads_value
loads_value_double(double value)
{
    return (struct loads_value){ .kind = LOADS_DOUBLE, .is.as_double = value };
}

static inline struct loads_value
loads_value_text(const char *value)
{
    return (struct loads_value){ .kind = LOADS_TEXT, .is.as_text = value };
}

#define LOADS_VALUE(value) _Generic((value), \
    char *: loads_value_text, const char *: loads_value_text, \
    float: loads_value_double, double: loads_value_double, \
    unsigned long: loads_value_unsigned, unsigned long long: loads_value_unsigned, \
    default: loads_value_signed)(value)
#define LOADS_COMPARE(t, actual_, actual_source, relation_, expected_, expected_source) \
    loads_compare((t), &(struct loads_comparison){ .size = sizeof(struct loads_comparison), \
        .file = __FILE__, .line = __LINE__, .actual_text = actual_source, .expected_text = expected_source, \
        .relation = relation_, .actual = LOADS_VALUE(actual_), .expected = LOADS_VALUE(expected_) })

LOADS_EXPORT struct loads_ws *loads_ws_open(struct loads_test *t, const struct loads_ws_request *request);
LOADS_EXPORT void loads_ws_send(struct loads_ws *ws, enum loads_ws_kind kind, const void *data, size_t length,
                                const char *file, int line);
LOADS_EXPORT void loads_ws_send_string(struct loads_ws *ws, const char *text, const char *file, int line);
LOADS_EXPORT const struct loads_ws_message *loads_ws_await(struct loads_ws *ws,
                                                           const struct loads_ws_wait *wait);
LOADS_EXPORT double loads_ws_ping_pong(struct loads_ws *ws, const char *file, int line);
LOADS_EXPORT int loads_ws_end(struct loads_ws *ws, int code, const char *reason, const char *file, int line);

LOADS_EXPORT void loads_compare(struct loads_test *t, const struct loads_comparison *comparison);
LOADS_EXPORT _Noreturn void loads_assert_failed(struct loads_test *t, const char *file, int line,
                                                const char *expression);
LOADS_EXPORT _Noreturn void loads_end_failed(struct loads_test *t, const char *file, int line,
                                             const char *fmt, ...) LOADS_PRINTF(4, 5);
LOADS_EXPORT _Noreturn void loads_end_error(struct loads_test *t, const char *file, int line,
                                            const char *fmt, ...) LOADS_PRINTF(4, 5);

#endif
