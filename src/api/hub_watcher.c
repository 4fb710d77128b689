#include "api/hub_watcher.h"

#include "api/hub_initial.h"
#include "api/query_selector.h"
#include "base/alloc.h"

enum {
    BOOKMARK_S = 60,
    TIMEOUT_DEFAULT_S = 2400,
    PENDING_CHUNKS = 1024,
};

/* ---- life --------------------------------------------------------------------------- */

static void on_close(void *ctx, act_http_stream *s, enum act_http_stream_end why)
{
    act_hub_watcher *w = ctx;
    (void)s;
    (void)why;
    atomic_store(&w->closed, true);
}

static int copy_parts(act_hub_watcher *w, const act_call *c, const act_hub_watch *hw)
{
    act_str labels, fields;
    w->scope.type = c->scope.type;
    int r = act_arena_str(w->arena, c->scope.name, &w->scope.name);
    if (!r)
        r = act_arena_str(w->arena, hw->label_text, &labels);
    if (!r)
        r = act_arena_str(w->arena, hw->field_text, &fields);
    if (!r)
        r = act_arena_str(w->arena, hw->ns, &w->ns);
    if (!r)
        r = act_arena_str(w->arena, hw->name, &w->name);
    if (!r)
        r = act_selector_parse_labels(w->arena, labels, &w->labels, NULL);
    if (!r)
        r = act_selector_parse_fields(w->arena, fields, &w->fields, NULL);
    return r;
}

/* What goes first, and the mark of its end. */
static int push_initial(act_hub_watcher *w, const act_hub_watch *hw)
{
    act_buf none = ACT_BUF_INIT;
    act_buf *frames = hw->initial ? &hw->initial->frames : &none;
    if (hw->query->send_initial_events && hw->query->bookmarks)
        act_watch_frame_bookmark(&w->form.frame, hw->after, true, frames);
    int r = act_buf_err(frames);
    if (!r && frames->len > 0)
        r = act_http_stream_push_text(w->stream, act_buf_str(frames));
    act_buf_done(frames);
    return r;
}

/* What was written before is as if the watcher had. */
static void take_over(act_hub_watcher *w, act_hub_initial *i)
{
    w->form = i->form;
    w->seen = i->seen;
    i->seen = (act_hub_seen){ .n = 0 };
}

static void set_times(act_hub_watcher *w, const act_list_query *q, int64_t now)
{
    int64_t timeout_s = q->timeout_s > 0 ? q->timeout_s : TIMEOUT_DEFAULT_S;
    w->deadline_ns = now + timeout_s * ACT_NS_PER_S;
    w->bookmark_ns = q->bookmarks ? now + BOOKMARK_S * ACT_NS_PER_S : 0;
}

static int open_stream(act_hub_watcher *w, act_call *c)
{
    act_http_stream_options o = ACT_HTTP_STREAM_OPTIONS_INIT;
    o.max_pending_bytes = ACT_HUB_PENDING_BYTES;
    o.max_pending_chunks = PENDING_CHUNKS;
    o.on_close = on_close;
    o.ctx = w;
    act_http_response_status(c->res, 200);
    return act_http_response_stream(c->res, "application/json", &o, &w->stream);
}

int act_hub_watcher_open(const act_hub_kind *kind, act_call *c, const act_hub_watch *hw,
                         int64_t now_mono_ns, act_hub_watcher **ret)
{
    act_hub_watcher *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    w->kind = kind;
    w->form = (act_hub_form){ act_watch_form_of(c), hw->form };
    set_times(w, hw->query, now_mono_ns);
    int r = act_arena_new(256 << 10, 1 << 10, &w->arena);
    if (!r)
        r = copy_parts(w, c, hw);
    if (!r)
        r = open_stream(w, c);
    if (r) {
        act_hub_watcher_free(w);
        return r;
    }
    w->filter = hw->filter;
    if (hw->initial)
        take_over(w, hw->initial);
    r = push_initial(w, hw);
    if (r)
        act_hub_watcher_fail(w, ACT_KUBE_INTERNAL, act_strerror(r));
    *ret = w;
    return 0;
}

void act_hub_watcher_free(act_hub_watcher *w)
{
    if (!w)
        return;
    (void)act_http_stream_unref(w->stream);
    act_filter_matcher_free(w->filter);
    act_hub_seen_done(&w->seen);
    act_arena_free(w->arena);
    act_dealloc(w);
}

/* ---- records ------------------------------------------------------------------------ */

typedef struct {
    const act_hub_kind *kind;
    const act_json *object;
} field_source;

static bool field_of(void *ctx, act_str key, act_str *ret)
{
    const field_source *f = ctx;
    return f->kind->field(f->object, key, ret);
}

static bool selects_all(const act_hub_watcher *w)
{
    return w->ns.len == 0 && w->name.len == 0 && w->fields.n == 0 && w->labels.n == 0 &&
           !w->filter;
}

static bool selects(const act_hub_watcher *w, const act_json *object)
{
    field_source f = { w->kind, object };
    return (w->ns.len == 0 || act_str_eq(w->ns, act_object_meta(object, "namespace"))) &&
           (w->name.len == 0 || act_str_eq(w->name, act_object_meta(object, "name"))) &&
           act_selector_matches(&w->fields, field_of, &f) &&
           act_selector_matches(&w->labels, act_label_lookup, (void *)(uintptr_t)object) &&
           (!w->filter || act_filter_matches(w->filter, object));
}

static int push(act_hub_watcher *w, act_hub_workspace *ws, act_hub_record *r,
                const char *change, int64_t now)
{
    act_hub_form before = w->form;
    act_bytes *frame;
    int e = act_hub_record_frame(w->kind, ws, r, change, &w->form, now, &frame);
    if (e)
        return e;
    e = act_http_stream_push(w->stream, frame);
    if (e)
        w->form = before; /* its headers are still due */
    act_bytes_unref(frame);
    return e;
}

int act_hub_watcher_show(act_hub_watcher *w, act_hub_workspace *ws, act_hub_record *r,
                         bool tight, int64_t now_wall_ns)
{
    if (r->sequence < w->next_sequence)
        return 0;
    bool selected = selects_all(w) || selects(w, r->object);
    bool remembers = w->kind->remembered && !selects_all(w);
    const char *change = selected ? r->change : NULL;
    if (remembers)
        change = act_hub_seen_change(&w->seen, r->object, r->change, selected);
    int e = 0;
    if (change && tight && act_http_stream_pending(w->stream) > 0)
        e = ACT_EAGAIN;
    else if (change)
        e = push(w, ws, r, change, now_wall_ns);
    if (e)
        return e;
    if (remembers)
        act_hub_seen_note(&w->seen, r->object, selected);
    w->next_sequence = r->sequence + 1;
    return 0;
}

bool act_hub_watcher_has_room(act_hub_watcher *w, bool tight)
{
    return act_http_stream_pending(w->stream) <= (tight ? 0 : ACT_HUB_PENDING_BYTES / 2);
}

/* ---- end ---------------------------------------------------------------------------- */

static void end_watch(act_hub_watcher *w)
{
    w->ended = true;
    act_http_stream_end(w->stream);
}

void act_hub_watcher_fail(act_hub_watcher *w, enum act_kube_reason reason, const char *text)
{
    act_buf frame = ACT_BUF_INIT;
    act_arena *a = NULL;
    if (act_arena_new(64 << 10, 0, &a) == 0) {
        act_kube_status status = act_kube_error(a, reason, "%s", text);
        act_watch_frame_error(&status, &frame);
        /* Where there is no room for it, the client sees the end alone, and asks again. */
        if (act_http_stream_push_text(w->stream, act_buf_str(&frame)) != 0)
            act_buf_clear(&frame);
    }
    act_arena_free(a);
    act_buf_done(&frame);
    end_watch(w);
}

/* ACT_EAGAIN: its client has not taken what came before. */
static int push_bookmark(act_hub_watcher *w, uint64_t version)
{
    act_buf frame = ACT_BUF_INIT;
    act_watch_frame_bookmark(&w->form.frame, version, false, &frame);
    int r = act_buf_err(&frame);
    if (!r)
        r = act_http_stream_push_text(w->stream, act_buf_str(&frame));
    act_buf_done(&frame);
    return r;
}

/* One bookmark a minute, and one at the end, from which the next watch goes on. */
void act_hub_watcher_tick(act_hub_watcher *w, uint64_t version, int64_t now_mono_ns)
{
    if (w->ended)
        return;
    bool over = now_mono_ns >= w->deadline_ns;
    bool due = w->bookmark_ns > 0 && (over || now_mono_ns >= w->bookmark_ns);
    if (due && push_bookmark(w, version) == 0)
        w->bookmark_ns = now_mono_ns + BOOKMARK_S * ACT_NS_PER_S;
    if (over)
        end_watch(w);
}
