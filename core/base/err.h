/* SPDX-License-Identifier: Apache-2.0 */
/* The one way in which a function says why it failed on something that came
 * from outside: it returns -1 and fills the caller's `struct err`. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Zero-initialise before use. An empty text means: no error yet. */
struct err {
    char text[1024];
};

/* Sets the text, unless one is set already: the first text wins. Longer texts
 * are cut at a UTF-8 border. Always returns -1, so that callers can write
 * `return err_set(err, "cannot open %s: %s", path, strerror(errno));`.
 * `err` may be NULL where the caller does not care why. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "CONTEXT: " in front of the text: what each level above knows. Always
 * returns -1. */
int err_add(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
