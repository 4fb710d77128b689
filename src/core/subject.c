#include "core/subject.h"

#include <openssl/sha.h>

static const char hex_digits[] = "0123456789ABCDEF";

enum { HASH_MARK = 2 + 16 }; /* "=H" and the digits */

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
}

/* Width of @c in a token. */
static size_t width(char c)
{
    return plain(c) || c == '.' ? 1 : 3;
}

static void put(act_buf *out, act_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (plain(c)) {
            act_buf_add_byte(out, c);
        } else if (c == '.') {
            act_buf_add_byte(out, '_');
        } else {
            act_buf_add_byte(out, '=');
            act_buf_add_byte(out, hex_digits[(unsigned char)c >> 4]);
            act_buf_add_byte(out, hex_digits[(unsigned char)c & 15]);
        }
    }
}

void act_subject_token(act_buf *out, act_str text)
{
    if (text.len == 0) {
        act_buf_add_byte(out, '_');
        return;
    }
    /* How much fits, in whole escapes, and how much would with a hash behind it. */
    size_t total = 0, cut = 0;
    for (size_t i = 0; i < text.len && total <= ACT_SUBJECT_TOKEN_MAX; i++) {
        total += width(text.ptr[i]);
        if (total <= ACT_SUBJECT_TOKEN_MAX - HASH_MARK)
            cut = i + 1;
    }
    if (total <= ACT_SUBJECT_TOKEN_MAX) {
        put(out, text);
        return;
    }
    uint8_t digest[SHA256_DIGEST_LENGTH];
    (void)SHA256((const unsigned char *)text.ptr, text.len, digest); /* returns digest */
    put(out, act_str_head(text, cut));
    act_buf_add(out, ACT_STR("=H"));
    for (size_t i = 0; i < 8; i++) {
        act_buf_add_byte(out, hex_digits[digest[i] >> 4]);
        act_buf_add_byte(out, hex_digits[digest[i] & 15]);
    }
}

void act_subject_group_token(act_buf *out, act_str group)
{
    act_subject_token(out, group.len ? group : ACT_STR("core"));
}

static void dot(act_buf *out)
{
    act_buf_add_byte(out, '.');
}

static void put_tenant(act_buf *out, act_scope tenant)
{
    act_subject_token(out, act_scope_type_name(tenant.type));
    dot(out);
    act_subject_token(out, tenant.name);
}

static void put_group_kind(act_buf *out, act_str group, act_str kind)
{
    act_subject_group_token(out, group);
    act_buf_add_byte(out, '_');
    act_subject_token(out, kind);
}

void act_subject_of_event(act_buf *out, const act_subject_event *e)
{
    act_buf_add(out, ACT_STR("events."));
    put_tenant(out, e->tenant);
    dot(out);
    put_group_kind(out, e->group, e->kind);
    dot(out);
    act_subject_token(out, e->ns);
    dot(out);
    act_subject_token(out, e->name);
}

void act_subject_of_activity(act_buf *out, const act_subject_activity *a)
{
    act_buf_add(out, ACT_STR("activities."));
    put_tenant(out, a->tenant);
    dot(out);
    act_subject_group_token(out, a->group);
    dot(out);
    act_subject_token(out, a->origin);
    dot(out);
    act_subject_token(out, a->kind);
    dot(out);
    act_subject_token(out, a->ns);
    dot(out);
    act_subject_token(out, a->name);
}
