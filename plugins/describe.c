/* SPDX-License-Identifier: Apache-2.0 */
/* The text of `loads plugins`: what each plugin is, and its options. */
#include <string.h>

#include "base/utf8.h"
#include "plugins/loader.h"
#include "plugins/option.h"
#include "plugins/search.h"

enum {
    WIDTH = 80,
    LEFT_LIMIT = 40,   /* how wide the column of the flags may get */
    TEXT_LIMIT = 4096, /* of one summary, help or reason */
};

/* What a terminal shows: characters, not bytes. */
static size_t
text_width(const char *text, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

static void
add_spaces(struct buffer *out, size_t count)
{
    while (count-- > 0)
        buffer_add_char(out, ' ');
}

/* Adds the words of `text`, in lines that begin at `indent`; the first one
 * begins at `column`, where the output stands. */
static void
add_wrapped(struct buffer *out, const char *text, size_t column, size_t indent)
{
    bool is_first = true;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        size_t width = text_width(text, length);

        if (!is_first && column + 1 + width > WIDTH) {
            buffer_add_char(out, '\n');
            add_spaces(out, indent);
            column = indent;
            is_first = true;
        }
        if (!is_first)
            buffer_add_char(out, ' ');
        buffer_add(out, text, length);
        column += width + !is_first;
        is_first = false;
        text += length;
        text += strspn(text, " ");
    }
    buffer_add_char(out, '\n');
}

/* add_wrapped for a text from outside. */
static void
add_visible_wrapped(struct buffer *out, const char *text, size_t column, size_t indent)
{
    struct buffer visible;

    buffer_init(&visible, TEXT_LIMIT);
    utf8_add_visible(&visible, utf8_prefix(slice_of(text), TEXT_LIMIT / 8), false);
    add_wrapped(out, visible.data != NULL ? visible.data : "", column, indent);
    buffer_clear(&visible);
}

/* "  --output-file-append yes|no" */
static void
option_left(struct buffer *left, const struct loads_plugin *plugin, const struct loads_option *option)
{
    buffer_reset(left);
    buffer_add_text(left, "  ");
    option_add_flag(left, plugin, option->name);
    buffer_printf(left, " %s", (option->flags & LOADS_SECRET) != 0 ? "SECRET" : option_type(option->type)->word);
}

static void
option_describe(const struct loads_plugin *plugin, const struct loads_option *option, size_t column,
                struct buffer *left, struct buffer *out)
{
    struct buffer help;

    option_left(left, plugin, option);
    buffer_add_slice(out, (struct slice){ left->data, left->length });
    if (left->length + 2 > column) {
        buffer_add_char(out, '\n');
        add_spaces(out, column);
    } else {
        add_spaces(out, column - left->length);
    }

    buffer_init(&help, TEXT_LIMIT);
    if (option->help != NULL)
        buffer_add_text(&help, option->help);
    if ((option->flags & LOADS_SECRET) != 0)
        buffer_add_text(&help, " (env:NAME, file:PATH or netrc:MACHINE)");
    if ((option->flags & LOADS_REQUIRED) != 0)
        buffer_add_text(&help, " (required)");
    else if (option->fallback != NULL)
        buffer_printf(&help, " (default: %s)", option->fallback);
    add_visible_wrapped(out, help.data != NULL ? help.data : "", column, column);
    buffer_clear(&help);
}

/* The plugin's options, and behind them those that the host gives every observer
 * (core/run/observers.c). */
static const struct loads_option *
option_at(const struct loaded *loaded, size_t index, struct loads_option *copy)
{
    static const struct loads_option own[] = {
        { .name = "when", .type = LOADS_STRING, .fallback = "end",
          .help = "Which of start, bad and end it hears of, with commas between them" },
        { .name = "timeout", .type = LOADS_REAL, .fallback = "30",
          .help = "Seconds that it may take, each time" },
    };
    size_t count = 0;

    if (loaded_option(loaded, index, copy) != NULL)
        return copy;
    if (loaded->plugin.kind != LOADS_OBSERVER)
        return NULL;
    while (loaded_option(loaded, count, copy) != NULL)
        count++;
    return index - count < sizeof own / sizeof own[0] ? &own[index - count] : NULL;
}

static void
options_describe(const struct loaded *loaded, struct buffer *out)
{
    const struct loads_option *option;
    struct loads_option copy;
    struct buffer left;
    size_t column = 0;

    buffer_init(&left, TEXT_LIMIT);
    for (size_t i = 0; (option = option_at(loaded, i, &copy)) != NULL; i++) {
        option_left(&left, &loaded->plugin, option);
        if (left.length + 2 > column && left.length + 2 <= LEFT_LIMIT)
            column = left.length + 2;
    }
    if (column == 0)
        column = LEFT_LIMIT;
    for (size_t i = 0; (option = option_at(loaded, i, &copy)) != NULL; i++)
        option_describe(&loaded->plugin, option, column, &left, out);
    buffer_clear(&left);
}

/* Opens it as a run would, which refuses an observer among the outputs. */
static int
file_open(struct loaded *loaded, const struct plugin_path *path, const struct plugin_file *file,
          struct err *err)
{
    if (file->kind == 0)
        return loaded_open_file(loaded, file->path, err);
    return loaded_open(loaded, path, file->kind, file->name, err);
}

static void
file_describe(const struct plugin_path *path, const struct plugin_file *file, struct buffer *out)
{
    struct loaded loaded;
    struct err err = { 0 };
    size_t start = out->length;

    if (file_open(&loaded, path, file, &err) < 0) {
        buffer_printf(out, "%s %s: cannot be used\n  ", plugin_kind_name(file->kind), file->name);
        add_visible_wrapped(out, err.text, 2, 2);
        return;
    }
    buffer_printf(out, "%s %s: ", plugin_kind_name(loaded.plugin.kind), loaded.plugin.name);
    add_visible_wrapped(out, loaded.plugin.summary, out->length - start, 2);
    buffer_printf(out, "  %s\n", loaded.path);
    options_describe(&loaded, out);
    loaded_close(&loaded);
}

void
plugin_path_describe(const struct plugin_path *path, struct buffer *out)
{
    struct plugin_files files;

    plugin_files_init(&files, path);
    for (size_t i = 0; i < files.count; i++) {
        if (i > 0)
            buffer_add_char(out, '\n');
        file_describe(path, &files.items[i], out);
    }
    if (files.count == 0)
        buffer_add_text(out, "no plugins found\n");
    plugin_files_clear(&files);
}
