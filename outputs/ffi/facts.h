/* SPDX-License-Identifier: Apache-2.0 */
/* What a document (of the plan or of the result) says about a run, as the fields
 * that a library can ask for. */
#ifndef OUTPUTS_FFI_FACTS_H
#define OUTPUTS_FFI_FACTS_H

#include <jansson.h>
#include <loads/plugin.h>

#include "base/err.h"

/* Texts are "" when the document does not have them. */
struct facts {
    const char *run_id, *project, *label, *version, *started, *json;
    const char *verdict;
    char *reasons;
    int exit_code;
    json_t *document; /* owns the texts */
};

/* Of the run that begins; `run_json` is borrowed until facts_clear. */
int facts_of_run(struct facts *facts, const char *run_json, struct err *err);
/* Of the run that is over, or at another moment of an observer. */
int facts_of_result(struct facts *facts, const struct loads_result *result, struct err *err);
void facts_clear(struct facts *facts);

#endif
