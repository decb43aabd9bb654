/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "webhook": posts what happened to an address, as JSON for programs or
 * in the form that a chat service takes. */
#include <loads/plugin.h>
#include <string.h>

#include "common/document.h"
#include "common/tell.h"
#include "webhook/post.h"
#include "webhook/shape.h"

enum { TEXT_LIMIT = 16 * 1024, BODY_LIMIT = 16 * 1024 * 1024, ATTEMPTS_LIMIT = 10 };

struct webhook {
    const char *url, *secret_url, *shape, *template, *link, *sign_key, *ca_file;
    int64_t attempts;
    bool public_only;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct webhook, url, .help = "Where to post to, http:// or https://"),
    LOADS_OPTION(struct webhook, secret_url, .flags = LOADS_SECRET,
                 .help = "The same, for an address that is a secret, as those of chat services are"),
    LOADS_OPTION(struct webhook, shape, .fallback = "json",
                 .help = "For whom: json for programs, or slack, mattermost, discord or teams"),
    LOADS_OPTION(struct webhook, template, .fallback = TEMPLATE_LINE,
                 .help = "What to say; names in braces are replaced"),
    LOADS_OPTION(struct webhook, link, .help = "The address of the report, for {link} and where the shape has a place"),
    LOADS_OPTION(struct webhook, sign_key, .flags = LOADS_SECRET,
                 .help = "Sign the body with HMAC-SHA256 under this key, in the header X-Loads-Signature-256"),
    LOADS_OPTION(struct webhook, attempts, .fallback = "3", .help = "How often to try when the server is busy or away"),
    LOADS_OPTION(struct webhook, ca_file, .help = "Trust the authorities in this PEM file instead of the system's"),
    LOADS_OPTION(struct webhook, public_only, .fallback = "no",
                 .help = "Refuse addresses of this host and of private networks"),
    { 0 }
};

static const char *
url_of(const struct webhook *webhook)
{
    return webhook->secret_url != NULL ? webhook->secret_url : webhook->url;
}

static int
webhook_open(void *state, const struct loads_host *host)
{
    const struct webhook *webhook = state;
    struct err err = { 0 };

    if ((webhook->url == NULL) == (webhook->secret_url == NULL))
        return host->fail(host, "expected one of url and secret-url");
    if (post_check_url(url_of(webhook), &err) != 0)
        return host->fail(host, "%s: %s", webhook->url != NULL ? "url" : "secret-url", err.text);
    if (shape_find(webhook->shape, &err) == NULL)
        return host->fail(host, "shape: %s", err.text);
    if (template_check(webhook->template, &err) != 0)
        return host->fail(host, "template: %s", err.text);
    if (webhook->attempts < 1 || webhook->attempts > ATTEMPTS_LIMIT)
        return host->fail(host, "attempts: %lld is not 1 to %d", (long long)webhook->attempts, ATTEMPTS_LIMIT);
    return 0;
}

static int
send_message(const void *state, const struct template_values *values, struct err *err)
{
    const struct webhook *webhook = state;
    const struct shape *shape = shape_find(webhook->shape, err);
    struct post post = { .url = url_of(webhook), .secret = webhook->sign_key, .ca_file = webhook->ca_file,
                         .public_only = webhook->public_only, .attempts = webhook->attempts };
    struct buffer text, body;
    int result;

    if (shape == NULL)
        return -1;
    buffer_init(&text, TEXT_LIMIT);
    buffer_init(&body, BODY_LIMIT);
    template_expand(&text, webhook->template, values, shape->escape);
    buffer_add_text(&text, "");
    shape->write(&body, (struct slice){ text.data, text.length }, values);
    post.body = (struct slice){ body.data, body.length };
    /* Of a text that is too long the beginning is told: better than nothing. */
    result = body.is_full ? err_set(err, "the message is too long") : post_send(&post, err);
    buffer_clear(&text);
    buffer_clear(&body);
    return result;
}

static int
webhook_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct webhook *webhook = state;

    return tell_result(webhook, host, result, webhook->link, send_message);
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "webhook",
    .summary = "Post the outcome as JSON, or to Slack, Mattermost, Discord or Teams",
    .state_size = sizeof(struct webhook),
    .options = options,
    .open = webhook_open,
    .flush = webhook_flush,
);
