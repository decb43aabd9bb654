/* SPDX-License-Identifier: Apache-2.0 */
/* One run after another. What the program does not tell about its test by itself
 * is told when it has ended, since only then it is known. */
#include "user.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "line.h"
#include "message.h"

enum {
    TURN_BYTES = 256 * 1024, /* read before others have their turn */
    TURN_DATAGRAMS = 64,
    LAST_DATAGRAMS = 64 * 1024, /* more than a queue holds */
    KEPT_LINES = 20,
};
#define PAUSE_NS (100 * NS_PER_MS) /* after a program that could not be started */

/* ---- What the program says. */

static void
tell(struct user *user, struct event event)
{
    event.test = user->test;
    event.user = user->number;
    event.iteration = user->iteration;
    user->setup->listener.tell(user->setup->listener.context, &event);
}

/* The first one is told, and the beginning of the line. */
static void
note_broken(struct user *user, const char *why, struct slice line)
{
    int length = line.length < 200 ? (int)line.length : 200;

    err_set(&user->told.broken, "printed a message that cannot be used: %s: %.*s", why, length, line.data);
}

static void
keep(struct user *user, struct slice text, bool is_line)
{
    tail_add(&user->output, text.data, text.length);
    if (is_line)
        tail_add(&user->output, "\n", 1);
}

static void
hear_message(void *context, enum loads_event_type type, const struct foreign_message *message)
{
    struct user *user = context;
    struct told *told = &user->told;

    told->hit |= type == LOADS_HIT;
    told->test |= type == LOADS_TEST_START || type == LOADS_TEST_STOP;
    told->trouble |= type == LOADS_TEST_FAILURE || type == LOADS_TEST_ERROR;
    told->outcome |= type == LOADS_TEST_SUCCESS || told->trouble;
    tell(user, (struct event){ .type = EVENT_FOREIGN, .as.foreign = message });
}

static void
hear_line(struct user *user, struct slice text)
{
    struct err err = { 0 };
    enum line_kind kind = line_read(&user->reader, text, &err);

    if (kind == LINE_BROKEN)
        note_broken(user, err.text, text);
    if (kind != LINE_MESSAGE)
        keep(user, text, true);
}

static void
hear_lines(struct user *user, bool is_end)
{
    struct slice piece;
    enum splitter_piece kind;

    while ((kind = splitter_next(&user->lines, is_end, &piece)) != SPLITTER_NONE) {
        if (kind == SPLITTER_LINE) {
            hear_line(user, piece);
            continue;
        }
        if (kind == SPLITTER_LONG_LINE && line_looks_like_message(piece))
            note_broken(user, "it is longer than 64 KiB", piece);
        keep(user, piece, false);
    }
}

/* Each reads what is there, up to about `most`; a bit in `ready` stays when there
 * may be more. */
static void
read_out(struct user *user, size_t most)
{
    struct watch *out = &user->program.out;
    size_t taken = 0;

    out->ready = 0;
    while (taken < most) {
        size_t size;
        char *space = splitter_space(&user->lines, &size);
        ssize_t length = read(out->fd, space, size);

        if (length <= 0)
            return;
        taken += (size_t)length;
        splitter_add(&user->lines, (size_t)length);
        hear_lines(user, false);
    }
    out->ready = EPOLLIN;
}

static void
read_err(struct user *user, size_t most)
{
    struct watch *err = &user->program.err;
    char *space = loop_scratch(user->setup->loop);
    size_t taken = 0;

    err->ready = 0;
    while (taken < most) {
        ssize_t length = read(err->fd, space, LOOP_SCRATCH_SIZE);

        if (length <= 0)
            return;
        taken += (size_t)length;
        tail_add(&user->output, space, (size_t)length);
    }
    err->ready = EPOLLIN;
}

static void
read_socket(struct user *user, size_t most)
{
    user->socket.ready = 0;
    for (size_t taken = 0; taken < most; taken++) {
        ssize_t length = recv(user->socket.fd, user->datagram, SPLITTER_LINE_LIMIT, MSG_TRUNC);
        bool is_cut = length > SPLITTER_LINE_LIMIT;
        struct slice text = { .data = user->datagram,
                              .length = is_cut ? SPLITTER_LINE_LIMIT : (size_t)length };

        if (length < 0)
            return;
        if (is_cut)
            note_broken(user, "it is longer than 64 KiB", text);
        else
            hear_line(user, text);
    }
    user->socket.ready = EPOLLIN;
}

/* ---- Its belongings. */

static int
open_socket(struct user *user, struct err *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", user->socket_path) >=
        sizeof address.sun_path)
        return err_set(err, "%s is too long for a socket", user->socket_path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        watch_open(user->setup->loop, &user->socket, fd) == 0)
        return 0;
    err_set(err, "cannot make the socket %s: %s", user->socket_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    user->socket.fd = -1;
    return -1;
}

int
user_init(struct user *user, const struct bridge_setup *setup, struct decoder *decoder, const char *test,
          uint32_t number, const bool *is_stopping, struct err *err)
{
    *user = (struct user){
        .setup = setup,
        .test = test,
        .number = number,
        .is_stopping = is_stopping,
        .socket = { .fd = -1 },
        .iteration = setup->settings->first_turn - 1,
        .reader = { .decoder = decoder, .test = test, .context = user, .message = hear_message },
        .socket_path = xasprintf("%s/%ld-%u", setup->folder, (long)getpid(), (unsigned)number),
    };
    user->datagram = xmalloc(SPLITTER_LINE_LIMIT);
    splitter_init(&user->lines);
    environment_init(&user->environment, setup->settings, setup->server_url, setup->recorder,
                     user->socket_path, number);
    return open_socket(user, err);
}

void
user_clear(struct user *user)
{
    if (user->socket.fd >= 0) {
        watch_close(user->setup->loop, &user->socket);
        unlink(user->socket_path);
    }
    free(user->socket_path);
    free(user->datagram);
    environment_clear(&user->environment);
    splitter_clear(&user->lines);
    tail_clear(&user->output);
}

/* ---- Following the program. */

/* Whether one of them is ready already. While it is told of what was read, the
 * task waits for the host alone: they must not wake it then. */
static bool
set_waiter(struct watch *const watches[], size_t count, struct task *task)
{
    bool is_ready = false;

    for (size_t i = 0; i < count; i++) {
        watches[i]->wanted = EPOLLIN | EPOLLHUP | EPOLLERR;
        watches[i]->waiter = task;
        is_ready = is_ready || (watches[i]->ready & watches[i]->wanted) != 0;
    }
    return is_ready;
}

static void
wait_for_program(struct user *user)
{
    struct program *program = &user->program;
    struct watch *const watches[] = { &program->exit, &program->out, &program->err, &user->socket };
    enum { COUNT = sizeof watches / sizeof watches[0] };
    struct loop *loop = user->setup->loop;

    if (set_waiter(watches, COUNT, loop_task(loop)))
        loop_yield(loop);
    else
        loop_wait_any(loop, LOOP_FOREVER);
    set_waiter(watches, COUNT, NULL);
}

static size_t
bytes_left(int fd)
{
    int count = 0;

    return ioctl(fd, FIONREAD, &count) == 0 && count > 0 ? (size_t)count : 0;
}

/* To its end; returns its status. Others may hold the pipes open for ever: what
 * is in them when it ends is all that is its own. */
static int
follow(struct user *user)
{
    struct program *program = &user->program;
    int status;

    while (program->exit.ready == 0) {
        wait_for_program(user);
        if (program->out.ready != 0)
            read_out(user, TURN_BYTES);
        if (program->err.ready != 0)
            read_err(user, TURN_BYTES);
        if (user->socket.ready != 0)
            read_socket(user, TURN_DATAGRAMS);
    }
    status = program_reap(program);
    read_out(user, bytes_left(program->out.fd));
    hear_lines(user, true);
    read_err(user, bytes_left(program->err.fd));
    read_socket(user, LAST_DATAGRAMS);
    program_close(program, user->setup->loop);
    return status;
}

/* ---- Judging it. */

struct ending {
    enum event_type type; /* EVENT_SUCCESS, or what went wrong */
    struct problem problem;
};

static void ending_set(struct ending *ending, enum event_type type, const char *class_name, const char *fmt,
                       ...) PRINTF_LIKE(4, 5);

static void
ending_set(struct ending *ending, enum event_type type, const char *class_name, const char *fmt, ...)
{
    va_list args;

    ending->type = type;
    ending->problem.class_name = class_name;
    va_start(args, fmt);
    vsnprintf(ending->problem.message, sizeof ending->problem.message, fmt, args);
    va_end(args);
}

static void
judge(const struct user *user, int status, struct ending *ending)
{
    *ending = (struct ending){ .type = EVENT_SUCCESS };
    if (status != 0 && user->stop == USER_TIME_IS_OVER)
        ending_set(ending, EVENT_ERROR, "StillRunning", "still ran when the time was over, and was stopped");
    else if (WIFSIGNALED(status))
        ending_set(ending, EVENT_ERROR, "Killed", "killed by signal %d (%s)", WTERMSIG(status),
                   strsignal(WTERMSIG(status)));
    else if (status != 0)
        ending_set(ending, EVENT_FAILURE, "ExitCode", "exited with %d", WEXITSTATUS(status));
    else if (user->told.broken.text[0] != '\0')
        ending_set(ending, EVENT_ERROR, "BrokenMessage", "%s", user->told.broken.text);
}

/* The last lines of its output, fit to be shown. Freed by the caller. */
static char *
last_output(const struct user *user)
{
    struct buffer text;

    buffer_init(&text, MESSAGE_TEXT_LIMIT);
    /* What is not printable takes more room than it took before. */
    for (size_t limit = MESSAGE_TEXT_LIMIT; limit > 0; limit /= 2) {
        buffer_clear(&text);
        buffer_init(&text, MESSAGE_TEXT_LIMIT);
        utf8_add_visible(&text, tail_last(&user->output, KEPT_LINES, limit), true);
        if (!text.is_full)
            break;
    }
    return buffer_take(&text);
}

static void
tell_trouble(struct user *user, struct ending *ending)
{
    char *output = last_output(user);

    ending->problem.traceback = output;
    tell(user, (struct event){ .type = ending->type, .as.problem = &ending->problem });
    free(output);
}

/* In the words of HTTP, so that reports tell good from bad. */
static void
tell_run_as_hit(struct user *user, const struct ending *ending, int64_t started_unix_ns, int64_t elapsed_us)
{
    char *url = xasprintf("exec:%s", user->test);
    const struct hit hit = {
        .url = url,
        .method = "EXEC",
        .name = user->test,
        .status = ending->type == EVENT_SUCCESS ? 200 : 500,
        .started_unix_ns = started_unix_ns,
        .elapsed_us = elapsed_us,
        .dns_us = -1,
        .connect_us = -1,
        .tls_us = -1,
        .ttfb_us = -1,
    };

    tell(user, (struct event){ .type = EVENT_HIT, .as.hit = &hit });
    free(url);
}

/* What the program did not tell by itself. */
static void
tell_ending(struct user *user, struct ending *ending, int64_t elapsed_us)
{
    bool is_trouble = ending->type != EVENT_SUCCESS;

    if (is_trouble && !user->told.trouble)
        tell_trouble(user, ending);
    else if (!is_trouble && !user->told.test && !user->told.outcome)
        tell(user, (struct event){ .type = EVENT_SUCCESS });
    if (!user->told.test)
        tell(user, (struct event){ .type = EVENT_TEST_STOP, .as.elapsed_us = elapsed_us });
}

/* Who stops us signals our whole process group, and a program is in it for the moment
 * between fork and exec. Our own signal may still wait to be read. */
static bool
was_stopped_with_us(const struct user *user, int status)
{
    sigset_t pending;

    if (!WIFSIGNALED(status) || (WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGINT))
        return false;
    sigpending(&pending);
    return *user->is_stopping || sigismember(&pending, WTERMSIG(status)) == 1;
}

static void
run_started(struct user *user, int64_t started_unix_ns, int64_t started_ns)
{
    int status = follow(user);
    int64_t elapsed_us = (clock_monotonic_ns() - started_ns) / NS_PER_US;
    struct ending ending;
    bool is_cut;

    if (user->stop == USER_GOES_ON && was_stopped_with_us(user, status))
        user->stop = USER_IS_STOPPED;
    is_cut = status != 0 && user->stop != USER_GOES_ON;
    if (!user->told.test)
        tell(user, (struct event){ .type = EVENT_TEST_START });
    /* One that tells its tests by itself may go on until it is stopped. */
    if (is_cut && (user->told.test || user->stop == USER_IS_STOPPED))
        return;
    judge(user, status, &ending);
    if (!user->told.hit && !is_cut)
        tell_run_as_hit(user, &ending, started_unix_ns, elapsed_us);
    tell_ending(user, &ending, elapsed_us);
}

static void
tell_not_started(struct user *user, const struct err *err)
{
    struct ending ending;

    ending_set(&ending, EVENT_ERROR, "NotStarted", "%s", err->text);
    tell(user, (struct event){ .type = EVENT_TEST_START });
    tell_ending(user, &ending, 0);
    loop_sleep_until(user->setup->loop, clock_monotonic_ns() + PAUSE_NS);
}

void
user_run(struct user *user)
{
    int64_t started_unix_ns = clock_wall_unix_ns(), started_ns = clock_monotonic_ns();
    struct err err = { 0 };
    char *const *environment;

    user->iteration++;
    user->told = (struct told){ 0 };
    tail_reset(&user->output);
    environment = environment_of_run(&user->environment, user->iteration);
    if (program_start(&user->program, user->setup->loop, user->setup->program, environment, &err) == 0)
        run_started(user, started_unix_ns, started_ns);
    else
        tell_not_started(user, &err);
}

void
user_end_program(struct user *user, enum user_stop why, int signal_number)
{
    if (user->program.pid > 0 && user->stop == USER_GOES_ON)
        user->stop = why;
    program_signal(&user->program, signal_number);
}
