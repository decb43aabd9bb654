/* SPDX-License-Identifier: Apache-2.0 */
/* A response's body as JSON, read when a test first asks. The only part of the
 * session that knows jansson. */
#ifndef C_RUNNER_JSON_BODY_H
#define C_RUNNER_JSON_BODY_H

struct json_body;

void json_body_free(struct json_body *body); /* NULL is allowed */

#endif
