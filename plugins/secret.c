/* SPDX-License-Identifier: Apache-2.0 */
/* Reads secrets from where a reference says they are. */
#include "plugins/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"

static char *
read_variable(const char *name, struct err *err)
{
    const char *value = getenv(name);

    if (value == NULL || value[0] == '\0') {
        err_set(err, "the environment variable %s is %s", name, value == NULL ? "not set" : "empty");
        return NULL;
    }
    return xstrdup(value);
}

/* The whole of a small file. `is_private`: nobody but its owner may read it. */
static char *
read_small_file(const char *path, bool is_private, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct buffer text;
    struct stat status;
    char chunk[4096];
    ssize_t got;

    if (fd < 0 || fstat(fd, &status) != 0) {
        err_set(err, "cannot read %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (is_private && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err_set(err, "%s can be used by others; chmod 600 %s makes it yours alone", path, path);
        close(fd);
        return NULL;
    }
    buffer_init(&text, SECRET_FILE_LIMIT);
    buffer_add_text(&text, "");
    while ((got = read(fd, chunk, sizeof chunk)) > 0 && !text.is_full)
        buffer_add(&text, chunk, (size_t)got);
    if (got < 0)
        err_set(err, "cannot read %s: %s", path, strerror(errno));
    else if (text.is_full)
        err_set(err, "%s has more than %d bytes", path, SECRET_FILE_LIMIT);
    else if (text.length == 0)
        err_set(err, "%s is empty", path);
    else if (memchr(text.data, '\0', text.length) != NULL)
        err_set(err, "%s is not a text", path);
    close(fd);
    if (err->text[0] != '\0') {
        buffer_clear(&text);
        return NULL;
    }
    return buffer_take(&text);
}

static char *
read_file(const char *path, struct err *err)
{
    char *text = read_small_file(path, false, err);

    if (text != NULL)
        text[strcspn(text, "\r\n")] = '\0';
    return text;
}

/* ---- netrc. */

/* The next word, cut out of the text; words in quotes may hold spaces, and \
 * takes the next character as it is. NULL at the end. */
static char *
next_word(char **text)
{
    char *word = *text + strspn(*text, " \t\r\n");
    char *from = word, *to = word;
    bool is_quoted = *word == '"';

    if (*word == '\0')
        return NULL;
    for (from += is_quoted; *from != '\0'; from++) {
        if (is_quoted ? *from == '"' : strchr(" \t\r\n", *from) != NULL)
            break;
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *text = from + (*from != '\0');
    *to = '\0';
    return word;
}

struct netrc_search {
    const char *machine, *login; /* login NULL: any */
    bool is_machine, is_login;   /* the entry that is being read is the one */
    const char *password;        /* of that entry */
};

/* An entry ends where the next one begins, and at the end of the file. */
static bool
is_found(const struct netrc_search *search)
{
    return search->is_machine && search->is_login && search->password != NULL;
}

static const char *
search_netrc(struct netrc_search *search, char *text)
{
    for (char *word; (word = next_word(&text)) != NULL;) {
        bool is_default = strcmp(word, "default") == 0;
        char *value = is_default ? NULL : next_word(&text);

        if (is_default || strcmp(word, "machine") == 0) {
            if (is_found(search))
                break;
            search->is_machine = is_default || (value != NULL && strcmp(value, search->machine) == 0);
            search->is_login = search->login == NULL;
            search->password = NULL;
        } else if (value == NULL) {
            break;
        } else if (strcmp(word, "login") == 0) {
            search->is_login = search->login == NULL || strcmp(value, search->login) == 0;
        } else if (strcmp(word, "password") == 0) {
            search->password = value;
        } else if (strcmp(word, "macdef") == 0) {
            /* A macro goes on to the next empty line. */
            char *end = strstr(text, "\n\n");

            text = end != NULL ? end : text + strlen(text);
        }
    }
    return is_found(search) ? search->password : NULL;
}

static char *
netrc_path(struct err *err)
{
    const char *named = getenv("NETRC"), *home = getenv("HOME");

    if (named != NULL && named[0] != '\0')
        return xstrdup(named);
    if (home != NULL && home[0] != '\0')
        return xasprintf("%s/.netrc", home);
    err_set(err, "neither NETRC nor HOME is set in the environment");
    return NULL;
}

static char *
read_netrc(const char *rest, struct err *err)
{
    char *path = netrc_path(err);
    char *text = path != NULL ? read_small_file(path, true, err) : NULL;
    char *machine = xstrdup(rest), *colon = strchr(machine, ':'), *found = NULL;
    struct netrc_search search = { .machine = machine };
    const char *password;

    if (colon != NULL) {
        *colon = '\0';
        search.login = colon + 1;
    }
    if (text != NULL) {
        password = search_netrc(&search, text);
        if (password == NULL)
            err_set(err, "%s has no password for the machine %s%s%s", path, machine,
                    search.login != NULL ? " and the login " : "", search.login != NULL ? search.login : "");
        else
            found = xstrdup(password);
    }
    free(machine);
    free(text);
    free(path);
    return found;
}

/* ---- All of them. */

static const struct source {
    const char *prefix;
    char *(*read)(const char *rest, struct err *err);
} sources[] = {
    { "env:", read_variable },
    { "file:", read_file },
    { "netrc:", read_netrc },
};

static char *
check_secret(char *secret, struct err *err)
{
    if (secret == NULL)
        return NULL;
    if (secret[0] != '\0' && strlen(secret) <= SECRET_LIMIT)
        return secret;
    if (secret[0] == '\0')
        err_set(err, "the secret is empty");
    else
        err_set(err, "the secret has more than %d bytes", SECRET_LIMIT);
    free(secret);
    return NULL;
}

char *
secret_read(const char *reference, struct err *err)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        size_t length = strlen(sources[i].prefix);

        if (strncmp(reference, sources[i].prefix, length) == 0)
            return check_secret(sources[i].read(reference + length, err), err);
    }
    err_set(err, "a secret is not typed but named: env:NAME, file:PATH or netrc:MACHINE");
    return NULL;
}
