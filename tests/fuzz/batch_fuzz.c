/* Bodies of records: nothing crashes, and what is accepted can be stored and read again. */
#include "core/batch.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What is published must be readable as the record that was accepted. */
static void check_record(act_json_parser *p, act_arena *a, const act_batch_record *r)
{
    const act_json *root;
    int err = act_json_parse(p, a, r->json, 0, &root, NULL);
    if (err == ACT_ELIMIT || err == ACT_ENOMEM)
        return; /* new names may be longer than the old ones, past the limit */
    require(err == ACT_OK);
    if (r->type == ACT_RECORD_AUDIT) {
        act_audit_record again;
        require(act_audit_record_read(root, &again, NULL) == ACT_OK);
        require(act_str_eq(again.audit_id, r->as.audit.audit_id));
        require(again.received_ns == r->as.audit.received_ns);
        require(act_scope_eq(again.tenant, r->as.audit.tenant));
        return;
    }
    act_event_record again;
    require(act_event_record_read(root, &again, NULL) == ACT_OK);
    require(again.form == ACT_EVENT_V1);
    require(act_str_eq(again.uid, r->as.event.uid));
    require(act_str_eq(again.note, r->as.event.note));
    require(act_str_eq(again.regarding.kind, r->as.event.regarding.kind));
    require(again.observed_ns == r->as.event.observed_ns);
    require(again.series.count == r->as.event.series.count);
    require(act_scope_eq(again.tenant, r->as.event.tenant));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    if (act_json_parser_new((act_json_limits){ .max_bytes = 1 << 20 }, &p) ||
        act_arena_new(64 << 20, 0, &a))
        return 0;
    act_batch batch;
    act_err e = ACT_ERR_INIT;
    int err = act_batch_read(p, a, act_str_from(data, size), 0, ACT_BATCH_ANY, &batch, &e);
    if (err)
        return 0;
    require(batch.n + batch.n_errors <= ACT_BATCH_ITEMS_MAX);
    for (size_t i = 0; i < batch.n_errors; i++)
        require(batch.errors[i].reason.len > 0);
    for (size_t i = 0; i < batch.n; i++)
        check_record(p, a, &batch.records[i]);
    return 0;
}
