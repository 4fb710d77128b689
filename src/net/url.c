#include "net/url.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int act_url_decode(act_arena *a, act_str s, bool plus, act_str *ret)
{
    size_t first = 0;
    while (first < s.len && s.ptr[first] != '%' && s.ptr[first] != '\0' &&
           !(plus && s.ptr[first] == '+'))
        first++;
    if (first == s.len) {
        *ret = s;
        return ACT_OK;
    }
    char *out = act_arena_bytes(a, s.len);
    if (!out)
        return ACT_ENOMEM;
    memcpy(out, s.ptr, first);
    size_t n = first;
    for (size_t i = first; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;
            if (low < 0)
                return ACT_EPARSE;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        if (c == '\0')
            return ACT_EPARSE;
        out[n++] = c;
    }
    *ret = act_str_from(out, n);
    return ACT_OK;
}

static size_t count_pieces(act_str s, char sep)
{
    size_t n = 0;
    while (s.len) {
        act_str piece;
        s = act_str_split(s, sep, &piece);
        n += piece.len > 0;
    }
    return n;
}

int act_url_segments(act_arena *a, act_str path, act_str **ret, size_t *ret_n)
{
    if (path.len == 0 || path.ptr[0] != '/')
        return ACT_EPARSE;
    size_t n = count_pieces(path, '/');
    if (n > ACT_URL_SEGMENTS_MAX)
        return ACT_ELIMIT;
    act_str *list = act_arena_make_n(a, act_str, n);
    if (!list)
        return ACT_ENOMEM;
    for (size_t i = 0; path.len;) {
        act_str piece;
        path = act_str_split(path, '/', &piece);
        int err = piece.len ? act_url_decode(a, piece, false, &list[i++]) : ACT_OK;
        if (err)
            return err;
    }
    *ret = list;
    *ret_n = n;
    return ACT_OK;
}

int act_url_query(act_arena *a, act_str query, act_url_param **ret, size_t *ret_n)
{
    size_t n = count_pieces(query, '&');
    if (n > ACT_URL_PARAMS_MAX)
        return ACT_ELIMIT;
    act_url_param *list = act_arena_make_n(a, act_url_param, n);
    if (!list)
        return ACT_ENOMEM;
    for (size_t i = 0; query.len;) {
        act_str piece, name;
        query = act_str_split(query, '&', &piece);
        if (piece.len == 0)
            continue;
        act_str value = act_str_split(piece, '=', &name);
        int err = act_url_decode(a, name, true, &list[i].name);
        if (!err)
            err = act_url_decode(a, value, true, &list[i].value);
        if (err)
            return err;
        i++;
    }
    *ret = list;
    *ret_n = n;
    return ACT_OK;
}

void act_url_encode(act_buf *out, act_str s)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
        if (plain) {
            act_buf_add_byte(out, (char)c);
        } else {
            act_buf_add_byte(out, '%');
            act_buf_add_byte(out, digits[c >> 4]);
            act_buf_add_byte(out, digits[c & 15]);
        }
    }
}
