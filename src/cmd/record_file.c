#include "cmd/record_file.h"

#include "base/buf.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 256 << 10, DEPTH_MAX = 200 };

typedef struct {
    const char *path;
    const act_record_sink *sink;
    gzFile file;
    act_buf text; /* what is read and not yet used */
    size_t start; /* where the unused part begins */
    bool at_end;
    uint64_t line;
    act_json_parser *parser;
    act_arena *arena;
    act_err *reterr;
} reader;

/* ---- bytes ------------------------------------------------------------------------- */

/* Read one more chunk behind the unused part. */
static int read_more(reader *r)
{
    if (r->start > 0) {
        memmove(r->text.ptr, r->text.ptr + r->start, r->text.len - r->start);
        r->text.len -= r->start;
        r->start = 0;
    }
    char *room = act_buf_reserve(&r->text, CHUNK);
    if (!room)
        return act_buf_err(&r->text);
    int n = gzread(r->file, room, CHUNK), code = Z_OK;
    const char *why = n > 0 ? "" : gzerror(r->file, &code);
    if (n == 0 && code == Z_BUF_ERROR)
        return act_fail(r->reterr, ACT_EIO, "%s: the end of the compressed file is missing",
                        r->path);
    if (n < 0)
        return act_fail(r->reterr, ACT_EIO, "%s: %s", r->path,
                        code == Z_ERRNO ? strerror(errno) : why);
    r->text.len += (size_t)n;
    r->at_end = n == 0;
    if (r->sink->progress)
        r->sink->progress(r->sink->ctx, (uint64_t)gzoffset64(r->file));
    return 0;
}

static act_str unused(const reader *r)
{
    return act_str_cut(act_buf_str(&r->text), r->start);
}

/* The next line without its end, in *ret; ACT_EAGAIN at the end of the file. A line past
 * the limit is told and skipped. */
static int next_line(reader *r, act_str *ret)
{
    bool skipping = false;
    size_t looked_at = 0;
    for (;;) {
        act_str rest = unused(r);
        size_t end = act_str_find_byte(act_str_cut(rest, looked_at), '\n');
        bool whole = end != SIZE_MAX || r->at_end;
        size_t len = end != SIZE_MAX ? looked_at + end : rest.len;
        if (whole && rest.len == 0)
            return ACT_EAGAIN;
        if (whole) {
            r->start += end != SIZE_MAX ? len + 1 : len;
            r->line++;
            looked_at = 0;
            if (skipping) {
                skipping = false;
                r->sink->unreadable(r->sink->ctx, r->line, "the line is too long");
                continue;
            }
            *ret = act_str_head(rest, len);
            return 0;
        }
        skipping = skipping || rest.len > ACT_RECORD_LINE_MAX;
        if (skipping)
            r->start = r->text.len;
        looked_at = skipping ? 0 : rest.len;
        int e = read_more(r);
        if (e)
            return e;
    }
}

/* ---- records ----------------------------------------------------------------------- */

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

/* The form that an apiVersion names; false when it is none of ours. */
static bool form_of(act_str api_version, enum act_record_form *ret)
{
    if (act_str_eq(api_version, ACT_STR("audit.k8s.io/v1")))
        *ret = ACT_FORM_AUDIT;
    else if (act_str_eq(api_version, ACT_STR("v1")))
        *ret = ACT_FORM_CORE_EVENT;
    else if (act_str_eq(api_version, ACT_STR("events.k8s.io/v1")))
        *ret = ACT_FORM_EVENT;
    else
        return false;
    return true;
}

static int give_record(const reader *r, const act_json *v, act_str list_version)
{
    if (r->sink->object)
        return r->sink->object(r->sink->ctx, r->line, v);
    act_str version = text_of(v, "apiVersion");
    act_str kind = text_of(v, "kind");
    enum act_record_form form;
    if (v->type != ACT_JSON_OBJECT || (kind.len > 0 && !act_str_eq_cstr(kind, "Event")) ||
        !form_of(version.len > 0 ? version : list_version, &form)) {
        r->sink->unreadable(r->sink->ctx, r->line,
                            "not an audit.k8s.io/v1, v1 or events.k8s.io/v1 Event");
        return 0;
    }
    return r->sink->record(r->sink->ctx, form, v->raw);
}

/* A record, or a list of records. */
static int give_value(const reader *r, const act_json *v)
{
    act_str kind = text_of(v, "kind");
    const act_json *items = act_json_get(v, ACT_STR("items"));
    bool list = act_str_eq_cstr(kind, "EventList") || act_str_eq_cstr(kind, "List") ||
                (r->sink->object && act_str_ends(kind, ACT_STR("List")));
    if (!list || !items)
        return give_record(r, v, (act_str){ 0 });
    act_str version =
        act_str_eq_cstr(kind, "List") ? (act_str){ 0 } : text_of(v, "apiVersion");
    size_t n;
    const act_json *item = act_json_items(items, &n);
    int e = 0;
    for (size_t i = 0; i < n && !e; i++)
        e = give_record(r, &item[i], version);
    return e;
}

static bool is_blank(act_str line)
{
    return act_str_trim(line).len == 0;
}

/* One line; what is no JSON is told, not fatal. */
static int give_line(const reader *r, act_str line)
{
    const act_json *v = NULL;
    act_err why = ACT_ERR_INIT;
    act_arena_reset(r->arena);
    int e = act_json_parse(r->parser, r->arena, line, 0, &v, &why);
    if (e == ACT_ENOMEM)
        return e;
    if (e) {
        r->sink->unreadable(r->sink->ctx, r->line, why.text);
        return 0;
    }
    return give_value(r, v);
}

static int read_lines(reader *r, act_str first)
{
    act_str line = first;
    int e = 0;
    while (!e) {
        if (!is_blank(line))
            e = give_line(r, line);
        if (!e)
            e = next_line(r, &line);
    }
    return e == ACT_EAGAIN ? 0 : e;
}

/* The whole file, of which nothing is used yet. */
static int read_document(reader *r)
{
    int e = 0;
    while (!e && !r->at_end && r->text.len <= ACT_RECORD_DOCUMENT_MAX)
        e = read_more(r);
    if (!e && r->text.len > ACT_RECORD_DOCUMENT_MAX)
        return act_fail(r->reterr, ACT_ELIMIT,
                        "%s: neither JSON lines nor a document below %d MiB", r->path,
                        ACT_RECORD_DOCUMENT_MAX >> 20);
    if (e)
        return e;
    const act_json *v = NULL;
    act_err why = ACT_ERR_INIT;
    e = act_json_parse(r->parser, r->arena, unused(r), 0, &v, &why);
    if (e)
        return act_fail(r->reterr, e, "%s: %s", r->path, why.text);
    return give_value(r, v);
}

/* Is @line a JSON value by itself? */
static bool is_json(const reader *r, act_str line)
{
    const act_json *v = NULL;
    act_arena_reset(r->arena);
    return act_json_parse(r->parser, r->arena, line, 0, &v, NULL) == 0 &&
           v->type == ACT_JSON_OBJECT;
}

static int read_all(reader *r)
{
    act_str first;
    int e;
    do {
        e = next_line(r, &first);
    } while (!e && is_blank(first));
    if (e)
        return e == ACT_EAGAIN ? 0 : e;
    if (is_json(r, first))
        return read_lines(r, first);
    r->start = (size_t)(first.ptr - r->text.ptr);
    r->line = 0;
    return read_document(r);
}

static int open_reader(reader *r)
{
    act_json_limits limits = { .max_bytes = ACT_RECORD_DOCUMENT_MAX,
                               .max_depth = DEPTH_MAX };
    bool input = strcmp(r->path, "-") == 0;
    r->file = input ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen64(r->path, "rb");
    if (!r->file)
        return act_fail(r->reterr, errno == ENOENT ? ACT_ENOTFOUND : ACT_EIO, "%s: %s",
                        r->path, strerror(errno));
    int e = act_json_parser_new(limits, &r->parser);
    return e ? e : act_arena_new(SIZE_MAX, 1 << 20, &r->arena);
}

int act_record_file_read(const char *path, const act_record_sink *sink, act_err *reterr)
{
    reader r = { .path = path, .sink = sink, .reterr = reterr };
    int e = open_reader(&r);
    if (!e)
        e = read_all(&r);
    act_json_parser_free(r.parser);
    act_arena_free(r.arena);
    act_buf_done(&r.text);
    if (r.file)
        (void)gzclose(r.file);
    return e;
}
