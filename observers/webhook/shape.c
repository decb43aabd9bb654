/* SPDX-License-Identifier: Apache-2.0 */
/* One table of shapes. Text from outside cannot mention people or make links:
 * each service's own mark-up is taken out of it. */
#include "webhook/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/utf8.h"
#include "common/document.h"

enum { TEXT_LIMIT = 8 * 1024, DISCORD_LIMIT = 1900 };

/* ---- Escapes. */

/* Adds the text with each of the characters put as `replace` says. */
static void
escape_characters(struct buffer *out, struct slice text, const char *characters,
                  void (*replace)(struct buffer *out, char character))
{
    struct buffer plain;

    buffer_init(&plain, TEXT_LIMIT);
    template_escape_plain(&plain, text);
    for (size_t i = 0; i < plain.length; i++) {
        if (strchr(characters, plain.data[i]) != NULL)
            replace(out, plain.data[i]);
        else
            buffer_add_char(out, plain.data[i]);
    }
    buffer_clear(&plain);
}

static void
replace_by_entity(struct buffer *out, char character)
{
    buffer_add_text(out, character == '&' ? "&amp;" : character == '<' ? "&lt;" : "&gt;");
}

/* Slack's links and mentions are all written <...>. */
static void
escape_slack(struct buffer *out, struct slice text)
{
    escape_characters(out, text, "&<>", replace_by_entity);
}

/* A name behind an @ is nobody's when a zero-width space stands between. */
static void
replace_in_markdown(struct buffer *out, char character)
{
    if (character == '@') {
        buffer_add_text(out, "@\xE2\x80\x8B");
        return;
    }
    buffer_add_char(out, '\\');
    buffer_add_char(out, character);
}

static void
escape_markdown(struct buffer *out, struct slice text)
{
    escape_characters(out, text, "\\`*_{}[]()<>#|~@!", replace_in_markdown);
}

/* ---- Forms. */

/* For programs: what happened and the totals. The whole document is what the
 * outputs are for. */
static void
write_json(struct buffer *out, struct slice text, const struct template_values *values)
{
    static const char *const copied[] = { "run_id", "project", "label", "version", "started",
                                          "duration_s", "plan", "totals", "verdict" };
    json_t *body = json_pack("{s:s, s:s, s:s%, s:s?}", "schema", "loads-webhook/1", "moment",
                             template_moment(values->moment), "text", text.data, text.length, "link", values->link);
    char *written;

    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        json_object_set(body, copied[i], json_object_get(values->document, copied[i]));
    written = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (written != NULL)
        buffer_add_text(out, written);
    free(written);
}

static void
write_text(struct buffer *out, struct slice text, const struct template_values *values)
{
    struct json_writer json = { .out = out };

    (void)values;
    json_begin_object(&json, NULL);
    json_put_slice(&json, "text", text);
    json_end_object(&json);
}

static void
write_discord(struct buffer *out, struct slice text, const struct template_values *values)
{
    struct json_writer json = { .out = out };

    (void)values;
    json_begin_object(&json, NULL);
    json_put_slice(&json, "content", utf8_prefix(text, DISCORD_LIMIT));
    json_begin_object(&json, "allowed_mentions");
    json_begin_array(&json, "parse");
    json_end_array(&json);
    json_end_object(&json);
    json_end_object(&json);
}

/* An adaptive card, which the workflow "post to a channel when a webhook request
 * is received" takes. */
static void
write_teams(struct buffer *out, struct slice text, const struct template_values *values)
{
    struct slice status = document_text(json_object_get(values->document, "verdict"), "status");
    bool is_good = slice_equal(status, SLICE("pass")) || values->moment == LOADS_AT_START;
    struct json_writer json = { .out = out };

    json_begin_object(&json, NULL);
    json_put_text(&json, "type", "message");
    json_begin_array(&json, "attachments");
    json_begin_object(&json, NULL);
    json_put_text(&json, "contentType", "application/vnd.microsoft.card.adaptive");
    json_begin_object(&json, "content");
    json_put_text(&json, "type", "AdaptiveCard");
    json_put_text(&json, "version", "1.4");
    json_begin_array(&json, "body");
    json_begin_object(&json, NULL);
    json_put_text(&json, "type", "TextBlock");
    json_put_slice(&json, "text", text);
    json_put_text(&json, "color", is_good ? "good" : "attention");
    json_put_bool(&json, "wrap", true);
    json_end_object(&json);
    json_end_array(&json);
    if (values->link != NULL) {
        json_begin_array(&json, "actions");
        json_begin_object(&json, NULL);
        json_put_text(&json, "type", "Action.OpenUrl");
        json_put_text(&json, "title", "Report");
        json_put_text(&json, "url", values->link);
        json_end_object(&json);
        json_end_array(&json);
    }
    json_end_object(&json);
    json_end_object(&json);
    json_end_array(&json);
    json_end_object(&json);
}

static const struct shape shapes[] = {
    { "json", template_escape_plain, write_json },  { "slack", escape_slack, write_text },
    { "mattermost", escape_markdown, write_text },  { "discord", escape_markdown, write_discord },
    { "teams", escape_markdown, write_teams },
};

const struct shape *
shape_find(const char *name, struct err *err)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (strcmp(name, shapes[i].name) == 0)
            return &shapes[i];
    err_set(err, "\"%s\" is none of json, slack, mattermost, discord and teams", name);
    return NULL;
}
