/* SPDX-License-Identifier: Apache-2.0 */
/* Messages by libwslay's event interface. Its callbacks wait in the task that
 * called, and stop reading as soon as there is something to hand over or to
 * answer: so nothing piles up, however fast the server sends. */
#include "websocket.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <wslay/wslay.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

enum {
    PING_SIZE = 8,
    MASKS_SIZE = 256,
    TURNS = 256, /* then other tasks run, even if there is more to read */
    GOODBYE_READS = 16,
};
#define GOODBYE_NS NS_PER_S /* for the server to close its connection */

struct message {
    struct message *next;
    bool is_text;
    size_t length;
    char data[]; /* and a NUL */
};

/* What the call that runs waits for. */
enum awaited { AWAIT_MESSAGE, AWAIT_PONG, AWAIT_CLOSE };

struct websocket {
    struct stream stream;
    bool is_over;
    char *protocol;
    struct websocket_listener listener;
    struct wslay_event_context *wslay;
    struct buffer early; /* what came with the handshake */
    size_t early_taken;

    struct message *first, *last; /* that wait */
    size_t waiting, waiting_bytes;
    struct message *taken; /* by the caller */

    uint64_t pings;
    bool is_ponged; /* the last ping is answered */
    char reason[WEBSOCKET_REASON_LIMIT + 1];

    enum awaited awaited;
    int64_t deadline_ns;       /* of the call that runs */
    bool is_read;              /* in this turn */
    unsigned turns;
    enum stream_result result; /* of the connection, in this call */
    bool is_broken, is_malformed;
    const char *end_class;     /* once over; NULL: the server closed as it should */
    struct err why;

    unsigned char masks[MASKS_SIZE]; /* random bytes, used once */
    size_t masks_left;
};

/* ---- Problems ---- */

static int __attribute__((format(printf, 3, 4)))
complain(struct problem *problem, const char *class_name, const char *fmt, ...)
{
    va_list args;

    problem->class_name = class_name;
    va_start(args, fmt);
    vsnprintf(problem->message, sizeof problem->message, fmt, args);
    va_end(args);
    return -1;
}

static const char *
class_of(enum stream_result result)
{
    static const char *const names[] = {
        [STREAM_ENDED] = "ConnectionError", [STREAM_LATE] = "Timeout", [STREAM_REFUSED] = "ConnectionError",
        [STREAM_INSECURE] = "SSLError", [STREAM_BROKEN] = "ConnectionError",
    };

    return names[result];
}

/* ---- What libwslay calls ---- */

static ssize_t
take_early(struct websocket *websocket, uint8_t *data, size_t size)
{
    size_t left = websocket->early.length - websocket->early_taken;
    size_t count = left < size ? left : size;

    memcpy(data, websocket->early.data + websocket->early_taken, count);
    websocket->early_taken += count;
    if (count == left) {
        buffer_clear(&websocket->early);
        websocket->early_taken = 0;
    }
    return (ssize_t)count;
}

/* At most one read a turn: between two we look what came. */
static ssize_t
on_recv(wslay_event_context_ptr wslay, uint8_t *data, size_t size, int flags, void *context)
{
    struct websocket *websocket = context;
    size_t count = 0;

    (void)flags;
    if (websocket->is_read) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    websocket->is_read = true;
    if (websocket->early.length > 0)
        return take_early(websocket, data, size);
    websocket->result =
        stream_read(&websocket->stream, data, size, &count, websocket->deadline_ns, &websocket->why);
    if (websocket->result != STREAM_DONE) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    return (ssize_t)count;
}

static ssize_t
on_send(wslay_event_context_ptr wslay, const uint8_t *data, size_t length, int flags, void *context)
{
    struct websocket *websocket = context;

    (void)flags;
    websocket->result =
        stream_write(&websocket->stream, data, length, websocket->deadline_ns, &websocket->why);
    if (websocket->result != STREAM_DONE) {
        wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)length;
}

static int
on_mask(wslay_event_context_ptr wslay, uint8_t *mask, size_t length, void *context)
{
    struct websocket *websocket = context;

    (void)wslay;
    if (websocket->masks_left < length) {
        /* Up to 256 bytes come whole. */
        if (getrandom(websocket->masks, MASKS_SIZE, 0) != MASKS_SIZE)
            return -1;
        websocket->masks_left = MASKS_SIZE;
    }
    websocket->masks_left -= length;
    memcpy(mask, websocket->masks + websocket->masks_left, length);
    return 0;
}

static void
keep_message(struct websocket *websocket, const struct wslay_event_on_msg_recv_arg *arg)
{
    struct message *message;

    websocket->listener.received(websocket->listener.context, arg->msg_length);
    if (websocket->awaited == AWAIT_CLOSE)
        return; /* nobody will take it */
    message = xmalloc(sizeof *message + arg->msg_length + 1);
    *message = (struct message){ .is_text = arg->opcode == WSLAY_TEXT_FRAME, .length = arg->msg_length };
    if (arg->msg_length > 0)
        memcpy(message->data, arg->msg, arg->msg_length);
    message->data[arg->msg_length] = '\0';
    if (websocket->first == NULL)
        websocket->first = message;
    else
        websocket->last->next = message;
    websocket->last = message;
    websocket->waiting++;
    websocket->waiting_bytes += message->length;
}

static void
keep_reason(struct websocket *websocket, const struct wslay_event_on_msg_recv_arg *arg)
{
    size_t length = arg->msg_length > 2 ? arg->msg_length - 2 : 0;

    /* The first two bytes are the code; libwslay lets half of one pass. */
    websocket->is_malformed |= arg->msg_length == 1;
    if (length > 0 && length < sizeof websocket->reason)
        memcpy(websocket->reason, arg->msg + 2, length);
}

static void
on_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *arg, void *context)
{
    struct websocket *websocket = context;

    (void)wslay;
    switch (arg->opcode) {
    case WSLAY_TEXT_FRAME:
    case WSLAY_BINARY_FRAME:
        keep_message(websocket, arg);
        break;
    case WSLAY_PONG:
        if (arg->msg_length == PING_SIZE && memcmp(arg->msg, &websocket->pings, PING_SIZE) == 0)
            websocket->is_ponged = true;
        break;
    case WSLAY_CONNECTION_CLOSE:
        keep_reason(websocket, arg);
        break;
    }
}

/* ---- Open and close ---- */

static int
start_wslay(struct websocket *websocket)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .genmask_callback = on_mask,
        .on_msg_recv_callback = on_message,
    };

    if (wslay_event_context_client_init(&websocket->wslay, &callbacks, websocket) != 0)
        return -1;
    wslay_event_config_set_max_recv_msg_length(websocket->wslay, WEBSOCKET_MESSAGE_LIMIT);
    return 0;
}

static void
hang_up(struct websocket *websocket)
{
    if (!websocket->is_over)
        stream_close(&websocket->stream);
    websocket->is_over = true;
}

static int
upgrade(struct websocket *websocket, const struct upgrade_request *request, int64_t deadline_ns,
        struct problem *problem)
{
    static const char *const classes[] = {
        [UPGRADE_LATE] = "Timeout", [UPGRADE_BROKEN] = "ConnectionError", [UPGRADE_REFUSED] = "HandshakeError",
    };
    struct err why = { 0 };
    enum upgrade_result result = upgrade_run(&websocket->stream, request, deadline_ns, &websocket->protocol,
                                             &websocket->early, &why);

    if (result != UPGRADE_DONE)
        return complain(problem, classes[result], "%s", why.text);
    return 0;
}

struct websocket *
websocket_open(struct loop *loop, const struct stream_target *server, const struct upgrade_request *request,
               struct websocket_listener listener, int64_t deadline_ns, struct problem *problem)
{
    struct websocket *websocket = xcalloc(1, sizeof *websocket);
    struct err why = { 0 };
    enum stream_result result;

    websocket->listener = listener;
    buffer_init(&websocket->early, UPGRADE_HEAD_LIMIT);
    result = stream_open(&websocket->stream, loop, server, deadline_ns, &why);
    if (result != STREAM_DONE) {
        complain(problem, class_of(result), "%s", why.text);
        websocket->is_over = true;
        goto fail;
    }
    if (upgrade(websocket, request, deadline_ns, problem) < 0)
        goto fail;
    if (start_wslay(websocket) < 0) {
        complain(problem, "MemoryError", "no memory for a web socket");
        goto fail;
    }
    return websocket;

fail:
    websocket_free(websocket);
    return NULL;
}

static void
drop_messages(struct websocket *websocket)
{
    free(websocket->taken);
    while (websocket->first != NULL) {
        struct message *message = websocket->first;

        websocket->first = message->next;
        free(message);
    }
}

/* Says that we go, where that takes no waiting. */
static void
leave(struct websocket *websocket)
{
    websocket->deadline_ns = clock_monotonic_ns();
    if (wslay_event_queue_close(websocket->wslay, WSLAY_CODE_GOING_AWAY, NULL, 0) == 0)
        wslay_event_send(websocket->wslay);
}

void
websocket_free(struct websocket *websocket)
{
    if (websocket == NULL)
        return;
    if (!websocket->is_over && websocket->wslay != NULL)
        leave(websocket);
    hang_up(websocket);
    drop_messages(websocket);
    if (websocket->wslay != NULL)
        wslay_event_context_free(websocket->wslay);
    buffer_clear(&websocket->early);
    free(websocket->protocol);
    free(websocket);
}

const char *
websocket_protocol(const struct websocket *websocket)
{
    return websocket->protocol;
}

bool
websocket_is_over(const struct websocket *websocket)
{
    return websocket->is_over;
}

uint16_t
websocket_close_code(const struct websocket *websocket)
{
    return wslay_event_get_close_received(websocket->wslay)
             ? wslay_event_get_status_code_received(websocket->wslay)
             : WEBSOCKET_NOT_CLOSED;
}

const char *
websocket_close_reason(const struct websocket *websocket)
{
    return websocket->reason;
}

/* ---- Serving ---- */

static void
begin(struct websocket *websocket, enum awaited awaited, int64_t deadline_ns)
{
    websocket->awaited = awaited;
    websocket->deadline_ns = deadline_ns;
    websocket->result = STREAM_DONE;
    websocket->why = (struct err){ 0 };
}

/* Only a call that does not take messages can let them pile up. */
static bool
is_flooded(const struct websocket *websocket)
{
    return websocket->waiting > WEBSOCKET_WAITING_LIMIT || websocket->waiting_bytes > WEBSOCKET_MESSAGE_LIMIT;
}

static bool
has_come(const struct websocket *websocket)
{
    switch (websocket->awaited) {
    case AWAIT_MESSAGE:
        return websocket->first != NULL;
    case AWAIT_PONG:
        return websocket->is_ponged || is_flooded(websocket);
    case AWAIT_CLOSE:
        return false;
    }
    return true;
}

/* Whether there is no more to be said in either direction. */
static bool
is_finished(const struct websocket *websocket)
{
    return wslay_event_want_read(websocket->wslay) == 0 && wslay_event_want_write(websocket->wslay) == 0;
}

/* Half a frame cannot be taken back: a send that fails breaks the connection. */
static void
flush(struct websocket *websocket)
{
    if (wslay_event_want_write(websocket->wslay) && wslay_event_send(websocket->wslay) != 0)
        websocket->is_broken = true;
}

/* Other tasks run now and then, and the deadline holds, even if the server never
 * pauses. */
static void
take_turn(struct websocket *websocket)
{
    websocket->is_read = false;
    if (++websocket->turns % TURNS == 0)
        loop_sleep_until(websocket->stream.loop, clock_monotonic_ns());
    if (clock_monotonic_ns() > websocket->deadline_ns) {
        websocket->result = STREAM_LATE;
        err_set(&websocket->why, "receiving took too long");
    }
}

static void
receive_some(struct websocket *websocket)
{
    int code = wslay_event_recv(websocket->wslay);

    /* For bytes that are no frame libwslay has no other word. */
    websocket->is_malformed |= code != 0 && websocket->result == STREAM_DONE;
    if (code != 0 || websocket->result == STREAM_ENDED || websocket->result == STREAM_BROKEN)
        websocket->is_broken = true;
}

/* Sends what is due and receives until that has come, both sides have closed, it
 * is late, or the connection is broken. */
static void
serve(struct websocket *websocket)
{
    for (;;) {
        flush(websocket);
        if (websocket->is_broken || websocket->result != STREAM_DONE || has_come(websocket) ||
            is_finished(websocket))
            return;
        take_turn(websocket);
        if (websocket->result == STREAM_DONE)
            receive_some(websocket);
    }
}

/* ---- The end ---- */

/* Why we close before the server does, by the code that libwslay sends it. */
static const struct fault {
    uint16_t code;
    const char *class_name, *text;
} faults[] = {
    { WSLAY_CODE_PROTOCOL_ERROR, "ProtocolError", "the server broke the rules of web sockets" },
    { WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA, "ProtocolError", "the server sent text that is not UTF-8" },
    { WSLAY_CODE_MESSAGE_TOO_BIG, "MessageTooBig", "the server sent a message that is bigger than 16 MiB" },
};

static const struct fault *
find_fault(const struct websocket *websocket)
{
    uint16_t code;

    if (websocket->is_malformed)
        return &faults[0];
    if (websocket->awaited == AWAIT_CLOSE || !wslay_event_get_close_sent(websocket->wslay))
        return NULL;
    code = wslay_event_get_status_code_sent(websocket->wslay);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].code == code)
            return &faults[i];
    }
    return NULL;
}

/* `why` may be set already, by the connection. */
static void
explain_end(struct websocket *websocket)
{
    const struct fault *fault = find_fault(websocket);

    if (wslay_event_get_close_received(websocket->wslay) && !websocket->is_malformed)
        return;
    websocket->end_class = "ConnectionError";
    if (fault != NULL) {
        websocket->end_class = fault->class_name;
        websocket->why = (struct err){ 0 };
        err_set(&websocket->why, "%s", fault->text);
    } else if (websocket->result == STREAM_LATE) {
        websocket->end_class = "Timeout";
    }
    err_set(&websocket->why, "the server ended the connection without closing the web socket");
}

/* Who closes the connection first keeps its port for a minute: better the server,
 * which gets a moment to do it. */
static void
await_goodbye(struct websocket *websocket)
{
    int64_t deadline_ns = clock_monotonic_ns() + GOODBYE_NS;
    char bytes[256];
    size_t count;

    for (int i = 0; i < GOODBYE_READS; i++) {
        if (stream_read(&websocket->stream, bytes, sizeof bytes, &count, deadline_ns, NULL) != STREAM_DONE)
            return;
    }
}

/* Closes the connection if there is no more to come. */
static void
conclude(struct websocket *websocket)
{
    if (!websocket->is_broken && !is_finished(websocket))
        return;
    explain_end(websocket);
    if (!websocket->is_broken && websocket->end_class == NULL)
        await_goodbye(websocket);
    hang_up(websocket);
}

/* 0: the server closed as it should. */
static int
tell_end(const struct websocket *websocket, struct problem *problem)
{
    if (websocket->end_class == NULL)
        return 0;
    return complain(problem, websocket->end_class, "%s", websocket->why.text);
}

/* Where nothing but an open socket will do. */
static int
tell_closed(const struct websocket *websocket, struct problem *problem)
{
    if (tell_end(websocket, problem) < 0)
        return -1;
    return complain(problem, "ConnectionClosed", "the web socket is closed");
}

/* ---- Messages ---- */

static void
take_message(struct websocket *websocket, struct websocket_message *shown)
{
    struct message *message = websocket->first;

    websocket->first = message->next;
    websocket->waiting--;
    websocket->waiting_bytes -= message->length;
    websocket->taken = message;
    *shown = (struct websocket_message){
        .is_text = message->is_text, .data = message->data, .length = message->length
    };
}

int
websocket_receive(struct websocket *websocket, struct websocket_message *message, int64_t deadline_ns,
                  struct problem *problem)
{
    free(websocket->taken);
    websocket->taken = NULL;
    if (websocket->first == NULL && !websocket->is_over) {
        begin(websocket, AWAIT_MESSAGE, deadline_ns);
        serve(websocket);
        conclude(websocket);
    }
    if (websocket->first != NULL) {
        take_message(websocket, message);
        return 1;
    }
    if (websocket->is_over)
        return tell_end(websocket, problem);
    return complain(problem, "Timeout", "no message came in time");
}

/* Sends at once. */
static int
send_frame(struct websocket *websocket, const struct wslay_event_msg *message, struct problem *problem)
{
    if (wslay_event_queue_msg(websocket->wslay, message) != 0)
        serve(websocket); /* both sides are about to close */
    flush(websocket);
    conclude(websocket);
    return websocket->is_over ? tell_closed(websocket, problem) : 0;
}

int
websocket_send(struct websocket *websocket, bool is_text, const void *data, size_t length,
               int64_t deadline_ns, struct problem *problem)
{
    struct wslay_event_msg message = {
        .opcode = is_text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, .msg = data, .msg_length = length
    };
    struct slice text = { .data = data, .length = length };

    if (websocket->is_over)
        return tell_closed(websocket, problem);
    if (length > WEBSOCKET_MESSAGE_LIMIT)
        return complain(problem, "MessageTooBig", "a message to send is bigger than 16 MiB");
    if (is_text && !utf8_is_valid(text))
        return complain(problem, "InvalidMessage", "a text to send is not UTF-8");
    begin(websocket, AWAIT_MESSAGE, deadline_ns);
    return send_frame(websocket, &message, problem);
}

int
websocket_ping(struct websocket *websocket, int64_t deadline_ns, struct problem *problem)
{
    struct wslay_event_msg message = {
        .opcode = WSLAY_PING, .msg = (const uint8_t *)&websocket->pings, .msg_length = PING_SIZE
    };

    if (websocket->is_over)
        return tell_closed(websocket, problem);
    begin(websocket, AWAIT_PONG, deadline_ns);
    websocket->pings++;
    websocket->is_ponged = false;
    if (send_frame(websocket, &message, problem) < 0)
        return -1;
    serve(websocket);
    conclude(websocket);
    if (websocket->is_ponged)
        return 0;
    if (websocket->is_over)
        return tell_closed(websocket, problem);
    if (is_flooded(websocket))
        return complain(problem, "TooManyMessages", "more than %d messages or 16 MiB wait to be received",
                        WEBSOCKET_WAITING_LIMIT);
    return complain(problem, "Timeout", "no pong came in time");
}

int
websocket_close(struct websocket *websocket, uint16_t code, const char *reason, int64_t deadline_ns,
                struct problem *problem)
{
    if (websocket->is_over)
        return tell_end(websocket, problem);
    begin(websocket, AWAIT_CLOSE, deadline_ns);
    if (wslay_event_queue_close(websocket->wslay, code, (const uint8_t *)reason, strlen(reason)) != 0)
        websocket->is_broken = true;
    serve(websocket);
    if (!is_finished(websocket))
        websocket->is_broken = true;
    conclude(websocket);
    return tell_end(websocket, problem);
}
