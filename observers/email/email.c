/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "email": mails the summary, and a report if asked. */
#include <loads/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "common/document.h"
#include "common/markdown.h"
#include "common/server.h"
#include "common/tell.h"
#include "email/mail.h"

enum { TEXT_LIMIT = 1024 * 1024, SUBJECT_LIMIT = 16 * 1024, ID_LIMIT = 200 };

struct email {
    const char *host, *sender, *recipients, *user, *password, *subject, *security, *ca_file, *attach, *link;
    int64_t port;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct email, host, .fallback = "localhost", .help = "The mail server's name or address"),
    LOADS_OPTION(struct email, port, .fallback = "25", .help = "Its port; often 587 for STARTTLS, 465 for TLS"),
    LOADS_OPTION(struct email, security, .fallback = "starttls",
                 .help = "starttls (required), tls (from the first byte) or none"),
    LOADS_OPTION(struct email, ca_file, .help = "Trust the authorities in this PEM file instead of the system's"),
    LOADS_OPTION(struct email, user, .help = "Log in as this user"),
    LOADS_OPTION(struct email, password, .flags = LOADS_SECRET, .help = "The user's password"),
    LOADS_OPTION(struct email, sender, .flags = LOADS_REQUIRED, .help = "From whom: bob@example.net or Bob <bob@example.net>"),
    LOADS_OPTION(struct email, recipients, .flags = LOADS_REQUIRED, .help = "To whom, with commas between them"),
    LOADS_OPTION(struct email, subject, .fallback = "Loads: {subject} {headline}",
                 .help = "The subject; names in braces are replaced"),
    LOADS_OPTION(struct email, attach, .help = "A file to attach at the end, such as the html output's"),
    LOADS_OPTION(struct email, link, .help = "The address of the report, for {link} and the end of the text"),
    { 0 }
};

static int
read_security(const char *word, enum mail_security *security, struct err *err)
{
    static const char *const words[] = { [MAIL_STARTTLS] = "starttls", [MAIL_TLS] = "tls", [MAIL_PLAIN] = "none" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            *security = (enum mail_security)i;
            return 0;
        }
    return err_set(err, "security: \"%s\" is none of starttls, tls and none", word);
}

/* Everything that is known of the mail before the run. */
struct envelope {
    struct address sender;
    struct addresses recipients;
    enum mail_security security;
};

static int
read_envelope(const struct email *email, struct envelope *envelope, struct err *err)
{
    if (address_read(&envelope->sender, slice_of(email->sender), err) != 0)
        return err_add(err, "sender");
    if (addresses_read(&envelope->recipients, email->recipients, err) != 0)
        return err_add(err, "recipients");
    if (server_check("host", email->host, email->port, err) != 0)
        return -1;
    if ((email->user == NULL) != (email->password == NULL))
        return err_set(err, "user and password: one without the other");
    if (template_check(email->subject, err) != 0)
        return err_add(err, "subject");
    return read_security(email->security, &envelope->security, err);
}

static int
email_open(void *state, const struct loads_host *host)
{
    struct envelope envelope;
    struct err err = { 0 };

    return read_envelope(state, &envelope, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

/* The values of a subject are encoded with all of it. */
static void
escape_nothing(struct buffer *out, struct slice text)
{
    buffer_add_slice(out, text);
}

/* Different for each moment of a run, and the same however often it is sent. */
static char *
message_id(const struct template_values *values)
{
    struct slice run_id = document_text(values->document, "run_id");
    int length = (int)(run_id.length < ID_LIMIT ? run_id.length : ID_LIMIT);
    char *id = xasprintf("%.*s-%d", length, run_id.length > 0 ? run_id.data : "", (int)values->moment);

    for (char *at = id; *at != '\0'; at++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '-'))
            *at = '-';
    return id;
}

static int
send_mail(const void *state, const struct template_values *values, struct err *err)
{
    const struct email *email = state;
    struct envelope envelope;
    struct buffer subject, text;
    char *id = message_id(values);
    int failed = read_envelope(email, &envelope, err);

    buffer_init(&subject, SUBJECT_LIMIT);
    buffer_init(&text, TEXT_LIMIT);
    template_expand(&subject, email->subject, values, escape_nothing);
    markdown_summary(&text, values->document);
    if (email->link != NULL)
        buffer_printf(&text, "\n%s\n", email->link);
    if (failed == 0)
        failed = mail_send(&(struct mail){ .host = email->host, .port = email->port, .security = envelope.security,
                                           .ca_file = email->ca_file, .user = email->user,
                                           .password = email->password, .sender = &envelope.sender,
                                           .recipients = &envelope.recipients,
                                           .subject = { subject.data, subject.length }, .id = id, .text = text.data,
                                           .attachment = values->moment == LOADS_AT_END ? email->attach : NULL },
                           err);
    buffer_clear(&subject);
    buffer_clear(&text);
    free(id);
    return failed;
}

static int
email_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct email *email = state;

    return tell_result(email, host, result, email->link, send_mail);
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "email",
    .summary = "Mail the summary of the run, and a report if asked",
    .state_size = sizeof(struct email),
    .options = options,
    .open = email_open,
    .flush = email_flush,
);
