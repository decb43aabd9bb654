/* SPDX-License-Identifier: Apache-2.0 */
/* Messages per second into the host, beside libzmq's own PULL that does no work,
 * in one run: ipc and tcp, one message a frame, interleaved, medians. Then the
 * resident memory after one and ten million hits.
 *
 * bench_ingest CORPUS OUTPUT_FOLDER: CORPUS holds one message a line. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/memory.h"
#include "plugins/dispatch.h"
#include "plugins/loader.h"
#include "protocol/decoder.h"
#include "run/receiver.h"
#include "run/scratch.h"

enum {
    ROUNDS = 5,
    MESSAGES = 1000000, /* of one measurement */
    CORPUS_LIMIT = 1000000,
};

struct corpus {
    struct slice *messages;
    size_t count, bytes;
};

static _Noreturn void
die(const char *what)
{
    fprintf(stderr, "bench_ingest: %s\n", what);
    exit(1);
}

/* The corpus was recorded in several runs; here they are one. */
static const char run_id[] = "5f2b6a1c-9d0e-4b7f-8a31-c2d4e6f80912";

/* The corpus is sent many times over: numbers that come again would be repeats. */
static size_t
without_seq(char *text, size_t length)
{
    char *seq = memmem(text, length, "\"seq\":", 6), *end;

    if (seq == NULL)
        return length;
    end = seq + strcspn(seq, ",}");
    if (*end == ',')
        end++;
    else
        seq--; /* the comma before the last member */
    memmove(seq, end, length - (size_t)(end - text));
    return length - (size_t)(end - seq);
}

static struct slice
of_our_run(const char *text, size_t length)
{
    const char *member = memmem(text, length, "\"run_id\":", 9), *value, *end;
    struct buffer message;
    struct slice whole;

    if (member == NULL)
        return (struct slice){ .data = xstrndup(text, length), .length = length };
    value = strchr(member + 9, '"') + 1;
    end = strchr(value, '"');
    buffer_init(&message, MESSAGE_FRAME_LIMIT);
    buffer_add(&message, text, (size_t)(value - text));
    buffer_add_text(&message, run_id);
    buffer_add(&message, end, length - (size_t)(end - text));
    whole.length = message.length;
    whole.data = buffer_take(&message);
    return whole;
}

static struct corpus
read_corpus(const char *path)
{
    struct corpus corpus = { .messages = xcalloc(CORPUS_LIMIT, sizeof *corpus.messages) };
    struct err err = { 0 };
    struct lines *lines = lines_open(path, MESSAGE_FRAME_LIMIT, &err);
    struct line line;

    if (lines == NULL)
        die(err.text);
    while (lines_next(lines, &line, &err) == LINES_LINE && corpus.count < CORPUS_LIMIT) {
        struct slice message = of_our_run(line.text, without_seq(line.text, line.length));

        corpus.messages[corpus.count++] = message;
        corpus.bytes += message.length;
    }
    lines_close(lines);
    if (corpus.count == 0)
        die("the corpus is empty");
    return corpus;
}

/* ---- The sender: a process of its own, as a runner is. */

struct sender {
    pid_t pid;
    int go_fd; /* closing it starts the sending */
};

static struct sender
start_sender(const struct corpus *corpus, const char *endpoint, uint64_t count)
{
    struct sender sender;
    int go[2];

    if (pipe(go) != 0)
        die(strerror(errno));
    sender.pid = fork();
    if (sender.pid == 0) {
        void *context = zmq_ctx_new(), *push = zmq_socket(context, ZMQ_PUSH);
        char byte;

        close(go[1]);
        zmq_connect(push, endpoint);
        if (read(go[0], &byte, 1) < 0)
            _exit(1);
        for (uint64_t i = 0; i < count; i++) {
            struct slice message = corpus->messages[i % corpus->count];

            if (zmq_send(push, message.data, message.length, 0) < 0)
                _exit(1);
        }
        zmq_close(push);
        zmq_ctx_term(context);
        _exit(0);
    }
    close(go[0]);
    sender.go_fd = go[1];
    return sender;
}

static void
wait_for_sender(struct sender sender)
{
    int wait_status;

    if (waitpid(sender.pid, &wait_status, 0) < 0 || wait_status != 0)
        die("the sender failed");
}

/* ---- The two receivers. Each runs in a process of its own, so that memory is
 * its own too, and leaves what it measured in shared memory. */

struct measurement {
    double messages_per_s;
    uint64_t counted, fast, slow;
    long resident_kib;
};

static long
resident_kib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        die("cannot read /proc/self/statm");
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Where nothing is done with a message. */
static struct measurement
measure_raw(const struct corpus *corpus, const char *given, const char *scratch, uint64_t count)
{
    void *context = zmq_ctx_new(), *pull = zmq_socket(context, ZMQ_PULL);
    char endpoint[256];
    size_t size = sizeof endpoint;
    struct sender sender;
    int64_t began_ns, took_ns;
    zmq_msg_t frame;

    if (given == NULL)
        snprintf(endpoint, sizeof endpoint, "ipc://%s/raw.ipc", scratch);
    if (zmq_bind(pull, given != NULL ? given : endpoint) != 0 ||
        zmq_getsockopt(pull, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        die(zmq_strerror(errno));
    sender = start_sender(corpus, endpoint, count);
    began_ns = clock_monotonic_ns();
    close(sender.go_fd);
    zmq_msg_init(&frame);
    for (uint64_t i = 0; i < count; i++)
        if (zmq_msg_recv(&frame, pull, 0) < 0)
            die(zmq_strerror(errno));
    took_ns = clock_monotonic_ns() - began_ns;
    zmq_msg_close(&frame);
    wait_for_sender(sender);
    zmq_close(pull);
    zmq_ctx_term(context);
    return (struct measurement){ .messages_per_s = (double)count * NS_PER_S / (double)took_ns, .counted = count };
}

static struct dispatch *
open_output(const char *name, const char *filename)
{
    struct dispatch *dispatch = dispatch_new("{}", true);
    struct setting settings[] = { { "filename", filename } };
    struct plugin_path *path = plugin_path_new(NULL, getenv("LOADS_PLUGIN_PATH"));
    struct loaded loaded;
    struct err err = { 0 };
    void *state;

    if (loaded_open(&loaded, path, LOADS_OUTPUT, name, &err) != 0 ||
        plugin_state_new(&state, &loaded, settings, filename != NULL ? 1 : 0, &err) != 0 ||
        dispatch_take(dispatch, &loaded, state, &err) != 0)
        die(err.text);
    plugin_path_free(path);
    dispatch_start(dispatch);
    return dispatch;
}

static void
merge_full(struct receiver *receiver, struct results *results)
{
    struct interval *interval;

    while ((interval = receiver_take(receiver)) != NULL) {
        results_merge_interval(results, interval);
        receiver_give_back(receiver, interval);
    }
}

/* The host: decode, check, count, and hand to an output. The time ends when all
 * is counted and drained. */
static struct measurement
measure_host(const struct corpus *corpus, const char *given, const char *scratch, uint64_t count,
             const char *output, const char *filename)
{
    const char *names[] = { "corpus" };
    struct dispatch *dispatch = open_output(output, filename);
    struct results *results = results_new();
    struct receiver_setup setup = { .run_id = run_id, .agent_prefix = "local",
                                    .target_names = names, .target_count = 1, .scratch = scratch,
                                    .shared_endpoint = given, .dispatch = dispatch,
                                    .epoch_ns = clock_monotonic_ns() };
    struct err err = { 0 };
    struct receiver *receiver = receiver_start(&setup, &err);
    struct measurement measured;
    struct sender sender;
    int64_t began_ns, took_ns;
    enum receiver_drain drain = RECEIVER_DRAINING;
    int wait_status;
    bool is_sending = true;

    if (receiver == NULL)
        die(err.text);
    sender = start_sender(corpus, receiver_endpoint(receiver, 0), count);
    began_ns = clock_monotonic_ns();
    close(sender.go_fd);
    while (drain == RECEIVER_DRAINING || drain == RECEIVER_NOT_DRAINING) {
        struct pollfd ready = { .fd = receiver_fd(receiver), .events = POLLIN };

        poll(&ready, 1, 10);
        receiver_clear_fd(receiver);
        merge_full(receiver, results);
        if (is_sending && waitpid(sender.pid, &wait_status, WNOHANG) == sender.pid) {
            is_sending = false;
            receiver_drain(receiver, 1, clock_monotonic_ns() + 60 * NS_PER_S);
        }
        drain = receiver_drained(receiver);
    }
    took_ns = clock_monotonic_ns() - began_ns;
    receiver_stop(receiver);
    merge_full(receiver, results);
    measured = (struct measurement){ .messages_per_s = (double)count * NS_PER_S / (double)took_ns,
                                     .counted = results_account(results)->counted,
                                     .fast = receiver_decoder_stats(receiver).fast,
                                     .slow = receiver_decoder_stats(receiver).slow,
                                     .resident_kib = resident_kib() };
    dispatch_finish(dispatch, &(struct loads_result){ .size = sizeof(struct loads_result),
                                                      .json = "{}", .json_length = 2 });
    if (measured.counted != count)
        die("not all messages were counted");
    return measured;
}

/* ---- The comparison. */

struct contender {
    const char *label, *output; /* output NULL: libzmq alone */
};

static const struct contender contenders[] = {
    { "libzmq PULL, no work", NULL },
    { "loads, output null", "null" },
    { "loads, output file", "file" },
};
enum { CONTENDERS = sizeof contenders / sizeof contenders[0] };

static struct measurement
measure_apart(const struct corpus *corpus, const struct contender *contender, const char *endpoint,
              const char *folder, uint64_t count)
{
    struct measurement *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct measurement result;
    int wait_status;
    pid_t pid;

    pid = fork();
    if (pid == 0) {
        struct err err = { 0 };
        char *scratch = scratch_new(&err);
        char *filename = xasprintf("%s/bench.jsonl", folder);

        if (scratch == NULL)
            die(err.text);
        if (contender->output == NULL)
            *shared = measure_raw(corpus, endpoint, scratch, count);
        else
            *shared = measure_host(corpus, endpoint, scratch, count, contender->output,
                                   strcmp(contender->output, "file") == 0 ? filename : NULL);
        unlink(filename);
        scratch_remove(scratch);
        _exit(0);
    }
    if (waitpid(pid, &wait_status, 0) < 0 || wait_status != 0)
        die("a measurement failed");
    result = *shared;
    munmap(shared, sizeof *shared);
    return result;
}

static int
compare_doubles(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;

    return (first > second) - (first < second);
}

static double
median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[count / 2];
}

static void
compare(const struct corpus *corpus, const char *transport, const char *endpoint, const char *folder)
{
    double rates[CONTENDERS][ROUNDS], ratios[CONTENDERS][ROUNDS];
    struct measurement last = { 0 };

    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < CONTENDERS; i++) {
            struct measurement measured = measure_apart(corpus, &contenders[i], endpoint, folder, MESSAGES);

            rates[i][round] = measured.messages_per_s;
            ratios[i][round] = measured.messages_per_s / rates[0][round];
            last = i == 1 ? measured : last;
        }
    for (int i = 0; i < CONTENDERS; i++)
        printf("%-4s %-22s %9.0f messages/s   %.2f of libzmq\n", transport, contenders[i].label,
               median(rates[i], ROUNDS), median(ratios[i], ROUNDS));
    printf("%-4s share of the slow path  %.4f %%\n", transport,
           100.0 * (double)last.slow / (double)(last.slow + last.fast));
}

static void
print_memory(const struct corpus *corpus, const char *folder)
{
    static const uint64_t counts[] = { 1000000, 10000000 };

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct measurement measured = measure_apart(corpus, &contenders[1], NULL, folder, counts[i]);

        printf("resident after %2" PRIu64 " million messages: %.1f MiB\n", counts[i] / 1000000,
               (double)measured.resident_kib / 1024);
    }
}

int
main(int argc, char **argv)
{
    struct corpus corpus;

    if (argc != 3)
        die("usage: bench_ingest CORPUS OUTPUT_FOLDER");
    setvbuf(stdout, NULL, _IOLBF, 0);
    corpus = read_corpus(argv[1]);
    printf("%zu distinct messages of %zu bytes on average, %d a measurement, medians of %d\n", corpus.count,
           corpus.bytes / corpus.count, MESSAGES, ROUNDS);
    compare(&corpus, "ipc", NULL, argv[2]);
    compare(&corpus, "tcp", "tcp://127.0.0.1:*", argv[2]);
    print_memory(&corpus, argv[2]);
    return 0;
}
