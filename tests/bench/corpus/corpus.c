/* SPDX-License-Identifier: Apache-2.0 */
/* Writes messages as runners in C send them: by printf, with our additions to
 * the protocol. Usage: corpus COUNT, which is the number of messages. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t
next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void
print_envelope(const char *type, bool is_old, int number, uint64_t *seed)
{
    printf("{\"data_type\":\"%s\",", type);
    if (is_old)
        printf("\"worker_id\":%u,", (unsigned)(next(seed) % 64));
    else
        printf("\"agent_id\":\"bots-2.%u\",\"run_id\":\"c0ffee00c0ffee00c0ffee00c0ffee00\",\"seq\":%d,",
               (unsigned)(next(seed) % 8), number + 1);
    printf("\"hostname\":\"bots-2\",\"loads_status\":[1000,50,%u,%u],", (unsigned)(next(seed) % 1000 + 1),
           (unsigned)(next(seed) % 50 + 1));
}

static void
print_hit(bool is_old, int number, uint64_t *seed)
{
    unsigned us = (unsigned)(exp(8 + (double)(next(seed) % 4000) / 1000)), second = (unsigned)number / 100;

    print_envelope("add_hit", is_old, number, seed);
    printf("\"url\":\"http://127.0.0.1:8080/files/%u.html?visit=%08x\",\"method\":\"GET\",\"status\":%d,"
           "\"started\":\"2026-11-22T10:%02u:%02u.%06uZ\",\"elapsed\":%u.%06u",
           (unsigned)(next(seed) % 500), (unsigned)next(seed), next(seed) % 50 == 0 ? 503 : 200,
           second / 60 % 60, second % 60, (unsigned)(next(seed) % 1000000), us / 1000000, us % 1000000);
    if (!is_old)
        printf(",\"name\":\"/files/:id\",\"ttfb\":0.%06u,\"bytes_in\":%u,\"bytes_out\":112,\"tags\":{\"zone\":\"b\"}",
               us % 1000000 / 2, (unsigned)(next(seed) % 100000));
    printf("}\n");
}

int
main(int argc, char **argv)
{
    static const char *const types[] = { "startTest", "stopTest", "addSuccess" };
    int count = argc > 1 ? atoi(argv[1]) : 0;
    uint64_t seed = 4;

    for (int number = 0; number < count; number++) {
        bool is_old = number % 2 == 1;

        if (next(&seed) % 100 < 85) {
            print_hit(is_old, number, &seed);
            continue;
        }
        print_envelope(types[next(&seed) % 3], is_old, number, &seed);
        printf("\"test\":\"bots.c:visit_%u\"}\n", (unsigned)(next(&seed) % 30));
    }
    return count > 0 ? 0 : 2;
}
