/* SPDX-License-Identifier: Apache-2.0 */
/* From options as people type them to the fields of a plugin's state. */
#include "plugins/option.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "plugins/search.h"
#include "plugins/secret.h"

enum { FLAG_LIMIT = 128, LIST_LIMIT = 700 };

static bool
parse_bool(const char *text, void *field)
{
    static const struct { const char *word; bool value; } words[] = {
        { "yes", true }, { "no", false },  { "true", true }, { "false", false },
        { "1", true },   { "0", false },   { "on", true },   { "off", false },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].word) == 0) {
            memcpy(field, &words[i].value, sizeof words[i].value);
            return true;
        }
    return false;
}

static bool
parse_int(const char *text, void *field)
{
    char *end;
    int64_t value;

    errno = 0;
    value = strtoimax(text, &end, 10);
    /* strtoimax would skip spaces in front. */
    if (errno != 0 || end == text || *end != '\0' || isspace((unsigned char)text[0]))
        return false;
    memcpy(field, &value, sizeof value);
    return true;
}

static bool
parse_real(const char *text, void *field)
{
    char *end;
    double value;

    value = strtod(text, &end);
    if (end == text || *end != '\0' || isspace((unsigned char)text[0]) || !isfinite(value))
        return false;
    memcpy(field, &value, sizeof value);
    return true;
}

const struct option_type *
option_type(enum loads_type type)
{
    static const struct option_type types[] = {
        [LOADS_BOOL] = { "yes|no", "yes or no", sizeof(bool), alignof(bool), parse_bool },
        [LOADS_INT] = { "INTEGER", "a whole number", sizeof(int64_t), alignof(int64_t), parse_int },
        [LOADS_REAL] = { "NUMBER", "a number", sizeof(double), alignof(double), parse_real },
        [LOADS_STRING] = { "TEXT", "a text", sizeof(char *), alignof(char *), NULL },
    };

    if ((size_t)type >= sizeof types / sizeof types[0] || types[type].word == NULL)
        return NULL;
    return &types[type];
}

const struct loads_option *
loaded_option(const struct loaded *loaded, size_t index, struct loads_option *copy)
{
    const char *at = (const char *)loaded->plugin.options;
    size_t size = loaded->plugin.option_size;

    if (at == NULL)
        return NULL;
    for (size_t i = 0; i <= index; i++, at += size) {
        *copy = (struct loads_option){ 0 };
        memcpy(copy, at, size < sizeof *copy ? size : sizeof *copy);
        if (copy->name == NULL)
            return NULL;
    }
    return copy;
}

/* Whether the option has a type that we know, in a field inside of the state. */
static int
check_option(const struct loads_plugin *plugin, const struct loads_option *option, struct err *err)
{
    const struct option_type *type = option_type(option->type);

    if (!plugin_name_is_valid(option->name))
        return err_set(err, "its option \"%s\" is not named with a to z, 0 to 9 and _ (at most 32)",
                       option->name);
    if (type == NULL)
        return err_set(err, "its option %s is of type %d, which this host does not know", option->name,
                       (int)option->type);
    if (type->size > plugin->state_size || option->offset > plugin->state_size - type->size ||
        option->offset % type->alignment != 0)
        return err_set(err, "its option %s lies outside of its state", option->name);
    return 0;
}

int
option_check_table(const struct loads_plugin *plugin, struct err *err)
{
    struct loaded loaded = { .plugin = *plugin };
    struct loads_option option;
    size_t count = 0;

    if (plugin->state_size > OPTION_STATE_LIMIT)
        return err_set(err, "it wants %zu bytes of state, the limit is %d", plugin->state_size,
                       OPTION_STATE_LIMIT);
    if (plugin->options == NULL)
        return 0;
    if (plugin->option_size < offsetof(struct loads_option, fallback) ||
        plugin->option_size % alignof(struct loads_option) != 0)
        return err_set(err, "its options are %zu bytes each, which cannot be", plugin->option_size);
    while (loaded_option(&loaded, count, &option) != NULL) {
        if (check_option(plugin, &option, err) < 0)
            return -1;
        if (++count > OPTION_COUNT_LIMIT)
            return err_set(err, "it has more than %d options", OPTION_COUNT_LIMIT);
    }
    return 0;
}

static void
add_dashed(struct buffer *out, const char *name)
{
    for (; *name != '\0'; name++)
        buffer_add_char(out, *name == '_' ? '-' : *name);
}

void
option_add_flag(struct buffer *out, const struct loads_plugin *plugin, const char *option)
{
    buffer_printf(out, "--%s-%s-", plugin_kind_name(plugin->kind), plugin->name);
    add_dashed(out, option);
}

/* The state is followed out of the plugin's sight by the strings that its fields
 * point to: the plugin may overwrite the fields. */
struct text {
    struct text *next;
    char bytes[];
};
struct box {
    struct text *texts;
    alignas(max_align_t) char state[];
};

static const char *
box_keep_text(struct box *box, const char *bytes)
{
    size_t size = strlen(bytes) + 1;
    struct text *text = xmalloc(sizeof *text + size);

    memcpy(text->bytes, bytes, size);
    text->next = box->texts;
    box->texts = text;
    return text->bytes;
}

static void
box_free(struct box *box)
{
    while (box->texts != NULL) {
        struct text *next = box->texts->next;

        free(box->texts);
        box->texts = next;
    }
    free(box);
}

static int
store(struct box *box, const struct loads_plugin *plugin, const struct loads_option *option,
      const char *value, struct err *err)
{
    const struct option_type *type = option_type(option->type);
    void *field = box->state + option->offset;
    struct buffer flag;

    if (type->parse == NULL) {
        const char *text = box_keep_text(box, value);

        memcpy(field, &text, sizeof text);
        return 0;
    }
    if (type->parse(value, field))
        return 0;
    buffer_init(&flag, FLAG_LIMIT);
    option_add_flag(&flag, plugin, option->name);
    if ((option->flags & LOADS_SECRET) != 0)
        err_set(err, "%s: the value (a secret) is not %s", flag.data, type->wanted);
    else
        err_set(err, "%s: \"%s\" is not %s", flag.data, value, type->wanted);
    buffer_clear(&flag);
    return -1;
}

/* What was given for the option: of a secret, only where it is. */
static int
store_given(struct box *box, const struct loads_plugin *plugin, const struct loads_option *option,
            const char *value, struct err *err)
{
    struct buffer flag;
    char *secret;
    int result;

    if ((option->flags & LOADS_SECRET) == 0)
        return store(box, plugin, option, value, err);
    secret = secret_read(value, err);
    if (secret != NULL) {
        result = store(box, plugin, option, secret, err);
        explicit_bzero(secret, strlen(secret));
        free(secret);
        return result;
    }
    buffer_init(&flag, FLAG_LIMIT);
    option_add_flag(&flag, plugin, option->name);
    err_add(err, "%s", flag.data);
    buffer_clear(&flag);
    return -1;
}

/* Whether `typed` means the option: - may be typed for _. */
static bool
option_matches(const char *name, const char *typed)
{
    for (; *name != '\0' && *typed != '\0'; name++, typed++)
        if (*name != *typed && !(*name == '_' && *typed == '-'))
            return false;
    return *name == *typed;
}

static int
fail_unknown(const struct loaded *loaded, const char *typed, struct err *err)
{
    const struct loads_plugin *plugin = &loaded->plugin;
    const char *known[OPTION_COUNT_LIMIT];
    const char *nearest;
    size_t count = 0;
    struct loads_option option;
    struct buffer flag, list;

    buffer_init(&flag, FLAG_LIMIT);
    buffer_init(&list, LIST_LIMIT);
    while (loaded_option(loaded, count, &option) != NULL) {
        known[count] = option.name;
        buffer_add_text(&list, count == 0 ? "" : ", ");
        add_dashed(&list, option.name);
        count++;
    }
    nearest = nearest_name(typed, known, count);
    if (nearest != NULL) {
        buffer_add_text(&flag, "; did you mean ");
        option_add_flag(&flag, plugin, nearest);
        buffer_add_char(&flag, '?');
    }
    err_set(err, "%s %s has no option \"%s\"%s %s%s", plugin_kind_name(plugin->kind), plugin->name, typed,
            nearest != NULL ? flag.data : ";", count > 0 ? "it has " : "it has none",
            count > 0 ? list.data : "");
    buffer_clear(&flag);
    buffer_clear(&list);
    return -1;
}

/* Stores one option as given, and notes in `given` which one it was. */
static int
apply_setting(struct box *box, const struct loaded *loaded, const struct setting *setting,
              bool given[OPTION_COUNT_LIMIT], struct err *err)
{
    struct loads_option option;

    for (size_t i = 0; loaded_option(loaded, i, &option) != NULL; i++)
        if (option_matches(option.name, setting->name)) {
            given[i] = true;
            return store_given(box, &loaded->plugin, &option, setting->value, err);
        }
    return fail_unknown(loaded, setting->name, err);
}

static int
apply_fallbacks(struct box *box, const struct loaded *loaded, struct err *err)
{
    struct loads_option option;

    for (size_t i = 0; loaded_option(loaded, i, &option) != NULL; i++)
        if (option.fallback != NULL && store(box, &loaded->plugin, &option, option.fallback, err) < 0)
            return err_add(err, "%s: bad default", loaded->path);
    return 0;
}

static int
check_required(const struct loaded *loaded, const bool given[OPTION_COUNT_LIMIT], struct err *err)
{
    struct loads_option option;

    for (size_t i = 0; loaded_option(loaded, i, &option) != NULL; i++)
        if ((option.flags & LOADS_REQUIRED) != 0 && !given[i]) {
            struct buffer flag;

            buffer_init(&flag, FLAG_LIMIT);
            option_add_flag(&flag, &loaded->plugin, option.name);
            err_set(err, "%s %s needs %s", plugin_kind_name(loaded->plugin.kind), loaded->plugin.name,
                    flag.data);
            buffer_clear(&flag);
            return -1;
        }
    return 0;
}

int
plugin_state_new(void **state, const struct loaded *loaded, const struct setting *settings,
                 size_t setting_count, struct err *err)
{
    struct box *box = xcalloc(1, sizeof *box + loaded->plugin.state_size);
    bool given[OPTION_COUNT_LIMIT] = { false };

    if (apply_fallbacks(box, loaded, err) < 0)
        goto fail;
    for (size_t i = 0; i < setting_count; i++)
        if (apply_setting(box, loaded, &settings[i], given, err) < 0)
            goto fail;
    if (check_required(loaded, given, err) < 0)
        goto fail;
    *state = box->state;
    return 0;

fail:
    box_free(box);
    return -1;
}

void
plugin_state_free(void *state, const struct loaded *loaded)
{
    (void)loaded;
    if (state != NULL)
        box_free((struct box *)((char *)state - offsetof(struct box, state)));
}
