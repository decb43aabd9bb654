/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a flush. */
#include "common/tell.h"

#include <curl/curl.h>

#include "common/document.h"

int
tell_result(const void *state, const struct loads_host *host, const struct loads_result *result,
            const char *link, teller *tell)
{
    struct template_values values = { .moment = result->moment, .link = link };
    struct err err = { 0 };
    json_t *document = document_read(result, &err);
    int failed = -1;

    values.document = document;
    if (document != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(&err, "cannot start libcurl");
    } else if (document != NULL) {
        failed = tell(state, &values, &err);
        curl_global_cleanup();
    }
    json_decref(document);
    return failed == 0 ? 0 : host->fail(host, "%s", err.text);
}
