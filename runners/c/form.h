/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that a test does not write itself: forms, as browsers send them, and JSON. */
#ifndef C_RUNNER_FORM_H
#define C_RUNNER_FORM_H

#include <loads/test.h>

#include "base/buffer.h"
#include "base/err.h"

enum { FORM_LIMIT = 64 * 1024 * 1024, FORM_TYPE_SIZE = 96 };

/* Makes the body and content type of what the request has instead. They may be in
 * `text`, which has FORM_LIMIT, and in `type`. */
int form_make(struct buffer *text, char type[static FORM_TYPE_SIZE], struct loads_request *request,
              struct err *err);

#endif
