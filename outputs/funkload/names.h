/* SPDX-License-Identifier: Apache-2.0 */
/* FunkLoad knows a test by module, class and method. */
#ifndef OUTPUTS_FUNKLOAD_NAMES_H
#define OUTPUTS_FUNKLOAD_NAMES_H

#include "base/slice.h"

struct test_name {
    struct slice module, class_name, method; /* empty when there is none */
};

/* Splits "module.Class.method", "method (module.Class)" and "file:method"; any
 * other name is a method as it stands. The parts lie in `name`. */
struct test_name test_name_split(struct slice name);

#endif
