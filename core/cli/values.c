/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values: numbers, times, flags, addresses. */
#include "cli/values.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "run/settings.h"

#define DIGITS "0123456789"

enum { NUMBER_DIGITS = 12 }; /* more than any limit has; fits 64 bits */

/* Reads digits only, up to `end`. */
static bool
read_number(const char *text, const char *end, const struct option *option, uint64_t *value)
{
    size_t length = (size_t)(end - text);

    if (length == 0 || length > NUMBER_DIGITS || strspn(text, DIGITS) < length)
        return false;
    *value = 0;
    for (; text < end; text++)
        *value = *value * 10 + (uint64_t)(*text - '0');
    return (double)*value >= option->minimum && (double)*value <= option->maximum;
}

static int
store_number(const struct option *option, void *field, const char *text, struct err *err)
{
    uint64_t value;

    if (!read_number(text, text + strlen(text), option, &value))
        return err_set(err, "expected a whole number from %.0f to %.0f", option->minimum, option->maximum);
    *(uint32_t *)field = (uint32_t)value;
    return 0;
}

static int
store_numbers(const struct option *option, void *field, const char *text, struct err *err)
{
    struct number_list list = { 0 };

    for (;;) {
        const char *end = text + strcspn(text, ":");

        if (list.count == SETTINGS_CYCLES_LIMIT) {
            err_set(err, "has more than %d numbers", SETTINGS_CYCLES_LIMIT);
            break;
        }
        list.values = xreallocarray(list.values, list.count + 1, sizeof *list.values);
        if (!read_number(text, end, option, &list.values[list.count])) {
            err_set(err, "expected a whole number from %.0f to %.0f, or several with ':' between them",
                    option->minimum, option->maximum);
            break;
        }
        list.count++;
        if (*end == '\0') {
            number_list_clear(field);
            *(struct number_list *)field = list;
            return 0;
        }
        text = end + 1;
    }
    number_list_clear(&list);
    return -1;
}

/* "1.5", "90s", "5m", "2h". By hand: strtod takes signs, exponents and "inf",
 * and depends on the locale. */
static bool
read_seconds(const char *text, double *seconds)
{
    static const struct { char letter; double seconds; } units[] = {
        { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
    };
    size_t whole = strspn(text, DIGITS);
    double scale = 1;

    if (whole == 0 || whole > NUMBER_DIGITS)
        return false;
    *seconds = 0;
    for (; isdigit((unsigned char)*text); text++)
        *seconds = *seconds * 10 + (*text - '0');
    if (*text == '.') {
        if (!isdigit((unsigned char)*++text))
            return false;
        for (; isdigit((unsigned char)*text); text++)
            *seconds += (*text - '0') * (scale /= 10);
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (*text == units[i].letter && (*text == '\0' || text[1] == '\0')) {
            *seconds *= units[i].seconds;
            return true;
        }
    return false;
}

static int
store_seconds(const struct option *option, void *field, const char *text, struct err *err)
{
    double value;

    if (!read_seconds(text, &value) || value < option->minimum || value > option->maximum)
        return err_set(err, "expected a time from %.4g to %.0f seconds, such as 30, 1.5, 90s, 5m or 2h",
                       option->minimum, option->maximum);
    *(double *)field = value;
    return 0;
}

static int
store_flag(void *field, const char *text, struct err *err)
{
    static const struct { const char *text; bool value; } words[] = {
        { "yes", true }, { "true", true }, { "on", true }, { "1", true },
        { "no", false }, { "false", false }, { "off", false }, { "0", false },
        /* as in the documents' examples */
        { "True", true }, { "False", false },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].text) == 0) {
            *(bool *)field = words[i].value;
            return 0;
        }
    return err_set(err, "expected yes or no");
}

static bool
begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int
check_url(const char *text, struct err *err)
{
    size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    if (scheme == 0 || !begins(text + scheme, "://") || text[scheme + 3] == '\0')
        return err_set(err, "expected an address such as http://127.0.0.1:8080");
    for (const char *at = text; *at != '\0'; at++)
        if (isspace((unsigned char)*at) || iscntrl((unsigned char)*at))
            return err_set(err, "has a blank or control character in it");
    return 0;
}

static int
check_text(const char *text, struct err *err)
{
    if (text[0] == '\0')
        return err_set(err, "the value is empty");
    if (strlen(text) > SETTINGS_TEXT_LIMIT)
        return err_set(err, "the value has more than %d bytes", SETTINGS_TEXT_LIMIT);
    return 0;
}

/* "a, b or c" */
static int
check_choice(const struct option *option, const char *text, struct err *err)
{
    struct buffer known;

    for (size_t i = 0; option->choices[i] != NULL; i++)
        if (strcmp(text, option->choices[i]) == 0)
            return 0;
    buffer_init(&known, SETTINGS_TEXT_LIMIT);
    for (size_t i = 0; option->choices[i] != NULL; i++)
        buffer_printf(&known, "%s%s", i == 0 ? "" : option->choices[i + 1] != NULL ? ", " : " or ",
                      option->choices[i]);
    err_set(err, "expected %s", known.data);
    buffer_clear(&known);
    return -1;
}

static int
store_text(const struct option *option, void *field, const char *text, struct err *err)
{
    if (option->type == OPTION_URL && check_url(text, err) != 0)
        return -1;
    if (option->type == OPTION_CHOICE && check_choice(option, text, err) != 0)
        return -1;
    free(*(char **)field);
    *(char **)field = xstrdup(text);
    return 0;
}

static int
store_texts(void *field, const char *text, struct err *err)
{
    struct text_list *list = field;

    if (list->count == SETTINGS_TEXTS_LIMIT)
        return err_set(err, "is given more than %d times", SETTINGS_TEXTS_LIMIT);
    list->texts = xreallocarray(list->texts, list->count + 1, sizeof *list->texts);
    list->texts[list->count++] = xstrdup(text);
    return 0;
}

int
value_store(const struct option *option, void *fields, const char *value, struct err *err)
{
    void *field = (char *)fields + option->offset;

    if (check_text(value, err) != 0)
        return -1;
    switch (option->type) {
    case OPTION_FLAG:
        return store_flag(field, value, err);
    case OPTION_NUMBER:
        return store_number(option, field, value, err);
    case OPTION_NUMBERS:
        return store_numbers(option, field, value, err);
    case OPTION_SECONDS:
        return store_seconds(option, field, value, err);
    case OPTION_TEXTS:
        return store_texts(field, value, err);
    default:
        return store_text(option, field, value, err);
    }
}

void
value_reset(const struct option *option, void *fields)
{
    void *field = (char *)fields + option->offset;

    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)field = false;
        break;
    case OPTION_NUMBER:
        *(uint32_t *)field = 0;
        break;
    case OPTION_NUMBERS:
        number_list_clear(field);
        break;
    case OPTION_SECONDS:
        *(double *)field = 0;
        break;
    case OPTION_TEXTS:
        text_list_clear(field);
        break;
    default:
        free(*(char **)field);
        *(char **)field = NULL;
    }
}
