// OpenSSL's headers, and a function for each macro of theirs that Swift cannot import.
#pragma once
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static const uint64_t hub_ssl_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t hub_ssl_op_cipher_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t hub_ssl_op_prioritize_chacha = SSL_OP_PRIORITIZE_CHACHA;

static inline long hub_ssl_ctx_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }

static inline long hub_ssl_ctx_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int hub_ssl_ctx_set_minimum_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}

static inline int hub_ssl_ctx_set_maximum_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

// The length of the ticket keys that OpenSSL expects.
static inline long hub_ssl_ctx_ticket_key_length(SSL_CTX *context) {
    return SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0);
}

static inline int hub_ssl_ctx_set_ticket_keys(SSL_CTX *context, const void *keys, long length) {
    return (int)SSL_CTX_set_tlsext_ticket_keys(context, (void *)keys, length);
}

// Takes the certificate over where it returns 1.
static inline int hub_ssl_ctx_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

typedef int (*hub_ssl_server_name_function)(SSL *session, int *alert, void *owner);

static inline void hub_ssl_ctx_on_server_name(SSL_CTX *context, hub_ssl_server_name_function function, void *owner) {
    SSL_CTX_set_tlsext_servername_callback(context, function);
    SSL_CTX_set_tlsext_servername_arg(context, owner);
}

static inline int hub_ssl_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

static inline void hub_bio_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void hub_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

// The longest record that is written from now on, 512 to 16,384 bytes of text.
static inline void hub_ssl_set_longest_write(SSL *session, long count) { SSL_set_max_send_fragment(session, count); }
