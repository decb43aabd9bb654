/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "irc": tells channels how a run went. */
#include <loads/plugin.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "common/document.h"
#include "common/server.h"
#include "common/tell.h"
#include "irc/line.h"
#include "irc/talk.h"

enum { TEXT_LIMIT = 16 * 1024 };

struct irc {
    const char *server, *channel, *nickname, *account, *password, *template, *link, *ca_file;
    int64_t port;
    bool ssl, notice, colors;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct irc, server, .flags = LOADS_REQUIRED, .help = "The server's name or address"),
    LOADS_OPTION(struct irc, port, .fallback = "6697", .help = "Its port"),
    LOADS_OPTION(struct irc, ssl, .fallback = "yes", .help = "Speak TLS, and verify the server's certificate"),
    LOADS_OPTION(struct irc, ca_file, .help = "Trust the authorities in this PEM file instead of the system's"),
    LOADS_OPTION(struct irc, channel, .flags = LOADS_REQUIRED, .help = "The channels, with commas between them"),
    LOADS_OPTION(struct irc, nickname, .fallback = "loads", .help = "Who speaks; _ is added when it is in use"),
    LOADS_OPTION(struct irc, account, .help = "Log in to this account by SASL, with the password"),
    LOADS_OPTION(struct irc, password, .flags = LOADS_SECRET,
                 .help = "The password of the account, or of the server when there is no account"),
    LOADS_OPTION(struct irc, notice, .fallback = "no", .help = "Send a notice instead of a message"),
    LOADS_OPTION(struct irc, colors, .fallback = "yes", .help = "Green for what passed, red for the rest"),
    LOADS_OPTION(struct irc, template, .fallback = TEMPLATE_LINE, .help = "What to say; names in braces are replaced"),
    LOADS_OPTION(struct irc, link, .help = "The address of the report, for {link}"),
    { 0 }
};

/* ---- Channels. */

struct channels {
    char *text; /* cut into the names */
    const char *names[IRC_CHANNELS_LIMIT];
    size_t count;
};

static void
channels_clear(struct channels *channels)
{
    free(channels->text);
}

static int
channels_read(struct channels *channels, const char *list, struct err *err)
{
    char *rest;

    *channels = (struct channels){ .text = xstrdup(list) };
    rest = channels->text;
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        name += strspn(name, " ");
        name[strcspn(name, " ")] = '\0';
        if (!irc_channel_is_valid(name))
            err_set(err, "channel: \"%s\" is not a channel such as #builds", name);
        else if (channels->count == IRC_CHANNELS_LIMIT)
            err_set(err, "channel: more than %d channels", IRC_CHANNELS_LIMIT);
        else
            channels->names[channels->count++] = name;
    }
    if (err->text[0] == '\0')
        return 0;
    channels_clear(channels);
    return -1;
}

static int
irc_open(void *state, const struct loads_host *host)
{
    const struct irc *irc = state;
    struct channels channels;
    struct err err = { 0 };

    if (server_check("server", irc->server, irc->port, &err) != 0 || channels_read(&channels, irc->channel, &err) != 0)
        return host->fail(host, "%s", err.text);
    channels_clear(&channels);
    if (!irc_nickname_is_valid(irc->nickname))
        return host->fail(host, "nickname: \"%s\" is not a nickname", irc->nickname);
    if (irc->account != NULL && irc->password == NULL)
        return host->fail(host, "account: needs password");
    if (template_check(irc->template, &err) != 0)
        return host->fail(host, "template: %s", err.text);
    return 0;
}

/* ---- What is said. */

/* "[loads] Test Over. " and the rest underlined, as the original did; the verdict
 * gives the colour. */
static void
compose(const struct irc *irc, const struct template_values *values, struct buffer *out)
{
    static const char *const openings[] = { [LOADS_AT_END] = "Test Over.", [LOADS_AT_START] = "Test Started.",
                                            [LOADS_AT_BAD] = "Test Failing." };
    struct slice status = document_text(json_object_get(values->document, "verdict"), "status");
    bool is_good = values->moment == LOADS_AT_START || slice_equal(status, SLICE("pass"));
    struct buffer text;

    buffer_init(&text, TEXT_LIMIT);
    template_expand(&text, irc->template, values, template_escape_plain);
    buffer_printf(out, "[loads] %s ", openings[values->moment]);
    if (irc->colors)
        buffer_add_text(out, is_good ? "\x03" "03\x1f" : "\x03" "04\x1f");
    buffer_add_slice(out, utf8_prefix((struct slice){ text.data, text.length }, IRC_TEXT_LIMIT - out->length - 2));
    if (irc->colors)
        buffer_add_text(out, "\x1f\x03");
    buffer_clear(&text);
}

static int
tell(const void *state, const struct template_values *values, struct err *err)
{
    const struct irc *irc = state;
    struct endpoint endpoint = { .server = irc->server, .port = irc->port, .tls = irc->ssl,
                                 .ca_file = irc->ca_file };
    struct connection *connection;
    struct channels channels;
    struct buffer text;
    int failed = -1;

    if (channels_read(&channels, irc->channel, err) != 0)
        return -1;
    buffer_init(&text, TEXT_LIMIT);
    compose(irc, values, &text);
    connection = connection_open(&endpoint, clock_monotonic_ns() + IRC_DEADLINE_S * NS_PER_S, err);
    if (connection != NULL)
        failed = irc_talk(&(struct talk){ .nickname = irc->nickname, .password = irc->password,
                                          .account = irc->account, .channels = channels.names,
                                          .channel_count = channels.count, .is_notice = irc->notice,
                                          .text = text.data },
                          connection, err);
    connection_close(connection);
    buffer_clear(&text);
    channels_clear(&channels);
    return failed;
}

static int
irc_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct irc *irc = state;

    return tell_result(irc, host, result, irc->link, tell);
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "irc",
    .summary = "Tell IRC channels how the run went",
    .state_size = sizeof(struct irc),
    .options = options,
    .open = irc_open,
    .flush = irc_flush,
);
