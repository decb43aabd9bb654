/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the headers and the parts, and sends them. */
#include "email/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/memory.h"
#include "common/server.h"

enum { HEADER_LIMIT = 16 * 1024, DATE_SIZE = 64 };

/* In English, whatever the locale is. */
static void
add_date(struct buffer *out)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t now = time(NULL);
    struct tm date;

    gmtime_r(&now, &date);
    buffer_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000", days[date.tm_wday], date.tm_mday,
                  months[date.tm_mon], date.tm_year + 1900, date.tm_hour, date.tm_min, date.tm_sec);
}

static struct curl_slist *
add_header(struct curl_slist *headers, struct buffer *line)
{
    headers = curl_slist_append(headers, line->data);
    buffer_reset(line);
    return headers;
}

static struct curl_slist *
make_headers(const struct mail *mail)
{
    struct curl_slist *headers = NULL;
    struct buffer line;

    buffer_init(&line, HEADER_LIMIT);
    add_date(&line);
    headers = add_header(headers, &line);
    buffer_add_text(&line, "From: ");
    header_add_address(&line, mail->sender);
    headers = add_header(headers, &line);
    buffer_add_text(&line, "To: ");
    for (size_t i = 0; i < mail->recipients->count; i++) {
        buffer_add_text(&line, i > 0 ? ",\r\n " : "");
        header_add_address(&line, &mail->recipients->items[i]);
    }
    headers = add_header(headers, &line);
    buffer_add_text(&line, "Subject: ");
    header_add_text(&line, mail->subject);
    headers = add_header(headers, &line);
    buffer_printf(&line, "Message-ID: <%s@loads.invalid>", mail->id);
    headers = add_header(headers, &line);
    /* Out-of-office robots shall not answer. */
    buffer_add_text(&line, "Auto-Submitted: auto-generated");
    headers = add_header(headers, &line);
    buffer_clear(&line);
    return headers;
}

static int
add_attachment(curl_mime *mime, const char *path, struct err *err)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    const char *ending = strrchr(path, '.');
    struct stat status;

    if (stat(path, &status) != 0)
        return err_set(err, "cannot attach %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_size > MAIL_ATTACHMENT_LIMIT)
        return err_set(err, "cannot attach %s: not a file of at most %d bytes", path, MAIL_ATTACHMENT_LIMIT);
    if (curl_mime_filedata(part, path) != CURLE_OK)
        return err_set(err, "cannot attach %s: it cannot be read", path);
    curl_mime_type(part, ending != NULL && strcmp(ending, ".html") == 0 ? "text/html; charset=utf-8"
                                                                        : "application/octet-stream");
    curl_mime_encoder(part, "base64");
    return 0;
}

static int
add_parts(curl_mime *mime, const struct mail *mail, struct err *err)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    curl_mime_data(part, mail->text, CURL_ZERO_TERMINATED);
    curl_mime_type(part, "text/plain; charset=utf-8");
    curl_mime_encoder(part, "quoted-printable");
    return mail->attachment != NULL ? add_attachment(mime, mail->attachment, err) : 0;
}

static void
set_server(CURL *curl, const struct mail *mail)
{
    char *url = server_url(mail->security == MAIL_TLS ? "smtps" : "smtp", mail->host, mail->port);

    curl_easy_setopt(curl, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(mail->security == MAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (mail->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, mail->ca_file);
    if (mail->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, mail->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, mail->password);
    }
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAIL_TIMEOUT_S);
}

static int
perform(CURL *curl, struct err *err)
{
    char detail[CURL_ERROR_SIZE] = "";
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    return code == CURLE_OK ? 0 : err_set(err, "%s", detail[0] != '\0' ? detail : curl_easy_strerror(code));
}

int
mail_send(const struct mail *mail, struct err *err)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = make_headers(mail), *recipients = NULL;
    curl_mime *mime = curl_mime_init(curl);
    int failed = add_parts(mime, mail, err);

    for (size_t i = 0; i < mail->recipients->count; i++)
        recipients = curl_slist_append(recipients, mail->recipients->items[i].mailbox);
    set_server(curl, mail);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->sender->mailbox);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    if (failed == 0)
        failed = perform(curl, err);
    curl_easy_cleanup(curl);
    curl_mime_free(mime);
    curl_slist_free_all(headers);
    curl_slist_free_all(recipients);
    return failed;
}
