#include "api/hub_record.h"

#include "base/json_write.h"

enum { ARENA_MAX = 64 << 20 };

int act_hub_workspace_open(act_hub_workspace *ws)
{
    act_json_limits limits = { .max_bytes = 64 << 20, .max_depth = 200 };
    int r = act_json_parser_new(limits, &ws->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 256 << 10, &ws->batch);
    if (!r)
        r = act_arena_new(ARENA_MAX, 64 << 10, &ws->record);
    return r;
}

void act_hub_workspace_close(act_hub_workspace *ws)
{
    act_json_parser_free(ws->parser);
    act_arena_free(ws->batch);
    act_arena_free(ws->record);
    act_buf_done(&ws->text);
}

bool act_hub_record_read(const act_hub_kind *kind, act_hub_workspace *ws,
                         const act_delivery *m, act_hub_record *ret)
{
    act_arena_reset(ws->record);
    *ret = (act_hub_record){ .sequence = m->sequence, .text = m->payload };
    if (act_json_parse(ws->parser, ws->record, m->payload, ACT_BROKER_PADDING, &ret->object,
                       NULL))
        return false;
    ret->change = kind->change ? kind->change(m, ret->object) : "ADDED";
    return true;
}

void act_hub_record_done(act_hub_record *r)
{
    for (size_t i = 0; i < ACT_COUNT(r->objects); i++)
        r->objects[i] = act_bytes_unref(r->objects[i]);
    r->formed = act_bytes_unref(r->formed);
}

/* ---- objects ------------------------------------------------------------------------ */

/* The object's text with its resourceVersion put into its metadata. */
static void write_versioned(const act_hub_record *r, act_buf *out)
{
    const act_json *meta = act_json_get(r->object, ACT_STR("metadata"));
    size_t at = (size_t)(meta->raw.ptr - r->text.ptr) + 1;
    act_buf_add(out, act_str_head(r->text, at));
    act_buf_printf(out, "\"resourceVersion\":\"%llu\"%s", (unsigned long long)r->sequence,
                   meta->count > 0 ? "," : "");
    act_buf_add(out, act_str_cut(r->text, at));
}

static bool has_version(const act_hub_record *r)
{
    const act_json *meta = act_json_get(r->object, ACT_STR("metadata"));
    return !meta || meta->type != ACT_JSON_OBJECT || !meta->raw.ptr ||
           act_json_get(meta, ACT_STR("resourceVersion"));
}

/* The object as watchers of this shape see it. */
static int shaped_object(const act_hub_kind *kind, act_hub_workspace *ws,
                         const act_hub_record *r, unsigned shape, const act_json **ret)
{
    act_str version;
    const act_json *object = NULL;
    int e = act_arena_printf(ws->record, &version, "%llu", (unsigned long long)r->sequence);
    if (!e)
        e = act_object_with_meta(ws->record, r->object, "resourceVersion",
                                 act_json_of_string(version), &object);
    if (!e && kind->shape)
        e = kind->shape(ws->record, object, shape, &object);
    if (!e)
        *ret = object;
    return e;
}

/* ---- frames ------------------------------------------------------------------------- */

static int write_object(const act_hub_kind *kind, act_hub_workspace *ws,
                        const act_hub_record *r, const char *change, unsigned shape)
{
    act_buf_printf(&ws->text, "{\"type\":\"%s\",\"object\":", change);
    if (kind->shape || has_version(r)) {
        const act_json *object;
        int e = shaped_object(kind, ws, r, shape, &object);
        if (e)
            return e;
        act_json_writer w = act_json_writer_on(&ws->text);
        act_jw_value(&w, object);
    } else {
        write_versioned(r, &ws->text);
    }
    act_buf_add(&ws->text, ACT_STR("}\n"));
    return 0;
}

static int write_formed(const act_hub_kind *kind, act_hub_workspace *ws,
                        const act_hub_record *r, const char *change, act_hub_form *f,
                        int64_t now_ns)
{
    const act_json *object;
    int e = shaped_object(kind, ws, r, f->shape, &object);
    if (!e)
        act_watch_frame_write(&f->frame, change, object, now_ns, &ws->text);
    return e;
}

static bool is_same_form(const act_hub_form *a, const act_hub_form *b)
{
    return a->shape == b->shape && act_watch_form_same(&a->frame, &b->frame);
}

/* Where the frame is kept for others; NULL: it is one watcher's own. */
static act_bytes **place_of(act_hub_record *r, const char *change, const act_hub_form *f)
{
    if (change != r->change)
        return NULL;
    if (f->frame.transform == ACT_KUBE_AS_OBJECT)
        return &r->objects[f->shape];
    if (f->frame.table.headers && f->frame.transform == ACT_KUBE_AS_TABLE)
        return NULL;
    if (!r->formed)
        r->formed_as = *f;
    return is_same_form(&r->formed_as, f) ? &r->formed : NULL;
}

int act_hub_record_frame(const act_hub_kind *kind, act_hub_workspace *ws, act_hub_record *r,
                         const char *change, act_hub_form *f, int64_t now_ns,
                         act_bytes **ret)
{
    act_bytes **place = place_of(r, change, f);
    if (place && *place) {
        *ret = act_bytes_ref(*place);
        return 0;
    }
    act_buf_clear(&ws->text);
    int e = f->frame.transform == ACT_KUBE_AS_OBJECT
                ? write_object(kind, ws, r, change, f->shape)
                : write_formed(kind, ws, r, change, f, now_ns);
    if (!e)
        e = act_buf_err(&ws->text);
    act_bytes *frame;
    if (!e)
        e = act_bytes_new(act_buf_str(&ws->text), &frame);
    if (e)
        return e;
    if (place)
        *place = act_bytes_ref(frame);
    *ret = frame;
    return 0;
}
