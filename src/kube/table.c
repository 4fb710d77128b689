#include "kube/table.h"

#include "base/clock.h"
#include "base/json_write.h"

static const act_json *metadata_of(const act_json *object)
{
    return act_json_get(object, ACT_STR("metadata"));
}

static act_str meta_text(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(metadata_of(object), act_str_cstr(key)));
}

/* ---- cells ------------------------------------------------------------------------- */

void act_cell_name(const act_json *object, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, meta_text(object, "name"));
}

/* k8s.io/apimachinery/pkg/util/duration: two units while the first is small. */
void act_duration_text(int64_t ns, act_buf *out)
{
    int64_t s = ns / ACT_NS_PER_S;
    int64_t m = s / 60, h = m / 60, d = h / 24, y = d / 365;
    if (s < 0)
        act_buf_add(out, ACT_STR("0s"));
    else if (s < 60 * 2)
        act_buf_printf(out, "%llds", (long long)s);
    else if (m < 10 && s % 60 > 0)
        act_buf_printf(out, "%lldm%llds", (long long)m, (long long)(s % 60));
    else if (m < 60 * 3)
        act_buf_printf(out, "%lldm", (long long)m);
    else if (h < 8 && m % 60 > 0)
        act_buf_printf(out, "%lldh%lldm", (long long)h, (long long)(m % 60));
    else if (h < 48)
        act_buf_printf(out, "%lldh", (long long)h);
    else if (d < 8 && h % 24 > 0)
        act_buf_printf(out, "%lldd%lldh", (long long)d, (long long)(h % 24));
    else if (d < 365 * 2)
        act_buf_printf(out, "%lldd", (long long)d);
    else if (y < 8 && d % 365 > 0)
        act_buf_printf(out, "%lldy%lldd", (long long)y, (long long)(d % 365));
    else
        act_buf_printf(out, "%lldy", (long long)y);
}

void act_cell_age(const act_json *object, int64_t now_ns, act_buf *out)
{
    int64_t created;
    if (act_rfc3339_parse(meta_text(object, "creationTimestamp"), &created))
        act_buf_add(out, ACT_STR("<unknown>"));
    else
        act_duration_text(now_ns - created, out);
}

/* ---- tables ------------------------------------------------------------------------ */

void act_list_meta_write(const act_list_meta *meta, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string_opt(&w, "resourceVersion", meta->resource_version);
    act_jw_kv_string_opt(&w, "continue", meta->continue_token);
    if (meta->remaining > 0)
        act_jw_kv_i64(&w, "remainingItemCount", meta->remaining);
    act_jw_object_end(&w);
}

static const char *type_name(enum act_cell_type type)
{
    return type == ACT_CELL_INTEGER ? "integer" : type == ACT_CELL_DATE ? "date" : "string";
}

static void write_headers(act_json_writer *w, act_columns columns)
{
    act_jw_key(w, ACT_STR("columnDefinitions"));
    act_jw_array(w);
    for (size_t i = 0; i < columns.n; i++) {
        const act_column *c = &columns.items[i];
        /* Dates are sent as text that is ready to show, as Kubernetes does. */
        const char *type = c->type == ACT_CELL_DATE ? "string" : type_name(c->type);
        act_jw_object(w);
        act_jw_kv_string(w, "name", act_str_cstr(c->name));
        act_jw_kv_string(w, "type", act_str_cstr(type));
        act_jw_kv_string(w, "format", act_str_cstr(c->text == act_cell_name ? "name" : ""));
        act_jw_kv_string(w, "description", act_str_cstr(c->doc));
        act_jw_kv_i64(w, "priority", c->wide ? 1 : 0);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
}

static void write_partial(act_json_writer *w, const act_json *object, act_str meta_version)
{
    char api_version[64];
    (void)snprintf(api_version, sizeof api_version, "meta.k8s.io/%.*s",
                   ACT_STR_ARG(meta_version));
    act_jw_object(w);
    act_jw_kv_string(w, "kind", ACT_STR("PartialObjectMetadata"));
    act_jw_kv_string(w, "apiVersion", act_str_cstr(api_version));
    act_jw_key(w, ACT_STR("metadata"));
    const act_json *meta = metadata_of(object);
    if (meta) {
        act_jw_value(w, meta);
    } else {
        act_jw_object(w);
        act_jw_object_end(w);
    }
    act_jw_object_end(w);
}

static void write_cells(act_json_writer *w, const act_table_options *o,
                        const act_json *object, act_buf *cell)
{
    act_jw_key(w, ACT_STR("cells"));
    act_jw_array(w);
    for (size_t i = 0; i < o->columns.n; i++) {
        act_buf_clear(cell);
        o->columns.items[i].text(object, o->now_ns, cell);
        if (o->columns.items[i].type == ACT_CELL_INTEGER)
            act_jw_raw(w, act_buf_str(cell));
        else
            act_jw_string(w, act_buf_str(cell));
    }
    act_jw_array_end(w);
}

void act_table_write(const act_table_options *o, const act_json *const *objects, size_t n,
                     const act_list_meta *meta, act_buf *out)
{
    char api_version[64];
    (void)snprintf(api_version, sizeof api_version, "meta.k8s.io/%.*s",
                   ACT_STR_ARG(o->meta_version));
    act_buf scratch = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Table"));
    act_jw_kv_string(&w, "apiVersion", act_str_cstr(api_version));
    act_list_meta_write(meta, &scratch);
    act_jw_kv_raw(&w, "metadata", act_buf_str(&scratch));
    if (o->headers) {
        write_headers(&w, o->columns);
    } else {
        act_jw_key(&w, ACT_STR("columnDefinitions"));
        act_jw_null(&w);
    }
    act_jw_key(&w, ACT_STR("rows"));
    act_jw_array(&w);
    for (size_t i = 0; i < n; i++) {
        act_jw_object(&w);
        write_cells(&w, o, objects[i], &scratch);
        if (o->include != ACT_INCLUDE_NONE)
            act_jw_key(&w, ACT_STR("object"));
        if (o->include == ACT_INCLUDE_OBJECT)
            act_jw_value(&w, objects[i]);
        else if (o->include == ACT_INCLUDE_METADATA)
            write_partial(&w, objects[i], o->meta_version);
        act_jw_object_end(&w);
    }
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    if (act_buf_err(&scratch) && !out->err)
        out->err = act_buf_err(&scratch);
    act_buf_done(&scratch);
}

void act_partial_write(const act_json *object, act_str meta_version, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    write_partial(&w, object, meta_version);
}

void act_partial_list_write(const act_json *const *objects, size_t n,
                            const act_list_meta *meta, act_str meta_version, act_buf *out)
{
    char api_version[64];
    (void)snprintf(api_version, sizeof api_version, "meta.k8s.io/%.*s",
                   ACT_STR_ARG(meta_version));
    act_buf list_meta = ACT_BUF_INIT;
    act_list_meta_write(meta, &list_meta);
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("PartialObjectMetadataList"));
    act_jw_kv_string(&w, "apiVersion", act_str_cstr(api_version));
    act_jw_kv_raw(&w, "metadata", act_buf_str(&list_meta));
    act_jw_key(&w, ACT_STR("items"));
    act_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        write_partial(&w, objects[i], meta_version);
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    act_buf_done(&list_meta);
}
