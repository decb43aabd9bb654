/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by OpenSSL. Certificates and names are checked unless the settings say
 * otherwise. */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/memory.h"

struct tls {
    struct tls_settings settings;
    SSL_CTX *context;   /* both are NULL until they are needed */
    BIO_METHOD *method; /* of the carriers */
};

struct tls_link {
    SSL *ssl;
    struct tls_carrier carrier;
    bool is_at_end; /* of what the carrier receives */
    struct tls_sessions *sessions;
    char *origin;
    bool is_broken;
};

/* ---- Errors ---- */

static int
set_reason(struct err *err, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_reason_error_string(code);

    ERR_clear_error();
    return err_set(err, "%s: %s", what, reason != NULL ? reason : "OpenSSL does not say why");
}

/* ---- Sessions ---- */

static void
session_clear(struct tls_session *session)
{
    free(session->origin);
    SSL_SESSION_free(session->session);
    *session = (struct tls_session){ 0 };
}

void
tls_sessions_clear(struct tls_sessions *sessions)
{
    for (size_t i = 0; i < TLS_SESSIONS; i++)
        session_clear(&sessions->kept[i]);
    sessions->oldest = 0;
}

static struct tls_session *
find_session(struct tls_sessions *sessions, const char *origin)
{
    for (size_t i = 0; i < TLS_SESSIONS; i++) {
        if (sessions->kept[i].origin != NULL && strcmp(sessions->kept[i].origin, origin) == 0)
            return &sessions->kept[i];
    }
    return NULL;
}

/* Called by OpenSSL when the server hands out a session; 1: we keep it. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_link *link = SSL_get_app_data(ssl);
    struct tls_sessions *sessions = link->sessions;
    struct tls_session *kept;

    if (sessions == NULL)
        return 0;
    kept = find_session(sessions, link->origin);
    if (kept == NULL) {
        kept = &sessions->kept[sessions->oldest];
        sessions->oldest = (sessions->oldest + 1) % TLS_SESSIONS;
    }
    session_clear(kept);
    *kept = (struct tls_session){ .origin = xstrdup(link->origin), .session = session };
    return 1;
}

/* ---- The carrier, as OpenSSL wants it ---- */

static int
on_read(BIO *bio, char *data, size_t size, size_t *count)
{
    struct tls_link *link = BIO_get_data(bio);
    ssize_t got = link->carrier.receive(link->carrier.context, data, size);

    BIO_clear_retry_flags(bio);
    if (got > 0) {
        *count = (size_t)got;
        return 1;
    }
    link->is_at_end = got == 0;
    if (got < 0 && errno == EAGAIN)
        BIO_set_retry_read(bio);
    return 0;
}

static int
on_write(BIO *bio, const char *data, size_t length, size_t *count)
{
    struct tls_link *link = BIO_get_data(bio);
    ssize_t put = link->carrier.send(link->carrier.context, data, length);

    BIO_clear_retry_flags(bio);
    if (put >= 0) {
        *count = (size_t)put;
        return 1;
    }
    if (errno == EAGAIN)
        BIO_set_retry_write(bio);
    return 0;
}

static long
on_control(BIO *bio, int command, long number, void *argument)
{
    const struct tls_link *link = BIO_get_data(bio);

    (void)number, (void)argument;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return link->is_at_end;
    default: return 0;
    }
}

static BIO_METHOD *
make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "carrier");

    if (method == NULL)
        return NULL;
    BIO_meth_set_read_ex(method, on_read);
    BIO_meth_set_write_ex(method, on_write);
    BIO_meth_set_ctrl(method, on_control);
    return method;
}

/* ---- What connections share ---- */

static int
load_trust(SSL_CTX *context, const struct tls_settings *settings, struct err *err)
{
    if (settings->is_unverified)
        return 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (settings->ca_file == NULL) {
        if (SSL_CTX_set_default_verify_paths(context) != 1)
            return set_reason(err, "cannot load the system's certificates");
    } else if (SSL_CTX_load_verify_locations(context, settings->ca_file, NULL) != 1) {
        ERR_clear_error();
        return err_set(err, "cannot read certificates from %s", settings->ca_file);
    }
    return 0;
}

/* Made when the first connection needs it: reading the system's certificates
 * takes a while. */
static int
make_context(struct tls *tls, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (tls->method == NULL)
        tls->method = make_method();
    if (context == NULL || tls->method == NULL) {
        SSL_CTX_free(context);
        return set_reason(err, "cannot start OpenSSL");
    }
    if (load_trust(context, &tls->settings, err) < 0) {
        SSL_CTX_free(context);
        return -1;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* Many servers close without TLS's goodbye. Whether something is missing is
     * seen by the protocol above, which knows its lengths. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* One call for what came, not one for each record's head and one for the rest. */
    SSL_CTX_set_read_ahead(context, 1);
    /* Thousands of idle connections need no buffers. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_session);
    tls->context = context;
    return 0;
}

struct tls *
tls_new(const struct tls_settings *settings)
{
    struct tls *tls = xcalloc(1, sizeof *tls);

    tls->settings = *settings;
    return tls;
}

int
tls_check(struct tls *tls, struct err *err)
{
    return tls->context != NULL ? 0 : make_context(tls, err);
}

void
tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->method);
    free(tls);
}

/* ---- One connection ---- */

static bool
is_address(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Whom we want to talk to: told to the server, and looked for in its certificate. */
static bool
set_host(SSL *ssl, const char *host)
{
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool
set_carrier(struct tls_link *link, const BIO_METHOD *method)
{
    BIO *bio = BIO_new(method);

    if (bio == NULL)
        return false;
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio); /* it takes both */
    return true;
}

struct tls_link *
tls_link_new(struct tls *tls, struct tls_sessions *sessions, struct tls_carrier carrier, const char *host,
             const char *port, struct err *err)
{
    static const unsigned char protocols[] = "\x08http/1.1";
    struct tls_link *link;
    struct tls_session *session;

    if (tls_check(tls, err) < 0)
        return NULL;
    link = xcalloc(1, sizeof *link);
    link->carrier = carrier;
    link->origin = xasprintf("%s %s", host, port);
    link->sessions = sessions;
    link->ssl = SSL_new(tls->context);
    /* The last of these returns 0 for success. */
    if (link->ssl == NULL || !set_carrier(link, tls->method) || !set_host(link->ssl, host) ||
        SSL_set_alpn_protos(link->ssl, protocols, sizeof protocols - 1) != 0) {
        set_reason(err, "cannot prepare TLS");
        link->is_broken = true;
        tls_link_free(link);
        return NULL;
    }
    SSL_set_app_data(link->ssl, link);
    SSL_set_connect_state(link->ssl);
    session = sessions != NULL ? find_session(sessions, link->origin) : NULL;
    if (session != NULL)
        SSL_set_session(link->ssl, session->session);
    return link;
}

void
tls_link_free(struct tls_link *link)
{
    if (link == NULL)
        return;
    if (link->ssl != NULL && !link->is_broken && !SSL_in_init(link->ssl)) {
        SSL_shutdown(link->ssl);
        ERR_clear_error();
    }
    SSL_free(link->ssl);
    free(link->origin);
    free(link);
}

static void
explain(const struct tls_link *link, int system_error, struct err *err)
{
    long verdict = SSL_get_verify_result(link->ssl);

    if (SSL_in_init(link->ssl) && verdict != X509_V_OK)
        err_set(err, "the certificate is not valid: %s", X509_verify_cert_error_string(verdict));
    else if (system_error != 0)
        err_set(err, "TLS: %s", strerror(system_error));
    else if (ERR_peek_error() == 0)
        err_set(err, "TLS: the other side closed in the middle");
    else
        set_reason(err, "TLS");
    ERR_clear_error();
}

/* What OpenSSL's answer means. */
static enum tls_step
step_of(struct tls_link *link, int result, struct err *err)
{
    int system_error = errno;
    int code;

    if (result > 0)
        return TLS_DONE;
    code = SSL_get_error(link->ssl, result);
    switch (code) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        if (!SSL_in_init(link->ssl))
            return TLS_ENDED;
    }
    link->is_broken = true;
    explain(link, code == SSL_ERROR_SYSCALL ? system_error : 0, err);
    return TLS_FAILED;
}

/* OpenSSL wants no call after one that failed. */
static bool
begin(const struct tls_link *link, struct err *err)
{
    if (link->is_broken) {
        err_set(err, "TLS: the connection is broken");
        return false;
    }
    ERR_clear_error();
    errno = 0;
    return true;
}

enum tls_step
tls_link_handshake(struct tls_link *link, struct err *err)
{
    return begin(link, err) ? step_of(link, SSL_do_handshake(link->ssl), err) : TLS_FAILED;
}

enum tls_step
tls_link_read(struct tls_link *link, void *data, size_t size, size_t *count, struct err *err)
{
    return begin(link, err) ? step_of(link, SSL_read_ex(link->ssl, data, size, count), err) : TLS_FAILED;
}

enum tls_step
tls_link_write(struct tls_link *link, const void *data, size_t length, size_t *count, struct err *err)
{
    return begin(link, err) ? step_of(link, SSL_write_ex(link->ssl, data, length, count), err) : TLS_FAILED;
}

bool
tls_link_is_quiet(struct tls_link *link)
{
    size_t count;
    char byte;

    return begin(link, NULL) && step_of(link, SSL_peek_ex(link->ssl, &byte, 1, &count), NULL) == TLS_WANTS_READ;
}

bool
tls_link_is_resumed(const struct tls_link *link)
{
    return SSL_session_reused(link->ssl) == 1;
}

/* ---- For WebSocket's handshake ---- */

void
tls_base64(const void *data, size_t length, char *text)
{
    EVP_EncodeBlock((unsigned char *)text, data, (int)length);
}

void
tls_sha1_base64(const char *text, char digest[static TLS_SHA1_BASE64_SIZE])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    /* Where a policy forbids SHA-1 nothing is computed, and no answer is right. */
    if (EVP_Digest(text, strlen(text), sum, &length, EVP_sha1(), NULL) != 1)
        length = 0;
    tls_base64(sum, length, digest);
}
