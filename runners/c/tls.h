/* SPDX-License-Identifier: Apache-2.0 */
/* TLS over whatever carries bytes, in steps that never wait. The only part that
 * knows OpenSSL; all of one `struct tls` belongs to one thread. */
#ifndef C_RUNNER_TLS_H
#define C_RUNNER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct tls;      /* whom all connections trust */
struct tls_link; /* one connection */

struct tls_settings {
    const char *ca_file; /* NULL: the system's; SSL_CERT_FILE and SSL_CERT_DIR change where that is */
    bool is_unverified;  /* any certificate is as good */
};

/* Texts in `settings` are borrowed; what is wrong with them the first link tells,
 * or tls_check. */
struct tls *tls_new(const struct tls_settings *settings);
int tls_check(struct tls *tls, struct err *err);
void tls_free(struct tls *tls); /* NULL is allowed; no link may be left */

/* One visitor's sessions, the last of each origin: its next connection there
 * need not shake hands at full length. Zero-initialise. */
enum { TLS_SESSIONS = 4 };
struct tls_sessions {
    struct tls_session {
        char *origin;
        void *session;
    } kept[TLS_SESSIONS];
    size_t oldest;
};

void tls_sessions_clear(struct tls_sessions *sessions);

enum tls_step {
    TLS_DONE,
    TLS_WANTS_READ,  /* again, when there is something to read */
    TLS_WANTS_WRITE, /* again, with the same arguments, when there is room */
    TLS_ENDED,       /* the other side has closed */
    TLS_FAILED,      /* err says why; only tls_link_free() is left to do */
};

/* How the bytes travel, as recv() and send() do it: 0 is the end, -1 comes with
 * errno, of which EAGAIN means: not now. */
struct tls_carrier {
    ssize_t (*receive)(void *context, void *data, size_t size);
    ssize_t (*send)(void *context, const void *data, size_t length);
    void *context;
};

/* `host` is a name or an address, without brackets. `sessions` (NULL: none) is
 * borrowed until tls_link_free. */
struct tls_link *tls_link_new(struct tls *tls, struct tls_sessions *sessions, struct tls_carrier carrier,
                              const char *host, const char *port, struct err *err);
/* Says goodbye if that takes no waiting. NULL is allowed. */
void tls_link_free(struct tls_link *link);

enum tls_step tls_link_handshake(struct tls_link *link, struct err *err);
/* *count is at least 1 when done. */
enum tls_step tls_link_read(struct tls_link *link, void *data, size_t size, size_t *count, struct err *err);
enum tls_step tls_link_write(struct tls_link *link, const void *data, size_t length, size_t *count,
                             struct err *err);

/* Whether there is nothing to tls_link_read, not even the end. What is no data (the
 * server hands out sessions when it likes) is taken in. */
bool tls_link_is_quiet(struct tls_link *link);

/* Whether the handshake was a short one. */
bool tls_link_is_resumed(const struct tls_link *link);

/* What WebSocket's handshake asks for: SHA-1 of the text, in base64. */
enum { TLS_SHA1_BASE64_SIZE = 29 };
void tls_sha1_base64(const char *text, char digest[static TLS_SHA1_BASE64_SIZE]);
/* `length` bytes as base64, 4 characters for 3 bytes, and a NUL. */
void tls_base64(const void *data, size_t length, char *text);

#endif
