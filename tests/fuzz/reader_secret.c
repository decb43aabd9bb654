/* SPDX-License-Identifier: Apache-2.0 */
/* Files with secrets: one alone, and a netrc. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "plugins/secret.h"
#include "reader.h"

static void
check(const char *reference)
{
    struct err err = { 0 };
    char *secret = secret_read(reference, &err);

    READER_CHECK((secret == NULL) == (err.text[0] != '\0'));
    READER_CHECK(secret == NULL || (secret[0] != '\0' && strlen(secret) <= SECRET_LIMIT));
    free(secret);
}

static void
run(const char *data, size_t length)
{
    char path[READER_PATH_SIZE], *reference;
    int fd = reader_file(data, length, path);

    setenv("NETRC", path, 1);
    check("netrc:h");
    check("netrc:irc.example.net:bot");
    reference = xasprintf("file:%s", path);
    check(reference);
    free(reference);
    close(fd);
}

const struct reader reader_secret = { .name = "secret", .run = run };
