/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl says which sockets and which time it waits for; we hand both to the
 * loop, and call libcurl only from the task whose transfer it is. */
#include "multi.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

struct socket {
    struct watch watch;
    struct socket *next;
    bool is_kept; /* until it is closed, of which we are told */
};

struct multi {
    struct loop *loop;
    CURLM *curl;
    struct socket *sockets; /* few: the connections of one user */
    int64_t due_ns; /* when libcurl wants to be called; LOOP_FOREVER */
};

static struct socket *
find(struct multi *multi, int fd)
{
    struct socket *socket = multi->sockets;

    while (socket != NULL && socket->watch.fd != fd)
        socket = socket->next;
    return socket;
}

static struct socket *
add(struct multi *multi, int fd, bool is_kept)
{
    struct socket *socket = xcalloc(1, sizeof *socket);

    *socket = (struct socket){ .watch.fd = fd, .is_kept = is_kept, .next = multi->sockets };
    multi->sockets = socket;
    return socket;
}

static void
forget(struct multi *multi, struct socket *socket)
{
    struct socket **at = &multi->sockets;

    while (*at != socket)
        at = &(*at)->next;
    *at = socket->next;
    watch_forget(multi->loop, &socket->watch);
    free(socket);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    struct multi *multi = context;
    struct socket *socket = find(multi, fd);
    uint32_t events = 0;

    (void)easy;
    (void)socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL && socket->is_kept)
            watch_level(multi->loop, &socket->watch, 0);
        else if (socket != NULL)
            forget(multi, socket);
        return 0;
    }
    if (socket == NULL)
        socket = add(multi, fd, false);
    if (what != CURL_POLL_OUT)
        events |= EPOLLIN;
    if (what != CURL_POLL_IN)
        events |= EPOLLOUT;
    return watch_level(multi->loop, &socket->watch, events);
}

/* libcurl has made a socket for a connection. */
static int
on_open(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)purpose;
    add(context, fd, true);
    return CURL_SOCKOPT_OK;
}

static int
on_close(void *context, curl_socket_t fd)
{
    struct socket *socket = find(context, fd);

    if (socket != NULL)
        forget(context, socket);
    return close(fd);
}

void
multi_adopt(struct multi *multi, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, multi);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, multi);
}

static int
on_timer(CURLM *curl, long timeout_ms, void *context)
{
    struct multi *multi = context;

    (void)curl;
    multi->due_ns = timeout_ms < 0 ? LOOP_FOREVER
                  : timeout_ms == 0 ? 0
                                    : clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    return 0;
}

struct multi *
multi_new(struct loop *loop)
{
    CURLM *curl = curl_multi_init();
    struct multi *multi;

    if (curl == NULL)
        return NULL;
    multi = xcalloc(1, sizeof *multi);
    *multi = (struct multi){ .loop = loop, .curl = curl, .due_ns = LOOP_FOREVER };
    curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, 6L);
    return multi;
}

void
multi_free(struct multi *multi)
{
    if (multi == NULL)
        return;
    curl_multi_cleanup(multi->curl);
    while (multi->sockets != NULL)
        forget(multi, multi->sockets);
    free(multi);
}

static int
selection(uint32_t ready)
{
    return ((ready & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
           ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((ready & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
}

/* Tells libcurl one thing that happened; false: nothing did. */
static bool
act(struct multi *multi)
{
    int running;

    for (struct socket *socket = multi->sockets; socket != NULL; socket = socket->next) {
        uint32_t ready = socket->watch.ready;

        if (ready != 0 && socket->watch.wanted != 0) {
            socket->watch.ready = 0;
            /* After this the list may be another one. */
            curl_multi_socket_action(multi->curl, socket->watch.fd, selection(ready), &running);
            return true;
        }
    }
    if (multi->due_ns == LOOP_FOREVER || (multi->due_ns > 0 && clock_monotonic_ns() < multi->due_ns))
        return false;
    multi->due_ns = LOOP_FOREVER;
    curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    return true;
}

static bool
is_done(struct multi *multi, CURLcode *code)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return true;
        }
    }
    return false;
}

static void
wait_for(struct multi *multi, int64_t deadline_ns)
{
    struct task *task = loop_task(multi->loop);
    int64_t until_ns = multi->due_ns < deadline_ns ? multi->due_ns : deadline_ns;

    for (struct socket *socket = multi->sockets; socket != NULL; socket = socket->next)
        socket->watch.waiter = task;
    loop_wait_any(multi->loop, until_ns);
    for (struct socket *socket = multi->sockets; socket != NULL; socket = socket->next)
        socket->watch.waiter = NULL;
}

CURLcode
multi_perform(struct multi *multi, CURL *easy, int64_t deadline_ns)
{
    CURLcode code = CURLE_FAILED_INIT;

    if (curl_multi_add_handle(multi->curl, easy) != CURLM_OK)
        return code;
    for (;;) {
        bool has_acted = act(multi);

        if (is_done(multi, &code))
            break;
        if (has_acted)
            continue;
        if (deadline_ns != LOOP_FOREVER && clock_monotonic_ns() >= deadline_ns) {
            code = CURLE_OPERATION_TIMEDOUT;
            break;
        }
        wait_for(multi, deadline_ns);
    }
    curl_multi_remove_handle(multi->curl, easy);
    return code;
}
