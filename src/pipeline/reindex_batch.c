#include "pipeline/reindex_batch.h"

#include "base/alloc.h"
#include "base/json_build.h"
#include "base/json_write.h"
#include "core/identity.h"
#include "core/row_values.h"
#include "core/translate.h"
#include "pipeline/streams.h"

#include <stdlib.h>

enum {
    ARENA_MAX = 512 << 20,
    RECORD_ARENA_MAX = 16 << 20,
    MESSAGES_MAX = 500, /* published together */
    MESSAGE_BYTES_MAX = 8 << 20,
};

/* What a record says about the activities that were once made of it. */
enum verdict {
    VERDICT_KEEP,   /* nothing: rules failed, or others speak about it */
    VERDICT_SETTLE, /* the policies have spoken: what they did not say is not so */
};

/* A record after its translation. */
typedef struct {
    const act_reindex_record *record;
    act_series_state series;
    enum verdict verdict;
} outcome;

struct act_reindex_batch {
    act_reindex_batch_options o;
    act_translator *translator;
    act_sha256 *sha;
    act_json_parser *parser;
    act_arena *arena;        /* of the batch */
    act_arena *record_arena; /* of one activity that goes */
    act_buf text;
    act_message *messages;
    size_t n_messages, bytes;
    char time[ACT_RFC3339_MAX]; /* of removals: that of the version */
    /* the batch at hand */
    enum act_rule_kind source;
    uint64_t version;
    act_reindex_record *records;
    size_t n_records;
    act_reindex_there *there;
    size_t n_there;
    outcome *outcomes; /* by id, when all records are translated */
    act_reindex_done done;
};

int act_reindex_batch_new(const act_reindex_batch_options *o, act_reindex_batch **ret)
{
    ACT_AUTO(act_reindex_batch) b = act_zalloc(1, sizeof *b);
    if (!b)
        return ACT_ENOMEM;
    b->o = *o;
    b->messages = act_zalloc(MESSAGES_MAX, sizeof *b->messages);
    int r = b->messages ? act_translator_new(o->env, &b->translator) : ACT_ENOMEM;
    if (!r)
        r = act_sha256_new(&b->sha);
    if (!r)
        r = act_json_parser_new((act_json_limits){ 0 }, &b->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &b->arena);
    if (!r)
        r = act_arena_new(RECORD_ARENA_MAX, 64 << 10, &b->record_arena);
    if (r)
        return r;
    *ret = b;
    b = NULL;
    return 0;
}

void act_reindex_batch_free(act_reindex_batch *b)
{
    if (!b)
        return;
    act_translator_free(b->translator);
    act_sha256_free(b->sha);
    act_json_parser_free(b->parser);
    act_arena_free(b->arena);
    act_arena_free(b->record_arena);
    act_buf_done(&b->text);
    act_dealloc(b->messages);
    act_dealloc(b);
}

/* ---- into the log ------------------------------------------------------------------ */

static int publish(act_reindex_batch *b, act_err *reterr)
{
    uint64_t sequences[MESSAGES_MAX];
    if (b->n_messages == 0)
        return 0;
    int r = act_broker_publish(b->o.broker, ACT_STR(ACT_STREAM_ACTIVITIES), b->messages,
                               b->n_messages, sequences, reterr);
    if (r)
        return r;
    for (size_t i = 0; i < b->n_messages; i++)
        if (sequences[i] > b->done.last_sequence)
            b->done.last_sequence = sequences[i];
    b->n_messages = b->bytes = 0;
    return 0;
}

/* What is in the text buffer, kept for the batch; the buffer is empty again. */
static int keep(act_reindex_batch *b, act_str *ret)
{
    int r = act_buf_err(&b->text);
    if (!r)
        r = act_arena_str(b->arena, act_buf_str(&b->text), ret);
    act_buf_clear(&b->text);
    return r;
}

/* One more message: its payload is in the text buffer. The id tells this version from
 * others, so a batch that is done again is recognised. */
static int add_message(act_reindex_batch *b, act_str subject, act_str name, act_err *reterr)
{
    act_message m = { .subject = subject };
    int r = keep(b, &m.payload);
    if (!r)
        r = act_arena_printf(b->arena, &m.id, "%.*s/%llu", ACT_STR_ARG(name),
                             (unsigned long long)b->version);
    if (r)
        return r;
    b->messages[b->n_messages++] = m;
    b->bytes += m.payload.len;
    return b->n_messages == MESSAGES_MAX || b->bytes >= MESSAGE_BYTES_MAX
               ? publish(b, reterr)
               : 0;
}

/* ---- activities that are made ------------------------------------------------------ */

static int compare_there(act_str name, int64_t time_us, const act_reindex_there *t)
{
    int c = act_str_cmp(name, t->name);
    return c ? c : (time_us > t->time_us) - (time_us < t->time_us);
}

static act_reindex_there *find_there(const act_reindex_batch *b, const act_activity *a)
{
    int64_t time_us = a->time_ns / ACT_NS_PER_S * (ACT_NS_PER_S / ACT_NS_PER_US);
    size_t low = 0, high = b->n_there;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = compare_there(a->name, time_us, &b->there[middle]);
        if (c == 0)
            return &b->there[middle];
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Is it there in these words already? */
static bool is_same(act_reindex_batch *b, const act_translation *t,
                    const act_reindex_there *there)
{
    if (!there || there->deleted)
        return false;
    act_buf_clear(&b->text);
    act_activity_write_version(t->json, there->version, &b->text);
    return !act_buf_err(&b->text) && act_str_eq(act_buf_str(&b->text), there->json);
}

static int take_activity(act_reindex_batch *b, const act_translation *t, act_err *reterr)
{
    act_reindex_there *there = find_there(b, &t->activity);
    bool again = there && there->made; /* two states of one Event, in one second */
    act_str subject, name;
    if (there)
        there->made = true;
    b->done.generated++;
    /* A later job has been here: its word counts. */
    if (again || is_same(b, t, there) || (there && there->version >= b->version))
        return 0;
    b->done.written++;
    if (b->o.dry_run)
        return 0;
    act_buf_clear(&b->text);
    act_translation_subject(t, &b->text);
    int r = keep(b, &subject);
    if (!r)
        r = act_arena_str(b->arena, t->activity.name, &name);
    act_activity_write_version(t->json, b->version, &b->text);
    return r ? r : add_message(b, subject, name, reterr);
}

static void note_error(act_reindex_batch *b, const act_reindex_record *record,
                       const act_translation *t)
{
    if (b->done.errors++ > 0)
        return;
    const act_failure *f = &t->failures[0];
    (void)act_fail(&b->done.first_error, ACT_EEVAL, "%.*s of %s %.*s: %.*s",
                   ACT_STR_ARG(f->policy ? act_policy_name(f->policy) : ACT_STR("record")),
                   b->source == ACT_RULE_AUDIT ? "audit event" : "Event",
                   ACT_STR_ARG(record->id), ACT_STR_ARG(f->error));
}

static int take_outcome(act_reindex_batch *b, outcome *o, const act_translation *t,
                        act_err *reterr)
{
    o->series = t->series;
    switch (t->outcome) {
    case ACT_OUTCOME_ACTIVITY:
        if (!act_reindex_policies_select(b->o.policies, t->policy))
            return 0;
        o->verdict = VERDICT_SETTLE;
        return take_activity(b, t, reterr);
    case ACT_OUTCOME_SKIPPED:
        /* What was said of an Event stays when the Event is deleted. */
        if (t->skip != ACT_SKIP_DELETED)
            o->verdict = VERDICT_SETTLE;
        return 0;
    case ACT_OUTCOME_FAILED:
        note_error(b, o->record, t);
        return 0;
    }
    return 0;
}

static int translate_all(act_reindex_batch *b, act_err *reterr)
{
    act_policy_set *set = act_reindex_policies_set(b->o.policies);
    int r = 0;
    for (size_t i = 0; i < b->n_records && !r; i++) {
        act_translation t;
        outcome *o = &b->outcomes[i];
        *o = (outcome){ .record = &b->records[i], .verdict = VERDICT_KEEP };
        r = act_translate(b->translator, set, b->source, b->records[i].json,
                          ACT_REINDEX_PADDING, &t);
        if (!r)
            r = take_outcome(b, o, &t, reterr);
    }
    return r;
}

/* ---- activities that go ------------------------------------------------------------ */

static int compare_outcomes(const void *a, const void *b)
{
    const outcome *x = a, *y = b;
    return act_str_cmp(x->record->id, y->record->id);
}

/* The first outcome of that record; n_records when there is none. */
static size_t find_outcome(const act_reindex_batch *b, act_str id)
{
    size_t low = 0, high = b->n_records;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (act_str_cmp(b->outcomes[middle].record->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Would this state of a record, spoken about by a policy for that kind, have made the
 * activity? */
static bool is_of(act_reindex_batch *b, const outcome *o, const act_reindex_there *t)
{
    char name[ACT_ACTIVITY_NAME_LEN + 1];
    bool audit = b->source == ACT_RULE_AUDIT;
    if (!act_str_eq(o->record->id, t->origin_id) ||
        o->record->time_us / 1000000 != t->time_us / 1000000)
        return false;
    act_activity_name(b->sha, audit ? ACT_STR("audit") : ACT_STR("event"), t->origin_id,
                      t->kind.group, t->kind.kind, audit ? NULL : &o->series, name);
    return act_str_eq_cstr(t->name, name);
}

/* Is it an activity of a record of this batch, about which the policies have spoken without
 * making it? */
static bool is_obsolete(act_reindex_batch *b, const act_reindex_there *t)
{
    if (t->made || t->deleted || t->version >= b->version ||
        !act_reindex_policies_may_remove(b->o.policies, t->kind.group, t->kind.kind))
        return false;
    bool settled = false;
    for (size_t i = find_outcome(b, t->origin_id); i < b->n_records; i++) {
        const outcome *o = &b->outcomes[i];
        if (!act_str_eq(o->record->id, t->origin_id))
            break;
        if (!is_of(b, o, t))
            continue;
        if (o->verdict == VERDICT_KEEP)
            return false;
        settled = true;
    }
    return settled;
}

/* metadata with the marks of a deletion in this version. */
static int mark_metadata(act_reindex_batch *b, const act_json *before, act_json *ret)
{
    act_str version;
    act_json half;
    const act_str annotation[] = { ACT_STR("annotations"), ACT_STR(ACT_ACTIVITY_VERSION) };
    int r =
        act_arena_printf(b->record_arena, &version, "%llu", (unsigned long long)b->version);
    if (!r)
        r = act_json_with_path(b->record_arena, before, annotation, ACT_COUNT(annotation),
                               act_json_of_string(version), &half);
    return r ? r
             : act_json_with(b->record_arena, &half, ACT_STR("deletionTimestamp"),
                             act_json_of_cstr(b->time), ret);
}

/* The activity as deleted, into the text buffer, and its subject. */
static int write_removal(act_reindex_batch *b, const act_reindex_there *t, act_str *subject)
{
    const act_json *object;
    act_json metadata, whole;
    act_arena_reset(b->record_arena);
    int r = act_json_parse(b->parser, b->record_arena, t->json, ACT_REINDEX_PADDING,
                           &object, NULL);
    if (r)
        return r;
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    act_translation made = {
        .activity = { .name = t->name,
                      .origin =
                          b->source == ACT_RULE_AUDIT ? ACT_STR("audit") : ACT_STR("event"),
                      .resource = { .api_group = t->kind.group,
                                    .kind = t->kind.kind,
                                    .ns = act_json_string(act_json_path(
                                        spec, "resource", "namespace", (char *)NULL)) },
                      .tenant = act_row_activity_tenant(object) }
    };
    act_buf_clear(&b->text);
    act_translation_subject(&made, &b->text);
    r = keep(b, subject);
    if (!r)
        r = mark_metadata(b, act_json_get(object, ACT_STR("metadata")), &metadata);
    if (!r)
        r = act_json_with(b->record_arena, object, ACT_STR("metadata"), metadata, &whole);
    act_json_writer w = act_json_writer_on(&b->text);
    if (!r)
        act_jw_value(&w, &whole);
    return r;
}

static int remove_obsolete(act_reindex_batch *b, act_err *reterr)
{
    int r = 0;
    qsort(b->outcomes, b->n_records, sizeof *b->outcomes, compare_outcomes);
    for (size_t i = 0; i < b->n_there && !r; i++) {
        const act_reindex_there *t = &b->there[i];
        act_str subject;
        if (!is_obsolete(b, t))
            continue;
        b->done.removed++;
        if (b->o.dry_run)
            continue;
        r = write_removal(b, t, &subject);
        if (!r)
            r = add_message(b, subject, t->name, reterr);
    }
    return r;
}

/* ---- the batch --------------------------------------------------------------------- */

static int read_batch(act_reindex_batch *b, const act_reindex_range *range,
                      const act_reindex_place *after, size_t limit, act_err *reterr)
{
    int r = act_reindex_page(b->o.store, range, after, limit, b->arena, &b->records,
                             &b->n_records, reterr);
    if (r || b->n_records == 0)
        return r;
    b->outcomes = act_arena_make_n(b->arena, outcome, b->n_records);
    return b->outcomes
               ? act_reindex_there_read(b->o.store, range->source, b->records, b->n_records,
                                        b->arena, &b->there, &b->n_there, reterr)
               : ACT_ENOMEM;
}

static void begin(act_reindex_batch *b, enum act_rule_kind source, uint64_t version)
{
    act_arena_reset(b->arena);
    b->source = source;
    b->version = version;
    b->n_records = b->n_there = b->n_messages = b->bytes = 0;
    b->done = (act_reindex_done){ 0 };
    (void)act_rfc3339_format((int64_t)version * ACT_NS_PER_US, 0, b->time);
}

int act_reindex_batch_do(act_reindex_batch *b, const act_reindex_range *range,
                         const act_reindex_place *after, size_t limit, uint64_t version,
                         act_reindex_done *ret, act_err *reterr)
{
    begin(b, range->source, version);
    int r = read_batch(b, range, after, limit, reterr);
    if (!r)
        r = translate_all(b, reterr);
    if (!r && b->n_records > 0)
        r = remove_obsolete(b, reterr);
    if (!r)
        r = publish(b, reterr);
    if (r)
        return r;
    b->done.records = b->n_records;
    if (b->n_records > 0) {
        const act_reindex_record *last = &b->records[b->n_records - 1];
        b->done.end = (act_reindex_place){ last->time_us, last->id };
    }
    *ret = b->done;
    return 0;
}
