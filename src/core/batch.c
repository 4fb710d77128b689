#include "core/batch.h"

#include "core/event_convert.h"

static const act_str audit_version = { "audit.k8s.io/v1", 15 };

/* What is being read, and where results go. */
typedef struct {
    act_arena *arena;
    unsigned allow;
    bool is_list;
    act_str list_version; /* of an EventList: also of items that do not say */
    act_batch_record *records;
    act_batch_error *errors;
    size_t n, n_errors;
    act_buf converted; /* scratch for Events that change form */
} reader;

static bool has(const act_json *object, const char *key)
{
    return act_json_get(object, act_str_cstr(key)) != NULL;
}

/* ---- one item --------------------------------------------------------------------- */

static int tell_type(const reader *rd, const act_json *item, enum act_record_type *ret,
                     act_err *reterr)
{
    const act_json *own = act_json_get(item, ACT_STR("apiVersion"));
    act_str version = own ? act_json_string(own) : rd->list_version;
    if (act_str_eq(version, audit_version))
        *ret = ACT_RECORD_AUDIT;
    else if (version.len) /* v1 or events.k8s.io/v1, which reading it checks */
        *ret = ACT_RECORD_EVENT;
    else if (has(item, "auditID"))
        *ret = ACT_RECORD_AUDIT;
    else if (has(item, "regarding") || has(item, "involvedObject"))
        *ret = ACT_RECORD_EVENT;
    else
        return act_fail(reterr, ACT_EINVAL, "apiVersion: required");

    if (rd->allow & (1u << *ret))
        return ACT_OK;
    return act_fail(reterr, ACT_EINVAL, "apiVersion: %s not taken here",
                    *ret == ACT_RECORD_AUDIT ? "audit events are" : "Events are");
}

/* The Event's bytes as events.k8s.io/v1: its own when they are that already. */
static int event_json(reader *rd, const act_event_record *event, act_str *ret,
                      act_err *reterr)
{
    if (event->form == ACT_EVENT_V1 && has(event->root, "kind") &&
        has(event->root, "apiVersion")) {
        *ret = event->root->raw;
        return ACT_OK;
    }
    act_buf_clear(&rd->converted);
    int err = act_event_to_v1(event->root, &rd->converted, reterr);
    if (err)
        return err;
    return act_arena_str(rd->arena, act_buf_str(&rd->converted), ret);
}

static int read_item(reader *rd, const act_json *item, act_batch_record *ret,
                     act_err *reterr)
{
    if (item->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_ETYPE, "must be an object");
    int err = tell_type(rd, item, &ret->type, reterr);
    if (err)
        return err;
    switch (ret->type) {
    case ACT_RECORD_AUDIT:
        ret->json = item->raw;
        return act_audit_record_read(item, &ret->as.audit, reterr);
    case ACT_RECORD_EVENT:
        err = act_event_record_read(item, &ret->as.event, reterr);
        return err ? err : event_json(rd, &ret->as.event, &ret->json, reterr);
    }
    return ACT_EINVAL;
}

/* "items[3].auditID: required", "items[3]: must be an object"; as it is without a list. */
static int refuse(reader *rd, uint32_t index, const act_json *item, int why,
                  const act_err *detail)
{
    act_batch_error *error = &rd->errors[rd->n_errors];
    bool about_whole = strncmp(detail->text, "must ", 5) == 0;
    int err = rd->is_list ? act_arena_printf(rd->arena, &error->reason, "items[%u]%s%s",
                                             index, about_whole ? ": " : ".", detail->text)
                          : act_arena_printf(rd->arena, &error->reason, "%s", detail->text);
    if (err)
        return err;
    error->index = index;
    error->err = why;
    error->json = item->raw;
    rd->n_errors++;
    return ACT_OK;
}

static int read_items(reader *rd, const act_json *items, size_t n)
{
    rd->records = act_arena_make_n(rd->arena, act_batch_record, n);
    rd->errors = act_arena_make_n(rd->arena, act_batch_error, n);
    if (!rd->records || !rd->errors)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        act_err detail = ACT_ERR_INIT;
        act_batch_record *record = &rd->records[rd->n];
        int err = read_item(rd, &items[i], record, &detail);
        if (err == ACT_ENOMEM)
            return err;
        if (err) {
            err = refuse(rd, (uint32_t)i, &items[i], err, &detail);
            if (err)
                return err;
            continue;
        }
        record->index = (uint32_t)i;
        rd->n++;
    }
    return ACT_OK;
}

/* ---- the whole -------------------------------------------------------------------- */

static int open_list(reader *rd, const act_json *root, act_err *reterr)
{
    act_str kind = act_json_string(act_json_get(root, ACT_STR("kind")));
    act_str version = act_json_string(act_json_get(root, ACT_STR("apiVersion")));
    if (act_str_eq(kind, ACT_STR("EventList"))) {
        if (version.len && !act_str_eq(version, audit_version) &&
            !act_str_eq(version, ACT_STR("v1")) &&
            !act_str_eq(version, ACT_STR("events.k8s.io/v1")))
            return act_fail(reterr, ACT_EINVAL,
                            "apiVersion: an EventList of \"%.*s\" is not known",
                            ACT_STR_ARG(act_str_head(version, 64)));
        rd->is_list = true;
        rd->list_version = version;
    } else if (act_str_eq(kind, ACT_STR("List"))) {
        if (version.len && !act_str_eq(version, ACT_STR("v1")))
            return act_fail(reterr, ACT_EINVAL, "apiVersion: a List must be of v1");
        rd->is_list = true;
    } else if (kind.len && !act_str_eq(kind, ACT_STR("Event"))) {
        return act_fail(reterr, ACT_EINVAL,
                        "kind: must be EventList, List or Event, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(kind, 64)));
    }
    return ACT_OK;
}

static int read_root(reader *rd, const act_json *root, act_err *reterr)
{
    if (root->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_EINVAL, "the body must be an object");
    int err = open_list(rd, root, reterr);
    if (err)
        return err;
    const act_json *items = root;
    size_t n = 1;
    if (rd->is_list) {
        const act_json *list = act_json_get(root, ACT_STR("items"));
        if (list && list->type != ACT_JSON_ARRAY && list->type != ACT_JSON_NULL)
            return act_fail(reterr, ACT_EINVAL, "items: must be an array");
        items = act_json_items(list, &n);
    }
    if (n > ACT_BATCH_ITEMS_MAX)
        return act_fail(reterr, ACT_ELIMIT, "items: %zu are more than %d", n,
                        ACT_BATCH_ITEMS_MAX);
    err = read_items(rd, items, n);
    return err ? act_fail(reterr, err, "out of memory for %zu records", n) : ACT_OK;
}

int act_batch_read(act_json_parser *p, act_arena *a, act_str body, size_t padded_bytes,
                   unsigned allow, act_batch *ret, act_err *reterr)
{
    const act_json *root;
    int err = act_json_parse(p, a, body, padded_bytes, &root, reterr);
    if (err)
        return err;
    reader rd = { .arena = a, .allow = allow };
    err = read_root(&rd, root, reterr);
    act_buf_done(&rd.converted);
    if (err)
        return err;
    *ret = (act_batch){
        .records = rd.records, .n = rd.n, .errors = rd.errors, .n_errors = rd.n_errors
    };
    return ACT_OK;
}
