/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor process itself. It parses nothing from outside and holds only
 * the table of the processes that it started. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "run/scratch.h"
#include "run/supervisor.h"
#include "run/supervisor_wire.h"

extern char **environ;

enum { KILL_ROUND_MS = 20, KILL_DEADLINE_MS = 10000 };

struct child {
    pid_t pid;
    uint32_t id;
};

struct process {
    int fd; /* to the host */
    int signal_fd;
    struct child *children; /* running ones, in no order */
    size_t child_count, child_capacity;
    struct supervisor_event *events; /* that the host has not taken: a few for each process */
    size_t event_count, event_capacity, sent_count;
};

/* Never waits: the host may be waiting for us to take its next request. */
static void
send_events(struct process *self)
{
    while (self->sent_count < self->event_count) {
        const struct supervisor_event *event = &self->events[self->sent_count];

        if (send(self->fd, event, sizeof *event, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            self->sent_count++;
        else if (errno != EINTR)
            return; /* it is slow, or gone: the loop will see */
    }
    self->sent_count = self->event_count = 0;
}

static void
send_event(struct process *self, struct supervisor_event event)
{
    if (self->event_count == self->event_capacity) {
        self->event_capacity = self->event_capacity > 0 ? self->event_capacity * 2 : 64;
        self->events = xreallocarray(self->events, self->event_capacity, sizeof *self->events);
    }
    self->events[self->event_count++] = event;
    send_events(self);
}

static void
remember_child(struct process *self, pid_t pid, uint32_t id)
{
    if (self->child_count == self->child_capacity) {
        self->child_capacity = self->child_capacity > 0 ? self->child_capacity * 2 : 64;
        self->children = xreallocarray(self->children, self->child_capacity, sizeof *self->children);
    }
    self->children[self->child_count++] = (struct child){ .pid = pid, .id = id };
}

/* What is left of a runner's own process group dies with it, before its number
 * is free for others; what has left the group dies at the end of the stage. */
static void
reap_runner(struct process *self, struct child *child)
{
    struct supervisor_event event = { .type = SUPERVISOR_EXITED, .pid = child->pid, .id = child->id };

    kill(-child->pid, SIGKILL);
    waitpid(child->pid, &event.wait_status, 0);
    *child = self->children[--self->child_count];
    send_event(self, event);
}

/* Reaps all that has ended: runners, and orphans that we have adopted. */
static void
reap_children(struct process *self)
{
    siginfo_t ended = { 0 };

    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid > 0) {
        size_t i = 0;

        while (i < self->child_count && self->children[i].pid != ended.si_pid)
            i++;
        if (i < self->child_count)
            reap_runner(self, &self->children[i]);
        else
            waitpid(ended.si_pid, NULL, 0);
        ended.si_pid = 0;
    }
}

/* Where the kernel has no list of children: every process whose parent we are. */
static size_t
kill_children_by_parent(void)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    size_t killed = 0;

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        char path[300], state;
        int pid = atoi(entry->d_name), parent = 0;
        FILE *status;

        if (pid <= 0)
            continue;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        status = fopen(path, "re");
        if (status == NULL)
            continue;
        if (fscanf(status, "%*d (%*[^)]) %c %d", &state, &parent) == 2 && parent == getpid()) {
            kill(pid, SIGKILL);
            killed++;
        }
        fclose(status);
    }
    if (processes != NULL)
        closedir(processes);
    return killed;
}

/* Kills the direct children, runners' orphans among them: theirs are then ours. */
static size_t
kill_children(void)
{
    char path[64];
    size_t killed = 0;
    FILE *list;
    int pid;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    list = fopen(path, "re");
    if (list == NULL)
        return kill_children_by_parent();
    while (fscanf(list, "%d", &pid) == 1) {
        kill(pid, SIGKILL);
        killed++;
    }
    fclose(list);
    return killed;
}

/* Round by round, since each death hands its children to us. A process that no
 * signal reaches (a dead disk) must not hold the end for ever. */
static void
kill_everything(struct process *self)
{
    int64_t deadline_ns = clock_monotonic_ns() + KILL_DEADLINE_MS * NS_PER_MS;

    for (size_t i = 0; i < self->child_count; i++)
        kill(-self->children[i].pid, SIGKILL);
    for (;;) {
        struct pollfd signal_poll = { .fd = self->signal_fd, .events = POLLIN };
        struct signalfd_siginfo info;

        reap_children(self);
        if (kill_children() == 0 || clock_monotonic_ns() > deadline_ns)
            return;
        if (poll(&signal_poll, 1, KILL_ROUND_MS) > 0 && read(self->signal_fd, &info, sizeof info) < 0)
            continue;
    }
}

/* In the child: what the protocol says about a runner's environment. */
static void
set_environment(char *const *variables, uint32_t count)
{
    for (size_t i = 0; environ != NULL && environ[i] != NULL;) {
        if (strncmp(environ[i], "LOADS_", 6) == 0) {
            char *name = xstrndup(environ[i], strcspn(environ[i], "="));

            unsetenv(name); /* moves the later ones down */
            free(name);
        } else {
            i++;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        putenv(variables[i]);
}

static void
restore_signals(void)
{
    sigset_t none;

    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: becomes the runner, or tells errno through `report_fd`. */
static _Noreturn void
become_runner(pid_t supervisor_pid, const char *directory, char **argv, char *const *variables,
              uint32_t variable_count, int output_fd, int report_fd)
{
    int null_fd, error;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor_pid)
        _exit(127);
    setsid();
    set_environment(variables, variable_count);
    null_fd = open("/dev/null", O_RDONLY);
    if (null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 && dup2(output_fd, STDOUT_FILENO) >= 0 &&
        dup2(output_fd, STDERR_FILENO) >= 0 && chdir(directory) == 0) {
        /* Also what the host's own caller has left open. */
        close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        restore_signals();
        execv(argv[0], argv);
    }
    error = errno;
    if (write(report_fd, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

/* The errno that exec failed with, 0 when it worked: then the pipe just closes. */
static int
read_exec_error(int report_fd)
{
    ssize_t length;
    int error = 0;

    do
        length = read(report_fd, &error, sizeof error);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof error ? error : 0;
}

static void
start_runner(struct process *self, uint32_t id, const char *directory, char **argv, char *const *variables,
             uint32_t variable_count, int output_fd)
{
    pid_t self_pid = getpid(), pid;
    int report[2], error;

    if (pipe2(report, O_CLOEXEC) != 0) {
        send_event(self, (struct supervisor_event){ .type = SUPERVISOR_FAILED, .id = id, .error = errno });
        return;
    }
    pid = fork();
    error = pid < 0 ? errno : 0;
    if (pid == 0)
        become_runner(self_pid, directory, argv, variables, variable_count, output_fd, report[1]);
    close(report[1]);
    if (pid > 0)
        error = read_exec_error(report[0]);
    close(report[0]);
    if (error != 0) {
        if (pid > 0)
            waitpid(pid, NULL, 0);
        send_event(self, (struct supervisor_event){ .type = SUPERVISOR_FAILED, .id = id, .error = error });
        return;
    }
    remember_child(self, pid, id);
    send_event(self, (struct supervisor_event){ .type = SUPERVISOR_STARTED, .id = id, .pid = pid });
}

/* The strings of a spawn request stand one after another behind it. */
static void
handle_spawn(struct process *self, const struct supervisor_request *request, char *strings, char *end,
             int output_fd)
{
    uint32_t count = request->argument_count + request->variable_count;
    char **pointers = xcalloc((size_t)count + 2, sizeof *pointers);
    char *at = strings + strlen(strings) + 1;

    for (uint32_t i = 0; i < count && at < end; i++) {
        /* A NULL ends argv; the variables follow behind it. */
        pointers[i < request->argument_count ? i : i + 1] = at;
        at += strlen(at) + 1;
    }
    start_runner(self, request->id, strings, pointers, pointers + request->argument_count + 1,
                 request->variable_count, output_fd);
    free(pointers);
}

static void
handle_signal(struct process *self, const struct supervisor_request *request)
{
    for (size_t i = 0; i < self->child_count; i++)
        if (self->children[i].id == request->id)
            kill(-self->children[i].pid, request->signal_number);
}

/* The descriptor that came along, or -1. */
static int
passed_fd(struct msghdr *packet)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(packet);
    int fd = -1;

    if (header != NULL && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

/* Takes one request; false when the host is gone. */
static bool
handle_request(struct process *self, char *space)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = { .iov_base = space, .iov_len = SUPERVISOR_SPAWN_LIMIT };
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control };
    ssize_t length = recvmsg(self->fd, &packet, MSG_CMSG_CLOEXEC);
    struct supervisor_request request;
    int fd;

    if (length < 0 && errno == EINTR)
        return true;
    if (length < (ssize_t)sizeof request)
        return false;
    memcpy(&request, space, sizeof request);
    fd = passed_fd(&packet);
    switch (request.type) {
    case REQUEST_SPAWN:
        handle_spawn(self, &request, space + sizeof request, space + length, fd);
        break;
    case REQUEST_SIGNAL:
        handle_signal(self, &request);
        break;
    case REQUEST_KILL_ALL:
        kill_everything(self);
        send_event(self, (struct supervisor_event){ .type = SUPERVISOR_ALL_DEAD });
        break;
    }
    if (fd >= 0)
        close(fd);
    return true;
}

static int
open_child_signal(void)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Only the end of the host ends the supervisor: what stops the host must not
 * stop it before. */
static void
ignore_signals(void)
{
    static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP };

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
}

_Noreturn void
supervisor_process_main(int fd, const char *scratch)
{
    struct process self = { .fd = fd };
    char *space = xmalloc(SUPERVISOR_SPAWN_LIMIT + 1);
    bool host_is_there = true;

    /* The host's end of another supervisor must be the host's alone, or that one
     * would not see it close. */
    close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
    close_range((unsigned)fd + 1, ~0U, 0);
    prctl(PR_SET_NAME, "loads-superv");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setsid();
    ignore_signals();
    self.signal_fd = open_child_signal();
    while (host_is_there) {
        struct pollfd polls[] = { { .fd = fd, .events = POLLIN }, { .fd = self.signal_fd, .events = POLLIN } };
        struct signalfd_siginfo info;

        if (self.event_count > 0)
            polls[0].events |= POLLOUT;
        if (poll(polls, 2, -1) < 0)
            continue;
        if (polls[1].revents != 0 && read(self.signal_fd, &info, sizeof info) > 0)
            reap_children(&self);
        if ((polls[0].revents & POLLOUT) != 0)
            send_events(&self);
        if ((polls[0].revents & ~POLLOUT) != 0)
            host_is_there = handle_request(&self, space);
    }
    kill_everything(&self);
    if (scratch != NULL)
        scratch_remove(scratch);
    _exit(0);
}
