/* JSON: whatever parses has one meaning, whole or lazy, and survives writing; a simple
 * reader takes the same texts and reads the same out of them. */
#include "base/json_write.h"

#include "base/alloc.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/json_reader.h"

#include <math.h>

enum { DEPTH = 128 };

static void must(bool claim)
{
    fuzz_require(claim, "a claim about JSON");
}

/* Write @v from its structure, not from its raw bytes. Depth is the parser's limit. */
static void dump(act_json_writer *w, const act_json *v)
{
    size_t n;
    act_json bare = *v;
    bare.raw = (act_str){ 0 };
    if (v->type == ACT_JSON_ARRAY) {
        const act_json *items = act_json_items(v, &n);
        act_jw_array(w);
        for (size_t i = 0; i < n; i++)
            dump(w, &items[i]);
        act_jw_array_end(w);
    } else if (v->type == ACT_JSON_OBJECT) {
        const act_json_member *members = act_json_members(v, &n);
        act_jw_object(w);
        for (size_t i = 0; i < n; i++) {
            must(act_str_is_utf8(members[i].key));
            must(act_json_get(v, members[i].key) == &members[i].value); /* no duplicates */
            act_jw_key(w, members[i].key);
            dump(w, &members[i].value);
        }
        act_jw_object_end(w);
    } else {
        must(v->type != ACT_JSON_STRING || act_str_is_utf8(v->as.string));
        must(v->type != ACT_JSON_DOUBLE || isfinite(v->as.f64));
        if (v->type == ACT_JSON_DOUBLE && v->as.f64 == 0)
            bare.as.f64 = 0; /* "-0" would be read as the integer, which has no sign */
        act_jw_value(w, &bare);
    }
}

static int parse_and_dump(act_json_limits limits, act_str text, act_buf *out)
{
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    const act_json *v;
    act_err e = ACT_ERR_INIT;
    must(act_json_parser_new(limits, &p) == ACT_OK);
    must(act_arena_new(64 << 20, 0, &a) == ACT_OK);
    int err = act_json_parse(p, a, text, 0, &v, &e);
    must(err == ACT_OK || (e.text[0] && act_str_is_utf8(act_str_cstr(e.text))));
    must(err != ACT_EPARSE || (e.line > 0 && e.column > 0 && e.offset <= text.len));
    if (err)
        return err;
    must(v->raw.ptr >= text.ptr && v->raw.ptr + v->raw.len <= text.ptr + text.len);
    act_json_writer w = act_json_writer_on(out);
    dump(&w, v);
    must(act_buf_err(out) == ACT_OK);
    return act_json_parser_err(p);
}

/* What the simple reader says to @text. */
static void compare_with_reader(act_str text)
{
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    const act_json *v = NULL;
    must(act_json_parser_new((act_json_limits){ 0 }, &p) == ACT_OK);
    must(act_arena_new(64 << 20, 0, &a) == ACT_OK);
    int err = act_json_parse(p, a, text, 0, &v, NULL);
    if (err == ACT_ELIMIT)
        return;
    bool agrees = json_reader_agrees(text, DEPTH, err ? NULL : v);
    fuzz_require(agrees == (err == ACT_OK), "the simple reader agrees");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    act_str text = act_str_from(data, size);
    compare_with_reader(text);
    act_buf whole = ACT_BUF_INIT, lazy = ACT_BUF_INIT, again = ACT_BUF_INIT;
    act_json_limits lazily = { .lazy_above = 2 };
    int err = parse_and_dump((act_json_limits){ 0 }, text, &whole);
    int lazy_err = parse_and_dump(lazily, text, &lazy);
    if (err == ACT_OK) {
        must(lazy_err == ACT_OK);
        must(act_str_eq(act_buf_str(&whole), act_buf_str(&lazy)));
        must(parse_and_dump((act_json_limits){ 0 }, act_buf_str(&whole), &again) == ACT_OK);
        must(act_str_eq(act_buf_str(&whole), act_buf_str(&again)));
    }
    act_buf_done(&whole);
    act_buf_done(&lazy);
    act_buf_done(&again);
    return 0;
}
