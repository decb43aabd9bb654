/* SPDX-License-Identifier: Apache-2.0 */
/* What a test sets for all its requests, of <loads/test.h>. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "user.h"

static _Noreturn void
refuse(struct loads_test *t, const char *why)
{
    user_end_test(t, EVENT_ERROR, "InvalidRequest", NULL, 0, "%s", why);
}

void
loads_set_timeout(struct loads_test *t, double seconds)
{
    if (!(seconds > 0 && seconds <= SESSION_TIMEOUT_LIMIT_S))
        refuse(t, "a time-out is more than 0 and at most 86400 seconds");
    session_settings(&t->session)->timeout_s = seconds;
}

void
loads_set_bearer(struct loads_test *t, const char *token)
{
    struct session_settings *settings = session_settings(&t->session);

    if (token != NULL && strpbrk(token, "\r\n") != NULL)
        refuse(t, "a bearer token is not one line");
    free(settings->bearer);
    settings->bearer = token != NULL ? xstrdup(token) : NULL;
}

void
loads_set_proxy(struct loads_test *t, const char *url)
{
    session_set_proxy(&t->session, url);
}

void
loads_set_http2(struct loads_test *t, bool is_wanted)
{
    session_settings(&t->session)->wants_http2 = is_wanted;
}

void
loads_set_compression(struct loads_test *t, bool is_wanted)
{
    session_settings(&t->session)->wants_gzip = is_wanted;
}
