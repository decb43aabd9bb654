/* SPDX-License-Identifier: Apache-2.0 */
/* A small INI reader: "[section]", "key = value", values that go on in indented
 * lines, comments that have a line of their own. */
#include "cli/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

#define BYTE_ORDER_MARK SLICE("\xEF\xBB\xBF")

/* Where the reader is: the section and entry that a line belongs to. */
struct reader {
    struct config *config;
    struct config_section *section;
    struct config_entry *entry; /* the one an indented line continues */
    unsigned line;
    size_t key_count;
    struct err *err;
};

static int
fail(const struct reader *reader, const char *what)
{
    return err_set(reader->err, "%s:%u: %s", reader->config->file, reader->line, what);
}

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static struct slice
trim(struct slice text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Takes `length` bytes off the front. */
static struct slice
behind(struct slice text, size_t length)
{
    return (struct slice){ text.data + length, text.length - length };
}

static char *
copy(struct slice text)
{
    return xstrndup(text.data, text.length);
}

static size_t
find_byte(struct slice text, const char *bytes)
{
    size_t at = 0;

    while (at < text.length && strchr(bytes, text.data[at]) == NULL)
        at++;
    return at;
}

/* "[kind]" or "[kind name]" */
static int
take_section(struct reader *reader, struct slice line)
{
    struct config *config = reader->config;
    struct slice inside, kind, name;

    line = trim(line);
    if (line.data[line.length - 1] != ']')
        return fail(reader, "expected ']' at the end of the section's line");
    inside = trim((struct slice){ line.data + 1, line.length - 2 });
    kind = (struct slice){ inside.data, find_byte(inside, " \t") };
    name = trim(behind(inside, kind.length));
    if (kind.length == 0)
        return fail(reader, "a section needs a name: [loads], [test NAME], [output NAME] or [observer NAME]");
    if (inside.length > CONFIG_NAME_LIMIT)
        return fail(reader, "the section's name is too long");
    if (find_byte(inside, "[]") < inside.length)
        return fail(reader, "a section's name has no brackets in it");
    if (config->section_count == CONFIG_SECTIONS_LIMIT)
        return fail(reader, "too many sections");
    config->sections =
        xreallocarray(config->sections, config->section_count + 1, sizeof *config->sections);
    reader->section = &config->sections[config->section_count++];
    reader->entry = NULL;
    *reader->section =
        (struct config_section){ .kind = copy(kind), .name = copy(name), .line = reader->line };
    return 0;
}

static int
take_entry(struct reader *reader, struct slice line)
{
    struct config_section *section = reader->section;
    size_t equals = find_byte(line, "=");
    struct slice key;

    if (equals == line.length)
        return fail(reader, "expected KEY = VALUE, [SECTION] or a comment");
    key = trim((struct slice){ line.data, equals });
    if (key.length == 0)
        return fail(reader, "there is no key before '='");
    if (key.length > CONFIG_NAME_LIMIT)
        return fail(reader, "the key is too long");
    if (section == NULL)
        return fail(reader, "a key needs a section before it, such as [loads]");
    if (reader->key_count++ == CONFIG_KEYS_LIMIT)
        return fail(reader, "too many keys");
    section->entries =
        xreallocarray(section->entries, section->entry_count + 1, sizeof *section->entries);
    reader->entry = &section->entries[section->entry_count++];
    *reader->entry = (struct config_entry){ .key = copy(key),
                                            .value = copy(trim(behind(line, equals + 1))),
                                            .line = reader->line };
    return 0;
}

static int
take_continuation(struct reader *reader, struct slice text)
{
    struct config_entry *entry = reader->entry;
    char *value;

    if (entry == NULL)
        return fail(reader, "the line is indented, but there is no key that it continues");
    if (strlen(entry->value) + text.length >= CONFIG_VALUE_LIMIT)
        return fail(reader, "the value is too long");
    value = xasprintf("%s%s%.*s", entry->value, entry->value[0] != '\0' ? "\n" : "", (int)text.length,
                      text.data);
    free(entry->value);
    entry->value = value;
    return 0;
}

static int
check_line(const struct reader *reader, struct slice line)
{
    if (line.length > CONFIG_LINE_LIMIT)
        return fail(reader, "the line is too long");
    if (!utf8_is_valid(line))
        return fail(reader, "the line is not UTF-8");
    for (size_t i = 0; i < line.length; i++)
        if ((unsigned char)line.data[i] < ' ' && line.data[i] != '\t')
            return fail(reader, "the line has a control character in it");
    return 0;
}

static int
take_line(struct reader *reader, struct slice line)
{
    struct slice text;

    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    if (check_line(reader, line) != 0)
        return -1;
    text = trim(line);
    if (text.length == 0 || text.data[0] == '#' || text.data[0] == ';')
        return 0;
    if (is_blank(line.data[0]))
        return take_continuation(reader, text);
    if (line.data[0] == '[')
        return take_section(reader, line);
    return take_entry(reader, line);
}

static int
take_lines(struct config *config, struct slice text, struct err *err)
{
    struct reader reader = { .config = config, .err = err };

    if (text.length >= BYTE_ORDER_MARK.length
        && memcmp(text.data, BYTE_ORDER_MARK.data, BYTE_ORDER_MARK.length) == 0)
        text = behind(text, BYTE_ORDER_MARK.length);
    while (text.length > 0) {
        const char *newline = memchr(text.data, '\n', text.length);
        size_t length = newline != NULL ? (size_t)(newline - text.data) : text.length;

        reader.line++;
        if (take_line(&reader, (struct slice){ text.data, length }) != 0)
            return -1;
        text = behind(text, length + (newline != NULL));
    }
    return 0;
}

/* The whole file; it may as well be a pipe. */
static int
read_file(const char *file, struct buffer *text, struct err *err)
{
    FILE *in = fopen(file, "re");
    char block[4096];
    size_t length;
    int why;

    if (in == NULL)
        return err_set(err, "cannot open the configuration file %s: %s", file, strerror(errno));
    do {
        length = fread(block, 1, sizeof block, in);
        buffer_add(text, block, length);
    } while (length == sizeof block && !text->is_full);
    why = ferror(in) ? errno : 0;
    fclose(in);
    if (why != 0)
        return err_set(err, "cannot read the configuration file %s: %s", file, strerror(why));
    if (text->is_full)
        return err_set(err, "the configuration file %s has more than %d bytes", file, CONFIG_SIZE_LIMIT);
    return 0;
}

int
config_read(struct config *config, const char *file, struct err *err)
{
    struct buffer text;
    int result;

    *config = (struct config){ .file = xstrdup(file) };
    buffer_init(&text, CONFIG_SIZE_LIMIT);
    result = read_file(file, &text, err);
    if (result == 0)
        result = take_lines(config, (struct slice){ text.data, text.length }, err);
    buffer_clear(&text);
    if (result != 0)
        config_clear(config);
    return result;
}

void
config_clear(struct config *config)
{
    for (size_t i = 0; i < config->section_count; i++) {
        struct config_section *section = &config->sections[i];

        for (size_t j = 0; j < section->entry_count; j++) {
            free(section->entries[j].key);
            free(section->entries[j].value);
        }
        free(section->entries);
        free(section->kind);
        free(section->name);
    }
    free(config->sections);
    free(config->file);
    *config = (struct config){ 0 };
}
