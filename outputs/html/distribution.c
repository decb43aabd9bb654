/* SPDX-License-Identifier: Apache-2.0 */
/* Bars of equal width on a logarithmic axis, from the counters of a histogram. */
#include "html/distribution.h"

#include <math.h>

#include "common/document.h"
#include "results/histogram.h"

enum { BARS_MOST = 64 };

struct bars {
    double low_us, width; /* width is the logarithm of the ratio */
    uint64_t counts[BARS_MOST];
    size_t used;
};

/* Bars that are narrower than a counter of the histogram would show its steps
 * and not the latency: a microsecond below, half a percent above. */
static void
bars_init(struct bars *bars, double low_us, double high_us)
{
    double least = fmax(log1p(1 / low_us), 0.005);

    *bars = (struct bars){ .low_us = low_us, .width = fmax(log(high_us / low_us) / BARS_MOST, least) };
}

static void
bars_add(void *context, int64_t lowest_us, int64_t highest_us, uint64_t count)
{
    struct bars *bars = context;
    double middle_us = ((double)lowest_us + (double)highest_us) / 2;
    double place = floor(log(middle_us / bars->low_us) / bars->width);
    size_t bar = place < 0 ? 0 : place >= BARS_MOST ? BARS_MOST - 1 : (size_t)place;

    bars->counts[bar] += count;
    if (bar >= bars->used)
        bars->used = bar + 1;
}

static json_t *
bars_json(const struct bars *bars)
{
    json_t *counts = json_array();

    for (size_t i = 0; i < bars->used; i++)
        json_array_append_new(counts, json_integer((json_int_t)bars->counts[i]));
    return json_pack("{s:f, s:f, s:o}", "low_us", bars->low_us, "ratio", exp(bars->width), "counts", counts);
}

json_t *
distribution_of(const json_t *latency, struct err *err)
{
    double low_us = document_number(latency, "min_us"), high_us = document_number(latency, "max_us");
    struct histogram *histogram;
    struct bars bars;

    if (document_count(latency, "count") == 0)
        return NULL;
    histogram = histogram_decode(document_text(latency, "histogram"), err);
    if (histogram == NULL)
        return NULL;
    bars_init(&bars, fmax(low_us, 1), fmax(high_us, 1));
    histogram_visit(histogram, bars_add, &bars);
    histogram_free(histogram);
    return bars_json(&bars);
}
