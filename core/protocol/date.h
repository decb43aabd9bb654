/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as runners write them: ISO 8601, "2013-06-14T12:09:02.860586". */
#ifndef PROTOCOL_DATE_H
#define PROTOCOL_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Reads YYYY-MM-DD, 'T' or a space, HH:MM:SS, then a fraction and a zone if there
 * are any: "Z", "+02:00", "+0200", "+02". Without a zone it is UTC. Ruby's
 * Time#to_s writes " +0200" and " UTC", which are taken too. Digits behind the
 * microsecond are dropped. From 1970 to 9999; false for anything else. */
bool date_parse(struct slice text, int64_t *unix_us);
/* The same in nanoseconds, which end in 2262. */
bool date_parse_ns(struct slice text, int64_t *unix_ns);

#endif
