// libcurl's setters and getters are variadic, which Swift cannot call: one function for each type of argument.
#pragma once
#include <curl/curl.h>

typedef size_t (*hub_curl_transfer_function)(char *bytes, size_t size, size_t count, void *owner);

static inline CURLcode hub_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode hub_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode hub_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode hub_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode hub_curl_set_function(CURL *easy, CURLoption option, hub_curl_transfer_function value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode hub_curl_set_open_socket(CURL *easy, curl_opensocket_callback value) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode hub_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLMcode hub_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode hub_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode hub_curl_multi_set_socket_function(CURLM *multi, curl_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

static inline CURLMcode hub_curl_multi_set_timer_function(CURLM *multi, curl_multi_timer_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}

// The result of a finished transfer sits in a union.
static inline CURLcode hub_curl_message_result(const CURLMsg *message) { return message->data.result; }

// Macros with a cast.
static const curl_socket_t hub_curl_socket_timeout = CURL_SOCKET_TIMEOUT;
static const curl_socket_t hub_curl_socket_bad = CURL_SOCKET_BAD;

// The address itself stands in the middle of libcurl's struct, behind a type that Swift imports as 16 bytes.
static inline const void *hub_curl_address(const struct curl_sockaddr *address) { return &address->addr; }
