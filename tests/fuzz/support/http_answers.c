#include "fuzz/support/http_answers.h"

#include <ctype.h>

#define CRLF ACT_STR("\r\n")

/* What is left of the text to read, and what was found wrong. */
typedef struct {
    act_str rest;
    const char *wrong; /* NULL so far */
    bool cut;          /* the text ended in the middle of something */
} reader;

static bool goes_on(const reader *r)
{
    return !r->wrong && !r->cut;
}

static act_str take(reader *r, size_t n)
{
    act_str taken = act_str_head(r->rest, n);
    r->cut = n > r->rest.len;
    r->rest = act_str_cut(r->rest, n);
    return taken;
}

static act_str take_line(reader *r)
{
    size_t at = act_str_find(r->rest, CRLF);
    r->cut = at == SIZE_MAX;
    if (r->cut)
        return (act_str){ 0 };
    act_str line = take(r, at);
    r->rest = act_str_cut(r->rest, CRLF.len);
    return line;
}

static void must(reader *r, bool claim, const char *wrong)
{
    if (!claim && !r->wrong)
        r->wrong = wrong;
}

static bool has_controls(act_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' && s.ptr[i] != '\t')
            return true;
    return false;
}

/* "HTTP/1.1 200 OK"; the status. */
static int read_status_line(reader *r)
{
    act_str line = take_line(r);
    uint64_t status = 0;
    if (r->cut)
        return 0;
    must(r,
         act_str_starts(line, ACT_STR("HTTP/1.1 ")) ||
             act_str_starts(line, ACT_STR("HTTP/1.0 ")),
         "a status line begins with the version");
    must(r, line.len >= 13 && line.ptr[12] == ' ', "a status line has status and reason");
    must(r, !has_controls(line), "a status line has no control characters");
    if (goes_on(r))
        must(r, act_str_to_u64(act_str_head(act_str_cut(line, 9), 3), &status) == 0,
             "a status is a number");
    return (int)status;
}

static bool is_token(act_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.ptr[i]) && !strchr("!#$%&'*+-.^_`|~", s.ptr[i]))
            return false;
    return s.len > 0;
}

typedef struct {
    bool chunked, has_length;
    uint64_t length;
} framing;

static framing read_headers(reader *r)
{
    framing f = { 0 };
    for (act_str line; goes_on(r) && (line = take_line(r)).len > 0;) {
        act_str name;
        act_str value = act_str_trim(act_str_split(line, ':', &name));
        must(r, is_token(name) && name.len < line.len, "a header is a name and a value");
        must(r, !has_controls(line), "a header has no control characters");
        if (act_str_eq_nocase(name, ACT_STR("Transfer-Encoding"))) {
            must(r, !f.chunked && act_str_eq_nocase(value, ACT_STR("chunked")),
                 "there is one transfer coding");
            f.chunked = true;
        } else if (act_str_eq_nocase(name, ACT_STR("Content-Length"))) {
            must(r, !f.has_length && act_str_to_u64(value, &f.length) == 0,
                 "there is one length");
            f.has_length = true;
        }
    }
    must(r, !f.chunked || !f.has_length, "a body has a length or chunks");
    return f;
}

static void read_chunks(reader *r)
{
    for (uint64_t size = 1; size > 0 && goes_on(r);) {
        act_str line = take_line(r);
        size = 0;
        must(r, r->cut || (line.len > 0 && line.len <= 8), "a chunk has a size");
        for (size_t i = 0; i < line.len && goes_on(r); i++) {
            must(r, isxdigit((unsigned char)line.ptr[i]), "a chunk's size is hexadecimal");
            int c = tolower((unsigned char)line.ptr[i]);
            size = size * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        if (goes_on(r))
            (void)take(r, size);
        if (goes_on(r))
            must(r, take_line(r).len == 0, "a chunk ends where it says");
    }
}

static void read_body(reader *r, int status, framing f)
{
    if (status < 200 || status == 204 || status == 304)
        return;
    if (f.chunked)
        read_chunks(r);
    else
        (void)take(r, f.has_length ? f.length : r->rest.len);
}

const char *http_answers_wrong(act_str text, bool to_head,
                               bool (*is_right)(void *ctx, int status), void *ctx)
{
    reader r = { .rest = text };
    while (r.rest.len > 0 && goes_on(&r)) {
        int status = read_status_line(&r);
        if (!goes_on(&r))
            break;
        must(&r, is_right(ctx, status), "a status that should not be");
        framing f = read_headers(&r);
        if (to_head)
            break;
        if (goes_on(&r))
            read_body(&r, status, f);
    }
    return r.wrong;
}
