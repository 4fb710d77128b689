#include "api/watch_frame.h"

#include "api/answer.h"
#include "base/json_write.h"

act_watch_form act_watch_form_of(const act_call *c)
{
    act_watch_form f = { .transform = c->accept.transform, .table = act_call_table(c) };
    (void)snprintf(f.meta_version, sizeof f.meta_version, "%.*s",
                   ACT_STR_ARG(c->accept.meta_version));
    (void)act_kube_group_version(&c->kind->resource, f.api_version, sizeof f.api_version);
    (void)snprintf(f.kind, sizeof f.kind, "%s", c->kind->resource.kind);
    return f;
}

bool act_watch_form_same(const act_watch_form *a, const act_watch_form *b)
{
    return a->transform == b->transform && a->table.headers == b->table.headers &&
           a->table.include == b->table.include &&
           a->table.columns.items == b->table.columns.items &&
           strcmp(a->meta_version, b->meta_version) == 0;
}

static void begin(act_json_writer *w, const char *type)
{
    act_jw_object(w);
    act_jw_kv_string(w, "type", act_str_cstr(type));
    act_jw_key(w, ACT_STR("object"));
}

static void end(act_json_writer *w, act_buf *out)
{
    act_jw_object_end(w);
    act_buf_add_byte(out, '\n');
}

void act_watch_frame_write(act_watch_form *f, const char *type, const act_json *object,
                           int64_t now_ns, act_buf *out)
{
    if (f->transform == ACT_KUBE_AS_OBJECT) {
        act_json_writer w = act_json_writer_on(out);
        begin(&w, type);
        act_jw_value(&w, object);
        end(&w, out);
        return;
    }
    act_buf_printf(out, "{\"type\":\"%s\",\"object\":", type);
    if (f->transform == ACT_KUBE_AS_TABLE) {
        act_list_meta meta = { .resource_version =
                                   act_object_meta(object, "resourceVersion") };
        f->table.meta_version = act_str_cstr(f->meta_version);
        f->table.now_ns = now_ns;
        act_table_write(&f->table, &object, 1, &meta, out);
        f->table.headers = false;
    } else {
        act_partial_write(object, act_str_cstr(f->meta_version), out);
    }
    act_buf_add(out, ACT_STR("}\n"));
}

void act_watch_frame_bookmark(act_watch_form *f, uint64_t version, bool initial,
                              act_buf *out)
{
    static const char mark[] = ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}";
    char meta[128];
    (void)snprintf(
        meta, sizeof meta,
        "\"metadata\":{\"resourceVersion\":\"%llu\",\"creationTimestamp\":null%s}",
        (unsigned long long)version, initial ? mark : "");
    act_buf_add(out, ACT_STR("{\"type\":\"BOOKMARK\",\"object\":"));
    if (f->transform == ACT_KUBE_AS_TABLE) {
        /* A table whose one row holds the bookmarked object's metadata. */
        act_buf_printf(out,
                       "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\","
                       "\"metadata\":{\"resourceVersion\":\"%llu\"},"
                       "\"columnDefinitions\":null,\"rows\":[{\"cells\":[],\"object\":{"
                       "\"kind\":\"PartialObjectMetadata\","
                       "\"apiVersion\":\"meta.k8s.io/%s\",%s}}]}",
                       f->meta_version, (unsigned long long)version, f->meta_version, meta);
    } else if (f->transform == ACT_KUBE_AS_OBJECT) {
        act_buf_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",%s}", f->kind,
                       f->api_version, meta);
    } else {
        act_buf_printf(out,
                       "{\"kind\":\"PartialObjectMetadata\","
                       "\"apiVersion\":\"meta.k8s.io/%s\",%s}",
                       f->meta_version, meta);
    }
    act_buf_add(out, ACT_STR("}\n"));
}

void act_watch_frame_error(const act_kube_status *status, act_buf *out)
{
    act_buf_add(out, ACT_STR("{\"type\":\"ERROR\",\"object\":"));
    act_kube_status_write(status, out);
    act_buf_add(out, ACT_STR("}\n"));
}
