/* SPDX-License-Identifier: Apache-2.0 */
/* Code that uses libcurl as it always did: the runner's tests of patch.c. */
#include <curl/curl.h>
#include <loads/test.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static size_t
discard(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static char *
make_url(const char *base, const char *path)
{
    char *url = malloc(strlen(base) + strlen(path) + 1);

    strcpy(url, base);
    return strcat(url, path);
}

static CURL *
new_easy(const char *base, const char *path)
{
    CURL *easy = curl_easy_init();
    char *url = make_url(base, path);

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    free(url);
    return easy;
}

/* A handle of its own, twice. */
void
case_twice(struct loads_test *t)
{
    CURL *easy = new_easy(loads_server_url(t), "/page");
    long status = 0;

    for (int i = 0; i < 2; i++) {
        loads_assert(t, curl_easy_perform(easy) == CURLE_OK);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        loads_assert(t, status == 200);
    }
    curl_easy_cleanup(easy);
}

/* Knows nothing of us but where to go. */
void
case_plain(void)
{
    CURL *easy = new_easy(getenv("SITE"), "/page");

    if (curl_easy_perform(easy) != CURLE_OK)
        abort();
    curl_easy_cleanup(easy);
}

/* The scripted server answers when all users are there. */
void
case_together(struct loads_test *t)
{
    CURL *easy = new_easy(loads_server_url(t), "/together");

    loads_assert(t, curl_easy_perform(easy) == CURLE_OK);
    curl_easy_cleanup(easy);
}

void
case_timeout(struct loads_test *t)
{
    CURL *easy = new_easy(loads_server_url(t), "/hang");

    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 50L);
    loads_assert(t, curl_easy_perform(easy) == CURLE_OPERATION_TIMEDOUT);
    curl_easy_cleanup(easy);
}

static CURL *left;

/* A failed assertion keeps the handle, which outlives its user. */
void
case_left(struct loads_test *t)
{
    if (left == NULL)
        left = new_easy(loads_server_url(t), "/page");
    loads_assert(t, curl_easy_perform(left) == CURLE_OK);
    loads_assert(t, loads_iteration(t) == 0);
}

__attribute__((destructor)) static void
clean_left(void)
{
    curl_easy_cleanup(left);
}

static void *
perform(void *easy)
{
    return (void *)(size_t)curl_easy_perform(easy);
}

/* Not in the task: nothing of ours. */
void
case_thread(struct loads_test *t)
{
    CURL *easy = new_easy(loads_server_url(t), "/page");
    pthread_t thread;
    void *code;

    pthread_create(&thread, NULL, perform, easy);
    pthread_join(thread, &code);
    loads_assert(t, (CURLcode)(size_t)code == CURLE_OK);
    curl_easy_cleanup(easy);
}
