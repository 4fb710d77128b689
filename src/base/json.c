#include "base/json.h"

#include "base/alloc.h"
#include "base/json_index.h"
#include "base/json_object.h"
#include "base/json_text.h"

#include <stdarg.h>

enum {
    DEFAULT_MAX_BYTES = 3 << 20,
    DEFAULT_MAX_DEPTH = 128,
    SCRATCH_FIRST = 128,    /* members */
    SCRATCH_KEEP = 1 << 14, /* 1 MiB; more is given back after the parse that needed it */
};

/* An open array or object. Its own slot is the one before @base. */
struct frame {
    uint32_t base;
    bool object;
};

/* Nodes grow on a stack, because the number of a container's elements is known only at its
 * end; there they are copied to the arena in one piece and their slots are free again:
 *
 *   {"a":1,"b":[true,false]}     [ {..} | a:1 | b:[..] | true | false |      ]
 *                                  slot   base of {}     base of []    ^ top
 */
struct act_json_parser {
    act_json_limits limits;
    act_json_index *index;
    act_json_member *scratch;
    size_t scratch_size;
    struct frame *frame; /* limits.max_depth of them */
    int touch_err;
};

/* One parse. What the inner loop changes is in the cursor, which never leaves its
 * registers; all else is here. */
struct run {
    act_json_parser *p;
    act_arena *a;
    act_str text;
    size_t fail_at;
    const char *fail_text;
};

struct cursor {
    const uint32_t *next; /* of the index: the tokens not yet read */
    const uint32_t *end;
    const char *escape; /* first backslash not before the last string, or the text's end */
    size_t top;         /* slots of the scratch in use */
    size_t depth;       /* frames in use */
};

int act_json_parser_new(act_json_limits limits, act_json_parser **ret)
{
    if (limits.max_bytes == 0)
        limits.max_bytes = DEFAULT_MAX_BYTES;
    if (limits.max_bytes > ACT_JSON_INDEX_MAX_BYTES)
        limits.max_bytes = ACT_JSON_INDEX_MAX_BYTES;
    if (limits.max_depth == 0)
        limits.max_depth = DEFAULT_MAX_DEPTH;
    if (limits.lazy_above == 0)
        limits.lazy_above = SIZE_MAX;

    act_json_parser *p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    p->limits = limits;
    p->frame = act_zalloc(limits.max_depth, sizeof *p->frame);
    int err = p->frame ? act_json_index_new(&p->index) : ACT_ENOMEM;
    if (err) {
        act_json_parser_free(p);
        return err;
    }
    *ret = p;
    return ACT_OK;
}

void act_json_parser_free(act_json_parser *p)
{
    if (!p)
        return;
    act_json_index_free(p->index);
    act_dealloc(p->frame);
    act_dealloc(p->scratch);
    act_dealloc(p);
}

int act_json_parser_err(const act_json_parser *p)
{
    return p->touch_err;
}

/* Not inlined, so that the hot path carries none of it. */
static __attribute__((noinline, cold)) int fail(struct run *r, int err, size_t at,
                                                const char *text)
{
    r->fail_at = at;
    r->fail_text = text;
    return err;
}

static __attribute__((noinline, cold)) int fail_end(struct run *r)
{
    return fail(r, ACT_EPARSE, r->text.len, "unexpected end");
}

static __attribute__((noinline)) int grow_scratch(struct run *r)
{
    act_json_parser *p = r->p;
    size_t size = p->scratch_size ? p->scratch_size * 2 : SCRATCH_FIRST;
    /* What cannot be copied to the arena in the end need not be collected first. */
    if (p->scratch_size > act_arena_room(r->a) / sizeof(act_json))
        return ACT_ENOMEM;
    act_json_member *moved = act_realloc(p->scratch, size * sizeof *moved);
    if (!moved)
        return ACT_ENOMEM;
    p->scratch = moved;
    p->scratch_size = size;
    return ACT_OK;
}

static __attribute__((noinline)) int read_escaped(struct run *r, const char *body,
                                                  const char *end, act_str *ret)
{
    act_str text = act_str_from(body, (size_t)(end - body));
    char *out = act_arena_bytes(r->a, text.len);
    size_t bad = 0;
    if (!out)
        return ACT_ENOMEM;
    size_t len = act_json_unescape(text, out, &bad);
    if (len == SIZE_MAX)
        return fail(r, ACT_EPARSE, (size_t)(body - r->text.ptr) + bad, "invalid escape");
    *ret = act_str_from(out, len);
    return ACT_OK;
}

static const char *find_escape(struct run *r, const char *from)
{
    const char *end = r->text.ptr + r->text.len;
    const char *at = from < end ? memchr(from, '\\', (size_t)(end - from)) : NULL;
    return at ? at : end;
}

/* The string whose opening quote is at @at: its closing quote is the last byte but space
 * before the next token, so it need not be searched for. @ret_end is behind that quote. */
static inline __attribute__((always_inline)) int
read_string(struct run *r, struct cursor *c, size_t at, act_str *ret, size_t *ret_end)
{
    const char *text = r->text.ptr, *body = text + at + 1;
    const char *end = text + *c->next - 1;
    while (act_json_is_space(*end))
        end--;
    if (ACT_UNLIKELY(*end != '"' || end < body))
        return fail(r, ACT_EPARSE, at, "string without an end");
    *ret_end = (size_t)(end - text) + 1;
    *ret = act_str_from(body, (size_t)(end - body));
    if (ACT_LIKELY(c->escape > end))
        return ACT_OK;
    if (c->escape < body) /* left behind by a lazy subtree */
        c->escape = find_escape(r, body);
    if (c->escape > end)
        return ACT_OK;
    int err = read_escaped(r, body, end, ret);
    c->escape = find_escape(r, end);
    return err;
}

/* true, false, null or a number. */
static inline __attribute__((always_inline)) int read_scalar(struct run *r, size_t at,
                                                             act_json *v)
{
    act_str rest = act_str_cut(r->text, at);
    switch (rest.ptr[0]) {
    case 't':
        if (!act_str_starts(rest, ACT_STR("true")))
            return fail(r, ACT_EPARSE, at, "expected a value");
        v->type = ACT_JSON_BOOL;
        v->as.boolean = true;
        v->raw = act_str_head(rest, 4);
        break;
    case 'f':
        if (!act_str_starts(rest, ACT_STR("false")))
            return fail(r, ACT_EPARSE, at, "expected a value");
        v->type = ACT_JSON_BOOL;
        v->as.boolean = false;
        v->raw = act_str_head(rest, 5);
        break;
    case 'n':
        if (!act_str_starts(rest, ACT_STR("null")))
            return fail(r, ACT_EPARSE, at, "expected a value");
        v->type = ACT_JSON_NULL;
        v->as.u64 = 0;
        v->raw = act_str_head(rest, 4);
        break;
    default: {
        int err = act_json_read_number(rest, v);
        if (err == ACT_ELIMIT)
            return fail(r, ACT_EPARSE, at, "number out of range");
        if (err)
            return fail(r, ACT_EPARSE, at, "expected a value");
    }
    }
    /* The index has only the first byte of a run, so its end is checked here. */
    if (v->raw.len < rest.len) {
        char behind = rest.ptr[v->raw.len];
        if (behind != ',' && behind != '}' && behind != ']' && !act_json_is_space(behind))
            return fail(r, ACT_EPARSE, at + v->raw.len, "unexpected character");
    }
    return ACT_OK;
}

/* Move *next behind the bracket that closes the container in which it is. */
static int skip_container(struct run *r, const struct cursor *c, const uint32_t **next)
{
    static const int8_t step[256] = { ['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1 };
    const int64_t limit = (int64_t)r->p->limits.max_depth - (int64_t)c->depth;
    int64_t level = 1;
    for (const uint32_t *at = *next; at < c->end;) {
        level += step[(unsigned char)r->text.ptr[*at++]];
        if (level == 0) {
            *next = at;
            return ACT_OK;
        }
        if (level > limit)
            return fail(r, ACT_ELIMIT, at[-1], "nested too deeply");
    }
    return fail_end(r);
}

/* Below the top level, leave a container unparsed when it is long; *done says so. */
static int try_lazy(struct run *r, struct cursor *c, size_t at, act_json *v, bool *done)
{
    const uint32_t *next = c->next;
    int err = skip_container(r, c, &next);
    if (err)
        return err;
    size_t len = (size_t)next[-1] + 1 - at;
    if (len <= r->p->limits.lazy_above)
        return ACT_OK;
    v->lazy = true;
    v->raw = act_str_from(r->text.ptr + at, len);
    v->as.later.parser = r->p;
    v->as.later.arena = r->a;
    c->next = next;
    *done = true;
    return ACT_OK;
}

/* The bracket at @at: *opened unless the container is complete (empty or lazy). */
static inline __attribute__((always_inline)) int
read_open(struct run *r, struct cursor *c, size_t at, act_json *v, bool *opened)
{
    bool object = r->text.ptr[at] == '{', done = false;
    if (ACT_UNLIKELY(c->depth == r->p->limits.max_depth))
        return fail(r, ACT_ELIMIT, at, "nested too deeply");
    v->type = object ? ACT_JSON_OBJECT : ACT_JSON_ARRAY;
    v->count = 0;
    v->raw.ptr = r->text.ptr + at;
    v->as.items = NULL;
    if (c->next == c->end)
        return fail_end(r);
    if (r->text.ptr[*c->next] == (object ? '}' : ']')) {
        v->raw.len = *c->next++ + 1 - at;
        return ACT_OK;
    }
    if (c->depth == 1 && r->p->limits.lazy_above < r->text.len - at) {
        int err = try_lazy(r, c, at, v, &done);
        if (err || done)
            return err;
    }
    r->p->frame[c->depth++] = (struct frame){ (uint32_t)c->top, object };
    *opened = true;
    return ACT_OK;
}

/* The value in the slot on top. */
static inline __attribute__((always_inline)) int read_value(struct run *r, struct cursor *c,
                                                            bool *opened)
{
    act_json *v = &r->p->scratch[c->top - 1].value;
    if (c->next == c->end)
        return fail_end(r);
    size_t at = *c->next++, end = at;
    char first = r->text.ptr[at];
    v->lazy = v->indexed = 0;
    if (first == '"') {
        int err = read_string(r, c, at, &v->as.string, &end);
        v->type = ACT_JSON_STRING;
        v->count = 0;
        v->raw = act_str_from(r->text.ptr + at, end - at);
        return err;
    }
    if (first == '{' || first == '[')
        return read_open(r, c, at, v, opened);
    v->count = 0;
    return read_scalar(r, at, v);
}

/* A new slot, and in an object the key before the value. */
static inline __attribute__((always_inline)) int begin_element(struct run *r,
                                                               struct cursor *c)
{
    if (ACT_UNLIKELY(c->top == r->p->scratch_size)) {
        int err = grow_scratch(r);
        if (err)
            return err;
    }
    act_json_member *m = &r->p->scratch[c->top++];
    if (c->depth == 0 || !r->p->frame[c->depth - 1].object)
        return ACT_OK;
    if (c->next == c->end)
        return fail_end(r);
    size_t at = *c->next++, end = at;
    if (r->text.ptr[at] != '"')
        return fail(r, ACT_EPARSE, at, "expected a member name");
    int err = read_string(r, c, at, &m->key, &end);
    if (err)
        return err;
    m->hash = act_str_hash(m->key);
    if (c->next == c->end)
        return fail_end(r);
    at = *c->next++;
    return r->text.ptr[at] == ':' ? ACT_OK : fail(r, ACT_EPARSE, at, "expected ':'");
}

/* Copy the elements of the innermost container to the arena. */
static int close_container(struct run *r, struct cursor *c, size_t close_at)
{
    struct frame f = r->p->frame[--c->depth];
    const act_json_member *from = r->p->scratch + f.base;
    act_json *v = &r->p->scratch[f.base - 1].value;
    size_t n = c->top - f.base;
    v->raw.len = (size_t)(r->text.ptr + close_at + 1 - v->raw.ptr);
    c->top = f.base;
    if (f.object)
        return act_json_object_make(r->a, from, n, v);
    act_json *items = act_arena_raw(r->a, n * sizeof *items);
    if (!items)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++)
        items[i] = from[i].value;
    v->count = (uint32_t)n;
    v->as.items = items;
    return ACT_OK;
}

/* What follows a value: a comma, or brackets that close. *done at the end of the root. */
static inline __attribute__((always_inline)) int end_element(struct run *r,
                                                             struct cursor *c, bool *done)
{
    while (c->depth > 0) {
        if (c->next == c->end)
            return fail_end(r);
        size_t at = *c->next++;
        char byte = r->text.ptr[at];
        if (byte == ',')
            return ACT_OK;
        bool object = r->p->frame[c->depth - 1].object;
        if (byte != (object ? '}' : ']'))
            return fail(r, ACT_EPARSE, at,
                        object ? "expected ',' or '}'" : "expected ',' or ']'");
        int err = close_container(r, c, at);
        if (err)
            return err;
    }
    *done = true;
    return ACT_OK;
}

static int read_tokens(struct run *r, const uint32_t *tokens, size_t count)
{
    struct cursor c = { .next = tokens,
                        .end = tokens + count,
                        .escape = find_escape(r, r->text.ptr) };
    for (bool done = false; !done;) {
        bool opened = false;
        int err = begin_element(r, &c);
        if (!err)
            err = read_value(r, &c, &opened);
        if (!err && !opened)
            err = end_element(r, &c, &done);
        if (err)
            return err;
    }
    return c.next == c.end ? ACT_OK
                           : fail(r, ACT_EPARSE, *c.next, "bytes behind the value");
}

/* Parse the run's text; the root is then in slot 0 of the scratch. What the arena gave to a
 * text that fails is free again. */
static int parse_text(struct run *r)
{
    const uint32_t *tokens;
    size_t count;
    int err = act_json_index_find(r->p->index, r->text, &tokens, &count);
    if (err == ACT_EPARSE)
        r->fail_text = act_json_diagnose(r->text, &r->fail_at);
    act_arena_mark mark = act_arena_save(r->a);
    if (!err)
        err = read_tokens(r, tokens, count);
    if (err)
        act_arena_restore(r->a, mark);
    return err;
}

static void drop_large_scratch(act_json_parser *p)
{
    if (p->scratch_size <= SCRATCH_KEEP)
        return;
    act_dealloc(p->scratch);
    p->scratch = NULL;
    p->scratch_size = 0;
}

/* Line and column, in code points, of an offset. */
static int fail_at_offset(act_err *e, int err, const struct run *r)
{
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < r->fail_at && i < r->text.len; i++) {
        unsigned char c = (unsigned char)r->text.ptr[i];
        if (c == '\n') {
            line++;
            column = 1;
        } else if ((c & 0xC0) != 0x80) {
            column++;
        }
    }
    return act_fail_at(e, err, line, column, r->fail_at, "%s at line %u, column %u",
                       r->fail_text, line, column);
}

int act_json_parse(act_json_parser *p, act_arena *a, act_str text, size_t padded_bytes,
                   const act_json **ret, act_err *reterr)
{
    (void)padded_bytes; /* the indexer copies the last block by itself */
    struct run r = { .p = p, .a = a, .text = text };
    p->touch_err = ACT_OK;
    if (text.len > p->limits.max_bytes)
        return act_fail(reterr, ACT_ELIMIT, "JSON text is longer than %zu bytes",
                        p->limits.max_bytes);
    act_arena_mark mark = act_arena_save(a);
    act_json *root = act_arena_raw(a, sizeof *root);
    int err = root ? parse_text(&r) : ACT_ENOMEM;
    if (err)
        act_arena_restore(a, mark);
    else
        *root = p->scratch[0].value;
    drop_large_scratch(p);
    if (err && !r.fail_text)
        return act_fail(reterr, err, "%s", act_strerror(err));
    if (err)
        return fail_at_offset(reterr, err, &r);
    *ret = root;
    return ACT_OK;
}

/* Parse the lazy @v in place. Readers see an immutable value, hence their const. */
static __attribute__((noinline)) bool materialise(const act_json *v)
{
    act_json_parser *p = v->as.later.parser;
    struct run r = { .p = p, .a = v->as.later.arena, .text = v->raw };
    int err = parse_text(&r);
    if (!err)
        *(act_json *)(uintptr_t)v = p->scratch[0].value;
    else if (!p->touch_err)
        p->touch_err = err;
    drop_large_scratch(p);
    return err == ACT_OK;
}

const act_json *act_json_items(const act_json *v, size_t *n)
{
    *n = 0;
    if (!v || v->type != ACT_JSON_ARRAY || (v->lazy && !materialise(v)))
        return NULL;
    *n = v->count;
    return v->count ? v->as.items : NULL;
}

const act_json_member *act_json_members(const act_json *v, size_t *n)
{
    *n = 0;
    if (!v || v->type != ACT_JSON_OBJECT || (v->lazy && !materialise(v)))
        return NULL;
    *n = v->count;
    return v->count ? v->as.members : NULL;
}

const act_json *act_json_get_hashed(const act_json *v, act_str key, uint64_t hash)
{
    size_t n;
    const act_json_member *members = act_json_members(v, &n);
    if (n == 0)
        return NULL;
    size_t at = v->indexed ? act_json_object_find_indexed(members, n, key, hash)
                           : act_json_object_find(members, n, key, hash);
    return at < n ? &members[at].value : NULL;
}

const act_json *act_json_get(const act_json *v, act_str key)
{
    return v && v->type == ACT_JSON_OBJECT ? act_json_get_hashed(v, key, act_str_hash(key))
                                           : NULL;
}

const act_json *act_json_path(const act_json *v, ...)
{
    va_list names;
    va_start(names, v);
    for (const char *name; v && (name = va_arg(names, const char *));)
        v = act_json_get(v, act_str_cstr(name));
    va_end(names);
    return v;
}

act_str act_json_string(const act_json *v)
{
    return v && v->type == ACT_JSON_STRING ? v->as.string : (act_str){ 0 };
}

bool act_json_is(const act_json *v, act_str s)
{
    return v && v->type == ACT_JSON_STRING && act_str_eq(v->as.string, s);
}
