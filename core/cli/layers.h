/* SPDX-License-Identifier: Apache-2.0 */
/* What each place gave: the section [loads], each section [test NAME], and the
 * command line. Higher layers win. */
#ifndef CLI_LAYERS_H
#define CLI_LAYERS_H

#include <stddef.h>

#include "base/err.h"
#include "cli/arguments.h"
#include "cli/config.h"

struct layer {
    struct given *given;
    size_t count;
};

struct test_layer {
    const char *name; /* of its section */
    unsigned line;
    struct layer layer;
};

struct layers {
    struct layer common; /* [loads], and the sections [output NAME] and [observer NAME] */
    struct test_layer *tests;
    size_t test_count;
    struct layer line; /* the command line; borrowed */
};

/* Sorts the configuration into layers, which borrow its texts (and cut lists of
 * values in them into lines). Unknown sections and keys, keys in the wrong
 * section and keys given twice fail. */
int layers_take_config(struct layers *layers, struct config *config, struct err *err);
void layers_clear(struct layers *layers);

/* The last of the layer for that option, or NULL. */
const struct given *layer_find(const struct layer *layer, const struct option *option);

/* Puts where it was typed before the text of `err`: "--users 10x: ..." or
 * "run.ini:4: users = 10x: ...". Always -1. */
int given_blame(const struct given *given, struct err *err);

#endif
