/* SPDX-License-Identifier: Apache-2.0 */
/* HdrHistogram's counting scheme over integer microseconds from 1 us to a day,
 * with counters in blocks that are allocated on first use. Merging is integer
 * addition: exact, in any order the same. */
#ifndef RESULTS_HISTOGRAM_H
#define RESULTS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/err.h"
#include "base/slice.h"

/* Significant decimal digits that a value keeps. */
enum histogram_digits { HISTOGRAM_COARSE = 2, HISTOGRAM_FINE = 3 };

struct histogram;

struct histogram *histogram_new(enum histogram_digits digits);
void histogram_free(struct histogram *histogram);

/* Counts one value, 0 or more. 0 is counted as 1 us, what is above a day as a day;
 * sum, min and max stay exact for what was given (the sum up to INT64_MAX). */
void histogram_add(struct histogram *histogram, int64_t value_us);

/* Adds all of `from`, which has the same digits or more. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The same within a budget: what they allocate is taken from `*room`, in bytes.
 * When that is too little they change nothing and return false. Both of a merge
 * have the same digits. */
bool histogram_add_within(struct histogram *histogram, int64_t value_us, size_t *room);
bool histogram_merge_within(struct histogram *into, const struct histogram *from, size_t *room);

/* The histogram at `*place`, made when there is none yet; NULL when `*room` is too
 * little for that. */
struct histogram *histogram_claim(struct histogram **place, enum histogram_digits digits, size_t *room);

/* Empties it and keeps its blocks for the next use. */
void histogram_reset(struct histogram *histogram);

enum histogram_digits histogram_digits(const struct histogram *histogram);
uint64_t histogram_count(const struct histogram *histogram);
int64_t histogram_sum_us(const struct histogram *histogram);
int64_t histogram_min_us(const struct histogram *histogram); /* 0 when empty */
int64_t histogram_max_us(const struct histogram *histogram); /* 0 when empty */
double histogram_mean_us(const struct histogram *histogram); /* sum / count; 0 when empty */

/* The value that `percent` (0 to 100) of the counted values do not exceed, as
 * HdrHistogram computes it (highest equivalent value of the bucket), clamped to
 * [min, max]. 0 when empty. */
int64_t histogram_percentile_us(const struct histogram *histogram, double percent);

/* Bytes that it holds, itself included. */
size_t histogram_memory(const struct histogram *histogram);

enum { HISTOGRAM_TEXT_LIMIT = 512 * 1024 }; /* more than any encoded one has */

/* HdrHistogram's V2 encoding, deflated, in base64: what its tools read. */
void histogram_encode(const struct histogram *histogram, struct buffer *out);
/* Reads one back; NULL and `err` when the text is not such a histogram. Exact
 * sum, min and max are not part of the encoding: set them afterwards. */
struct histogram *histogram_decode(struct slice base64, struct err *err);
void histogram_set_exact(struct histogram *histogram, int64_t sum_us, int64_t min_us, int64_t max_us);

#endif
