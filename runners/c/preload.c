/* SPDX-License-Identifier: Apache-2.0 */
/* loads-curl-recorder.so: preloaded, stands before libcurl in any program and
 * tells about each transfer that ends: the bridge that started the program, else
 * the host. Depends on nothing but the C library, and does nothing where neither
 * LOADS_BRIDGE_SOCKET nor LOADS_ZMQ_RECEIVER is set. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_link.h"
#include "curl_hit.h"

/* Ours come in their place. */
#undef curl_easy_perform
#undef curl_multi_info_read

struct preload {
    pthread_once_t once_real, once_tell;
    CURLcode (*perform)(CURL *easy);
    CURLMsg *(*info_read)(CURLM *multi, int *left);
    struct curl_calls calls;
    void (*tell)(const struct hit *hit); /* NULL: there is no host */
};

/* We are called from the middle of somebody else's program, which has nowhere to
 * keep this for us. */
static struct preload preload = { .once_real = PTHREAD_ONCE_INIT, .once_tell = PTHREAD_ONCE_INIT };

/* libcurl may read its own messages inside of curl_easy_perform. */
static _Thread_local unsigned performing;

/* The next one after us. A libcurl that came with a plugin (Python's pycurl ...)
 * is not among those: it is asked by its name. */
static void *
find_real(const char *symbol)
{
    static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4", "libcurl-nss.so.4" };
    void *found = dlsym(RTLD_NEXT, symbol);

    for (size_t i = 0; found == NULL && i < sizeof names / sizeof *names; i++) {
        void *library = dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD);

        if (library == NULL)
            continue;
        found = dlsym(library, symbol);
        dlclose(library);
    }
    return found;
}

static void
find_all_real(void)
{
    preload.perform = (CURLcode(*)(CURL *))find_real("curl_easy_perform");
    preload.info_read = (CURLMsg * (*)(CURLM *, int *)) find_real("curl_multi_info_read");
    preload.calls.getinfo = (CURLcode(*)(CURL *, CURLINFO, ...))find_real("curl_easy_getinfo");
    preload.calls.strerror = (const char *(*)(CURLcode))find_real("curl_easy_strerror");
}

/* The other object lies beside this one. */
static void
find_host(void)
{
    const char *receiver = getenv("LOADS_ZMQ_RECEIVER");
    const char *slash;
    char path[PATH_MAX];
    Dl_info self;
    void *link;

    if (receiver == NULL || *receiver == '\0' || dladdr(&preload, &self) == 0)
        return;
    slash = strrchr(self.dli_fname, '/');
    if (snprintf(path, sizeof path, "%.*s/loads-curl-link.so",
                 slash != NULL ? (int)(slash - self.dli_fname) : 1, slash != NULL ? self.dli_fname : ".") >=
        (int)sizeof path)
        return;
    link = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (link != NULL)
        preload.tell = (void (*)(const struct hit *))dlsym(link, "recorder_tell");
}

static void
find_tell(void)
{
    if (preload.calls.getinfo == NULL || preload.calls.strerror == NULL)
        return;
    if (bridge_link_is_there())
        preload.tell = bridge_link_tell;
    else
        find_host();
}

static void
tell(CURL *easy, CURLcode code)
{
    struct curl_hit read;
    int error = errno; /* of the program */

    pthread_once(&preload.once_tell, find_tell);
    if (preload.tell != NULL && curl_hit_read(&read, &preload.calls, easy, code))
        preload.tell(&read.hit);
    errno = error;
}

__attribute__((visibility("default"))) CURLcode
curl_easy_perform(CURL *easy)
{
    CURLcode code;

    pthread_once(&preload.once_real, find_all_real);
    if (preload.perform == NULL)
        return CURLE_FAILED_INIT;
    performing++;
    code = preload.perform(easy);
    performing--;
    if (easy != NULL)
        tell(easy, code);
    return code;
}

/* Hands out each message once, so each transfer is told once. */
__attribute__((visibility("default"))) CURLMsg *
curl_multi_info_read(CURLM *multi, int *left)
{
    CURLMsg *message;

    pthread_once(&preload.once_real, find_all_real);
    if (preload.info_read == NULL)
        return NULL;
    message = preload.info_read(multi, left);
    if (message != NULL && message->msg == CURLMSG_DONE && performing == 0)
        tell(message->easy_handle, message->data.result);
    return message;
}
