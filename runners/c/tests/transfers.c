/* SPDX-License-Identifier: Apache-2.0 */
/* A program that knows libcurl and nothing of Loads: the recorder's tests preload
 * it. `transfers MODE COUNT URL`; prints how many transfers succeeded. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
    const char *url;
    int count;
};

static size_t
discard(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static CURL *
new_easy(const char *url)
{
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    return easy;
}

static int
run_easy(const struct job *job)
{
    CURL *easy = new_easy(job->url);
    int succeeded = 0;

    for (int i = 0; i < job->count; i++)
        succeeded += curl_easy_perform(easy) == CURLE_OK;
    curl_easy_cleanup(easy);
    return succeeded;
}

static int
run_multi(const struct job *job)
{
    CURLM *multi = curl_multi_init();
    CURLMsg *message;
    int running = 1, left, succeeded = 0;

    for (int i = 0; i < job->count; i++)
        curl_multi_add_handle(multi, new_easy(job->url));
    while (running > 0 && curl_multi_perform(multi, &running) == CURLM_OK)
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;

        succeeded += message->data.result == CURLE_OK;
        curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi);
    return succeeded;
}

static void *
thread_run(void *argument)
{
    return (void *)(intptr_t)run_easy(argument);
}

static int
run_threads(const struct job *job)
{
    struct job one = { .url = job->url, .count = job->count / 4 };
    pthread_t threads[4];
    void *result;
    int succeeded = 0;

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, thread_run, &one);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        succeeded += (int)(intptr_t)result;
    }
    return succeeded;
}

/* Parent and child both transfer, the parent before and after. */
static int
run_fork(const struct job *job)
{
    int status = 0, succeeded = run_easy(job);
    pid_t child = fork();

    if (child == 0)
        exit(run_easy(job));
    succeeded += run_easy(job);
    waitpid(child, &status, 0);
    return succeeded + WEXITSTATUS(status);
}

int
main(int argc, char **argv)
{
    static const struct { const char *name; int (*run)(const struct job *job); } modes[] = {
        { "easy", run_easy }, { "multi", run_multi }, { "threads", run_threads }, { "fork", run_fork },
    };

    for (size_t i = 0; argc == 4 && i < sizeof modes / sizeof *modes; i++) {
        const struct job job = { .url = argv[3], .count = atoi(argv[2]) };

        if (strcmp(modes[i].name, argv[1]) != 0)
            continue;
        printf("%d\n", modes[i].run(&job));
        return 0;
    }
    return 2;
}
