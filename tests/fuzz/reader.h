/* SPDX-License-Identifier: Apache-2.0 */
/* What reads text from outside, each as a target for fuzzing: any bytes must be read
 * or refused, and what holds of every answer is checked. A new target is a file
 * reader_NAME.c, a line in reader.c, and a folder seeds/NAME with some inputs. */
#ifndef FUZZ_READER_H
#define FUZZ_READER_H

#include <stddef.h>

struct reader {
    const char *name;
    /* The bytes are the target's own block, without a NUL behind them. Aborts when
     * something does not hold. */
    void (*run)(const char *data, size_t length);
};

extern const struct reader reader_bridge, reader_config, reader_document, reader_gunzip, reader_irc,
    reader_json_body, reader_markdown, reader_secret, reader_table;

/* All of them; the last one has no name. */
extern const struct reader *const readers[];

/* Ends the program: the condition did not hold for this input. */
#define READER_CHECK(condition) ((condition) ? (void)0 : reader_broken(#condition, __FILE__, __LINE__))
_Noreturn void reader_broken(const char *condition, const char *file, int line);

/* A file in memory with these bytes, for what reads by path; nobody else may read it.
 * `path` has room for READER_PATH_SIZE bytes. The caller closes what is returned. */
enum { READER_PATH_SIZE = 64 };
int reader_file(const char *data, size_t length, char *path);

#endif
