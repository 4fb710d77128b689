/* URLs as Go reads them: parts, escapes, queries. */
#include "cel/url.h"

#include "cel/ip.h"

/* Where a byte stands decides whether it may appear unescaped. */
enum place { IN_PATH, IN_QUERY, IN_HOST, IN_ZONE, IN_USERINFO, IN_FRAGMENT };

static bool is_alnum(unsigned char c)
{
    unsigned char lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

static bool is_one_of(unsigned char c, const char *set)
{
    return c && strchr(set, c) != NULL;
}

/* Would Go escape this byte there? */
static bool needs_escape(unsigned char c, enum place place)
{
    if (is_alnum(c) || is_one_of(c, "-_.~"))
        return false;
    if (place == IN_HOST || place == IN_ZONE)
        return !is_one_of(c, "!$&'()*+,;=:[]<>\"");
    return place != IN_PATH || !is_one_of(c, "$&+,/:;=@");
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that an escape at the front of @s stands for, or -1. */
static int escaped_byte(act_str s)
{
    if (s.len < 3)
        return -1;
    int high = hex_value(s.ptr[1]), low = hex_value(s.ptr[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Hosts may escape bytes outside ASCII only; zones also what a host allows, and space. */
static bool escape_allowed(int byte, enum place place)
{
    if (place == IN_HOST)
        return byte >= 0x80 || byte == '%';
    if (place == IN_ZONE)
        return byte == '%' || byte == ' ' || !needs_escape((unsigned char)byte, IN_HOST);
    return true;
}

/* Resolve escapes; a view of @s when there is nothing to do. */
static int unescape(act_arena *a, act_str s, enum place place, act_str *ret)
{
    bool changes = false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '%') {
            int byte = escaped_byte(act_str_cut(s, i));
            if (byte < 0 || !escape_allowed(byte, place))
                return ACT_EPARSE;
            changes = true;
            i += 2;
        } else if (c == '+' && place == IN_QUERY) {
            changes = true;
        } else if ((place == IN_HOST || place == IN_ZONE) && c < 0x80 &&
                   needs_escape(c, place)) {
            return ACT_EPARSE;
        }
    }
    if (!changes) {
        *ret = s;
        return ACT_OK;
    }
    char *out = act_arena_bytes(a, s.len);
    if (!out)
        return ACT_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            c = (char)escaped_byte(act_str_cut(s, i));
            i += 2;
        } else if (c == '+' && place == IN_QUERY) {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret = (act_str){ out, n };
    return ACT_OK;
}

/* Does the path, as it is written, need no other encoding? */
static bool is_encoded_path(act_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (!is_one_of(c, "!'()*[]%") && needs_escape(c, IN_PATH))
            return false;
    }
    return true;
}

/* Keep what is encoded well, else resolve all escapes and set those that are needed. */
static int encode_path(act_arena *a, act_str raw, act_str *ret)
{
    act_str plain = { 0 };
    int err = unescape(a, raw, IN_PATH, &plain);
    if (err)
        return err;
    if (is_encoded_path(raw)) {
        *ret = raw;
        return ACT_OK;
    }
    char *out = act_arena_bytes(a, plain.len * 3);
    if (!out)
        return ACT_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < plain.len; i++) {
        unsigned char c = (unsigned char)plain.ptr[i];
        if (!needs_escape(c, IN_PATH)) {
            out[n++] = (char)c;
            continue;
        }
        static const char hex[] = "0123456789ABCDEF";
        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 15];
    }
    *ret = (act_str){ out, n };
    return ACT_OK;
}

/* "" or ':' and digits. */
static bool is_port(act_str s)
{
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len == 0 || s.ptr[0] == ':';
}

static bool is_userinfo(act_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (!is_alnum(c) && !is_one_of(c, "-._:~!$&'()*+,;=%@"))
            return false;
    }
    return true;
}

/* "[v6%25zone]:port": the zone has rules of its own, the rest is a host. */
static int parse_zoned_host(act_arena *a, act_str s, size_t zone, size_t bracket,
                            act_str *ret)
{
    act_str part[3] = { act_str_head(s, zone),
                        { s.ptr + zone, bracket - zone },
                        act_str_cut(s, bracket) };
    size_t len = 0;
    for (size_t i = 0; i < ACT_COUNT(part); i++) {
        int err = unescape(a, part[i], i == 1 ? IN_ZONE : IN_HOST, &part[i]);
        if (err)
            return err;
        len += part[i].len;
    }
    char *out = act_arena_bytes(a, len);
    if (!out)
        return ACT_ENOMEM;
    *ret = (act_str){ out, len };
    for (size_t i = 0; i < ACT_COUNT(part); i++) {
        memcpy(out, part[i].ptr, part[i].len);
        out += part[i].len;
    }
    return ACT_OK;
}

/* "[v6]:port", escapes resolved: only IPv6 addresses stand in brackets. */
static bool is_bracketed(act_str host)
{
    act_str inside = act_str_cut(act_str_head(host, act_str_rfind_byte(host, ']')), 1);
    size_t zone = act_str_find_byte(inside, '%');
    return cel_ip_is_v6(act_str_head(inside, zone)) &&
           (zone == SIZE_MAX || zone + 1 < inside.len);
}

static int parse_bracketed(act_arena *a, act_str s, act_str *ret)
{
    act_str host;
    size_t bracket = act_str_rfind_byte(s, ']');
    if (bracket == SIZE_MAX || !is_port(act_str_cut(s, bracket + 1)))
        return ACT_EPARSE;
    size_t zone = act_str_find(act_str_head(s, bracket), ACT_STR("%25"));
    int err = zone == SIZE_MAX ? unescape(a, s, IN_HOST, &host)
                               : parse_zoned_host(a, s, zone, bracket, &host);
    if (!err && !is_bracketed(host))
        err = ACT_EPARSE;
    if (!err)
        *ret = host;
    return err;
}

static int parse_host(act_arena *a, act_str s, act_str *ret)
{
    if (act_str_starts(s, ACT_STR("[")))
        return parse_bracketed(a, s, ret);
    size_t colon = act_str_rfind_byte(s, ':');
    if (colon != SIZE_MAX && !is_port(act_str_cut(s, colon)))
        return ACT_EPARSE;
    return unescape(a, s, IN_HOST, ret);
}

static int parse_authority(act_arena *a, act_str s, cel_url *u)
{
    size_t at = act_str_rfind_byte(s, '@');
    if (at != SIZE_MAX) {
        act_str ignored;
        u->has_userinfo = true;
        u->userinfo = act_str_head(s, at);
        if (!is_userinfo(u->userinfo))
            return ACT_EPARSE;
        int err = unescape(a, u->userinfo, IN_USERINFO, &ignored); /* escapes are sound? */
        if (err)
            return err;
        s = act_str_cut(s, at + 1);
    }
    return parse_host(a, s, &u->host);
}

/* Cut "scheme:" off *s. No scheme leaves all as it is; a leading ':' is an error. */
static int take_scheme(act_arena *a, act_str *s, act_str *ret)
{
    size_t n = 0;
    while (n < s->len && (is_alnum((unsigned char)s->ptr[n]) ||
                          is_one_of((unsigned char)s->ptr[n], "+-.")))
        n++;
    if (n == s->len || s->ptr[n] != ':')
        return ACT_OK;
    unsigned char first = (unsigned char)s->ptr[0];
    if (n == 0)
        return ACT_EPARSE;
    if (!is_alnum(first) || first <= '9')
        return ACT_OK;
    char *lower = act_arena_bytes(a, n);
    if (!lower)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        char c = s->ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    *ret = (act_str){ lower, n };
    *s = act_str_cut(*s, n + 1);
    return ACT_OK;
}

/* Do the two slashes at the front of @rest begin an authority? In a request, which has no
 * host of its own, "//x" is a path, and "///x" is one everywhere. */
static bool has_authority(act_str rest, bool scheme, bool request)
{
    return act_str_starts(rest, ACT_STR("//")) &&
           (scheme || (!request && !act_str_starts(rest, ACT_STR("///"))));
}

/* One pass over text without fragment. */
static int parse_reference(act_arena *a, act_str text, bool request, cel_url *ret)
{
    cel_url u = { 0 };
    act_str rest = text;
    if (act_str_eq(text, ACT_STR("*"))) { /* OPTIONS asks for it */
        *ret = (cel_url){ .path = text };
        return ACT_OK;
    }
    int err = take_scheme(a, &rest, &u.scheme);
    if (err)
        return err;
    size_t question = act_str_find_byte(rest, '?');
    if (question != SIZE_MAX) {
        u.has_query = true;
        u.query = act_str_cut(rest, question + 1);
        rest = act_str_head(rest, question);
    }
    if (!act_str_starts(rest, ACT_STR("/"))) {
        if (u.scheme.len == 0)
            return ACT_EPARSE;
        u.opaque = rest;
    } else {
        if (has_authority(rest, u.scheme.len > 0, request)) {
            act_str authority = act_str_cut(rest, 2);
            size_t slash = act_str_find_byte(authority, '/');
            rest = slash == SIZE_MAX ? ACT_STR("") : act_str_cut(authority, slash);
            err = parse_authority(a, act_str_head(authority, slash), &u);
        }
        if (!err)
            err = encode_path(a, rest, &u.path);
        if (err)
            return err;
    }
    *ret = u;
    return ACT_OK;
}

/* As a request line has it: the whole text, as if it had no fragment. */
static int parse_request(act_arena *a, act_str text, cel_url *ret)
{
    if (text.len > CEL_URL_TEXT_MAX)
        return ACT_ELIMIT;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return ACT_EPARSE;
    return parse_reference(a, text, true, ret);
}

int cel_url_check(act_arena *a, act_str text)
{
    cel_url u;
    return parse_request(a, text, &u);
}

int cel_url_parse(act_arena *a, act_str text, cel_url *ret)
{
    /* Kubernetes validates the text as that of a request, then reads it once more as what
     * it is: what only a fragment may hold is refused although a URL may have one. */
    cel_url u;
    int err = parse_request(a, text, &u);
    size_t hash = act_str_find_byte(text, '#');
    if (!err && (hash != SIZE_MAX || act_str_starts(text, ACT_STR("//"))))
        err = parse_reference(a, act_str_head(text, hash), false, &u);
    if (!err && hash != SIZE_MAX) {
        act_str ignored;
        u.fragment = act_str_cut(text, hash + 1);
        err = unescape(a, u.fragment, IN_FRAGMENT, &ignored);
    }
    if (!err)
        *ret = u;
    return err;
}

/* Offset of the port's ':' in a host, or its length. */
static size_t port_offset(act_str host)
{
    size_t colon = act_str_rfind_byte(host, ':');
    return colon != SIZE_MAX && is_port(act_str_cut(host, colon)) ? colon : host.len;
}

act_str cel_url_hostname(const cel_url *u)
{
    act_str name = act_str_head(u->host, port_offset(u->host));
    if (act_str_starts(name, ACT_STR("[")) && act_str_ends(name, ACT_STR("]")))
        name = act_str_cut(act_str_head(name, name.len - 1), 1);
    return name;
}

act_str cel_url_port(const cel_url *u)
{
    return act_str_cut(u->host, port_offset(u->host) + 1);
}

bool cel_url_next_pair(act_arena *a, act_str *query, act_str *retkey, act_str *retvalue,
                       int *err)
{
    *err = ACT_OK;
    while (query->len && !*err) {
        act_str pair, key;
        *query = act_str_split(*query, '&', &pair);
        if (pair.len == 0 || act_str_find_byte(pair, ';') != SIZE_MAX)
            continue;
        act_str value = act_str_split(pair, '=', &key);
        *err = unescape(a, key, IN_QUERY, &key);
        if (!*err)
            *err = unescape(a, value, IN_QUERY, &value);
        if (!*err) {
            *retkey = key;
            *retvalue = value;
            return true;
        }
        if (*err == ACT_EPARSE)
            *err = ACT_OK;
    }
    return false;
}

bool cel_url_equal(const cel_url *a, const cel_url *b)
{
    return a->has_userinfo == b->has_userinfo && a->has_query == b->has_query &&
           act_str_eq(a->scheme, b->scheme) && act_str_eq(a->opaque, b->opaque) &&
           act_str_eq(a->userinfo, b->userinfo) && act_str_eq(a->host, b->host) &&
           act_str_eq(a->path, b->path) && act_str_eq(a->query, b->query) &&
           act_str_eq(a->fragment, b->fragment);
}

/* A host as it must be written: its zone, '%' and what is not ASCII were resolved. In a
 * zone
 * ("[fe80::1%en0]") escapes of what is not ASCII would be refused, so it stands as it is.
 */
static void write_host(act_str host, act_buf *out)
{
    bool in_zone = false;
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.ptr[i];
        in_zone = in_zone || (c == '%' && host.ptr[0] == '[');
        if (needs_escape(c, IN_HOST) && !(in_zone && c >= 0x80))
            act_buf_printf(out, "%%%02X", c);
        else
            act_buf_add_byte(out, (char)c);
    }
}

void cel_url_write(const cel_url *u, act_buf *out)
{
    if (u->scheme.len) {
        act_buf_add(out, u->scheme);
        act_buf_add_byte(out, ':');
    }
    act_buf_add(out, u->opaque);
    /* "x:////p" and "//?q" have no host, but without the slashes "x://p" would be read with
     * one, and "?q" not at all. */
    if (u->has_userinfo || u->host.len ||
        (u->scheme.len ? act_str_starts(u->path, ACT_STR("//")) : u->path.len == 0))
        act_buf_add(out, ACT_STR("//"));
    if (u->has_userinfo) {
        act_buf_add(out, u->userinfo);
        act_buf_add_byte(out, '@');
    }
    write_host(u->host, out);
    act_buf_add(out, u->path);
    if (u->has_query) {
        act_buf_add_byte(out, '?');
        act_buf_add(out, u->query);
    }
    if (u->fragment.len) {
        act_buf_add_byte(out, '#');
        act_buf_add(out, u->fragment);
    }
}
