/* SPDX-License-Identifier: Apache-2.0 */
/* From documents to texts and numbers. */
#include "ffi/facts.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "common/document.h"

enum { REASONS_LIMIT = 64 * 1024 };

static const char *
text_of(const json_t *object, const char *key)
{
    struct slice text = document_text(object, key);

    return text.data != NULL ? text.data : "";
}

/* "3 tests failed; no hits" */
static char *
join_reasons(const json_t *reasons)
{
    struct buffer text;
    const json_t *reason;
    size_t i;

    buffer_init(&text, REASONS_LIMIT);
    json_array_foreach(reasons, i, reason) {
        buffer_add_text(&text, i > 0 ? "; " : "");
        buffer_add(&text, json_string_value(reason), json_string_length(reason));
    }
    return buffer_take(&text);
}

/* Takes the document. */
static void
read_document(struct facts *facts, json_t *document, const char *json)
{
    const json_t *verdict = json_object_get(document, "verdict");

    *facts = (struct facts){
        .run_id = text_of(document, "run_id"),
        .project = text_of(document, "project"),
        .label = text_of(document, "label"),
        .version = text_of(document, "version"),
        .started = text_of(document, "started"),
        .json = json,
        .verdict = text_of(verdict, "status"),
        .reasons = join_reasons(json_object_get(verdict, "reasons")),
        .exit_code = (int)document_number(verdict, "exit_code"),
        .document = document,
    };
}

int
facts_of_run(struct facts *facts, const char *run_json, struct err *err)
{
    json_error_t error;
    json_t *document = json_loads(run_json, 0, &error);

    if (document == NULL)
        return err_set(err, "cannot read the plan of the run: %s", error.text);
    read_document(facts, document, run_json);
    return 0;
}

int
facts_of_result(struct facts *facts, const struct loads_result *result, struct err *err)
{
    json_t *document = document_read(result, err);

    if (document == NULL)
        return -1;
    read_document(facts, document, result->json);
    return 0;
}

void
facts_clear(struct facts *facts)
{
    free(facts->reasons);
    json_decref(facts->document);
    *facts = (struct facts){ 0 };
}
