/* SPDX-License-Identifier: Apache-2.0 */
/* A command typed as one text, split into words without a shell. */
#ifndef RUN_WORDS_H
#define RUN_WORDS_H

#include "base/err.h"

enum { WORDS_LIMIT = 1024 };

/* Splits at blanks as a POSIX shell does, with its quotes and backslash and
 * nothing else: no variables, patterns, redirections or pipes. The result ends
 * with NULL and is freed by words_free. NULL and `err` when a quote is left
 * open, a backslash ends the text, or there is no word or too many. */
char **words_split(const char *text, struct err *err);
void words_free(char **words);

/* Replaces every `mark` in every word by `text`, which stays inside its word. */
void words_replace(char **words, const char *mark, const char *text);

#endif
