/* SPDX-License-Identifier: Apache-2.0 */
/* The names of rejections. */
#include "protocol/message.h"

const char *const reject_names[REJECT_COUNT] = {
    [REJECT_JSON] = "json",       [REJECT_UTF8] = "utf8",   [REJECT_TYPE] = "type",
    [REJECT_RANGE] = "range",     [REJECT_TOO_BIG] = "too_big", [REJECT_DEPTH] = "depth",
    [REJECT_VALUES] = "values",   [REJECT_MULTIPART] = "multipart", [REJECT_STALE] = "stale",
};
