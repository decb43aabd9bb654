/* SPDX-License-Identifier: Apache-2.0 */
/* curl_easy_perform and curl_easy_cleanup, exported by the executable: the dynamic
 * linker binds the tests' calls to the first it finds. */
#include "patch.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curl_hit.h"
#include "multi.h"
#include "user.h"

struct patched {
    CURL *easy;
    struct multi *multi;
    struct patched *next;
};

/* A library's function is handed nothing of ours: this is how it finds the user. */
static _Thread_local struct loop *patched_loop;

struct real {
    pthread_once_t once;
    CURLcode (*perform)(CURL *easy);
    void (*cleanup)(CURL *easy);
};

static struct real real = { .once = PTHREAD_ONCE_INIT };

static void
find_real(void)
{
    real.perform = (CURLcode(*)(CURL *))dlsym(RTLD_NEXT, "curl_easy_perform");
    real.cleanup = (void (*)(CURL *))dlsym(RTLD_NEXT, "curl_easy_cleanup");
    /* We are linked with libcurl: both are there. */
    if (real.perform == NULL || real.cleanup == NULL)
        abort();
}

void
patch_enter(struct loop *loop)
{
    patched_loop = loop;
}

void
patch_leave(void)
{
    patched_loop = NULL;
}

static struct loads_test *
user_here(void)
{
    return patched_loop != NULL ? loop_running(patched_loop) : NULL;
}

static struct patched **
find(struct loads_test *user, const CURL *easy)
{
    struct patched **at = &user->patched;

    while (*at != NULL && (*at)->easy != easy)
        at = &(*at)->next;
    return at;
}

static void
free_one(struct patched *patched)
{
    multi_free(patched->multi);
    free(patched);
}

void
patched_free(struct patched *first)
{
    while (first != NULL) {
        struct patched *next = first->next;

        free_one(first);
        first = next;
    }
}

/* NULL: libcurl cannot. */
static struct multi *
multi_of(struct loads_test *user, CURL *easy)
{
    struct patched *patched = *find(user, easy);
    struct multi *multi;

    if (patched != NULL)
        return patched->multi;
    multi = multi_new(patched_loop);
    if (multi == NULL)
        return NULL;
    patched = xcalloc(1, sizeof *patched);
    *patched = (struct patched){ .easy = easy, .multi = multi, .next = user->patched };
    user->patched = patched;
    return multi;
}

static void
tell(struct loads_test *user, CURL *easy, CURLcode code)
{
    /* The macros of these names cannot be pointed to. */
    static const struct curl_calls calls = { .getinfo = (curl_easy_getinfo), .strerror = curl_easy_strerror };
    struct curl_hit read;

    if (curl_hit_read(&read, &calls, easy, code))
        user_tell_hit(user, &read.hit);
}

/* The macro of this name is for callers. */
#undef curl_easy_perform
__attribute__((visibility("default"))) CURLcode
curl_easy_perform(CURL *easy)
{
    struct loads_test *user = user_here();
    struct multi *multi;
    CURLcode code;

    pthread_once(&real.once, find_real);
    if (user == NULL || easy == NULL)
        return real.perform(easy);
    multi = multi_of(user, easy);
    if (multi == NULL)
        return CURLE_OUT_OF_MEMORY;
    code = multi_perform(multi, easy, LOOP_FOREVER);
    tell(user, easy, code);
    return code;
}

__attribute__((visibility("default"))) void
curl_easy_cleanup(CURL *easy)
{
    struct loads_test *user = user_here();
    struct patched **at = user != NULL ? find(user, easy) : NULL;

    pthread_once(&real.once, find_real);
    real.cleanup(easy);
    if (at != NULL && *at != NULL) {
        struct patched *patched = *at;

        *at = patched->next;
        free_one(patched);
    }
}
