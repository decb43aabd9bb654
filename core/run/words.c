/* SPDX-License-Identifier: Apache-2.0 */
/* Splitting a command into words. */
#include "run/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n';
}

/* Copies what is between double quotes; `at` is behind the opening one. Returns
 * the place behind the closing one, or NULL when there is none. */
static const char *
copy_double_quoted(const char *at, struct buffer *word)
{
    while (*at != '\0' && *at != '"') {
        if (at[0] == '\\' && at[1] != '\0' && strchr("\\\"$`", at[1]) != NULL)
            at++;
        buffer_add_char(word, *at++);
    }
    return *at == '"' ? at + 1 : NULL;
}

static const char *
copy_single_quoted(const char *at, struct buffer *word)
{
    const char *end = strchr(at, '\'');

    if (end == NULL)
        return NULL;
    buffer_add(word, at, (size_t)(end - at));
    return end + 1;
}

/* Copies the word at `at` and returns the place behind it. */
static const char *
copy_word(const char *at, struct buffer *word, struct err *err)
{
    while (at != NULL && *at != '\0' && !is_blank(*at)) {
        if (*at == '\'') {
            at = copy_single_quoted(at + 1, word);
        } else if (*at == '"') {
            at = copy_double_quoted(at + 1, word);
        } else if (*at == '\\') {
            if (at[1] == '\0') {
                err_set(err, "ends with a backslash");
                return NULL;
            }
            buffer_add_char(word, at[1]);
            at += 2;
        } else {
            buffer_add_char(word, *at++);
        }
    }
    if (at == NULL)
        err_set(err, "a quote is not closed");
    return at;
}

char **
words_split(const char *text, struct err *err)
{
    char **words = xcalloc(1, sizeof *words);
    size_t count = 0;
    const char *at = text;

    for (;;) {
        struct buffer word;

        while (is_blank(*at))
            at++;
        if (*at == '\0')
            break;
        if (count == WORDS_LIMIT) {
            err_set(err, "has more than %d words", WORDS_LIMIT);
            goto fail;
        }
        buffer_init(&word, strlen(at));
        at = copy_word(at, &word, err);
        words = xreallocarray(words, count + 2, sizeof *words);
        words[count++] = buffer_take(&word);
        words[count] = NULL;
        if (at == NULL)
            goto fail;
    }
    if (count > 0)
        return words;
    err_set(err, "is empty");
fail:
    words_free(words);
    return NULL;
}

void
words_free(char **words)
{
    if (words == NULL)
        return;
    for (char **word = words; *word != NULL; word++)
        free(*word);
    free(words);
}

/* Bytes of `word` with each mark replaced. */
static size_t
replaced_length(const char *word, const char *mark, const char *text)
{
    size_t length = strlen(word);

    for (const char *at = strstr(word, mark); at != NULL; at = strstr(at + strlen(mark), mark))
        length += strlen(text) - strlen(mark);
    return length;
}

void
words_replace(char **words, const char *mark, const char *text)
{
    for (char **word = words; *word != NULL; word++) {
        const char *at = *word;
        const char *found;
        struct buffer replaced;

        buffer_init(&replaced, replaced_length(*word, mark, text));
        for (; (found = strstr(at, mark)) != NULL; at = found + strlen(mark)) {
            buffer_add(&replaced, at, (size_t)(found - at));
            buffer_add_text(&replaced, text);
        }
        buffer_add_text(&replaced, at);
        free(*word);
        *word = buffer_take(&replaced);
    }
}
