#include "pipeline/translated.h"

#include "base/alloc.h"
#include "pipeline/streams.h"

enum {
    ARENA_MAX = 256 << 20,
    FULL_BYTES = 16 << 20, /* with one more dead letter well within a batch of the log */
};

typedef struct {
    act_message *messages;
    size_t n;
} outgoing;

struct act_translated {
    act_translated_options o;
    act_translator *translator;
    act_arena *arena;
    act_buf scratch;
    outgoing activities, dead;
    uint64_t warned_version; /* of the policy set whose failures were logged */
    act_counter *made[ACT_RULE_KINDS], *skipped[ACT_SKIP_COUNT], *failed[ACT_FAILURE_COUNT];
    act_counter *buried, *stubborn;
};

static void make_metrics(act_translated *t, act_metrics *m)
{
    static const char *const kinds[] = {
        [ACT_RULE_AUDIT] = "audit", [ACT_RULE_EVENT] = "event"
    };
    for (int i = 0; i < ACT_RULE_KINDS; i++)
        t->made[i] = act_metrics_counter(m, "activity_translate_activities_total",
                                         "Activities made.",
                                         (const char *[]){ "origin", kinds[i], NULL });
    for (int i = ACT_SKIP_NONE + 1; i < ACT_SKIP_COUNT; i++) {
        const char *labels[] = { "reason", act_skip_name((enum act_skip)i), NULL };
        t->skipped[i] =
            act_metrics_counter(m, "activity_translate_skipped_total",
                                "Records without an activity, by reason.", labels);
    }
    for (int i = 0; i < ACT_FAILURE_COUNT; i++) {
        const char *labels[] = { "type", act_failure_name((enum act_failure_kind)i), NULL };
        t->failed[i] =
            act_metrics_counter(m, "activity_translate_failures_total",
                                "Rules that failed, and unreadable records.", labels);
    }
    t->buried = act_metrics_counter(m, "activity_translate_dead_letters_total",
                                    "Records that became dead letters.", NULL);
    t->stubborn = act_metrics_counter(
        m, "activity_dead_letters_stubborn_total",
        "Retries in vain of dead letters that failed as often as the alarm says.", NULL);
}

int act_translated_new(const act_translated_options *o, act_translated **ret)
{
    act_translated *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->o = *o;
    make_metrics(t, o->metrics);
    t->activities.messages = act_zalloc(o->most, sizeof(act_message));
    t->dead.messages = act_zalloc(o->most, sizeof(act_message));
    int r = t->activities.messages && t->dead.messages ? 0 : ACT_ENOMEM;
    if (!r)
        r = act_translator_new(o->env, &t->translator);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &t->arena);
    if (r) {
        act_translated_free(t);
        return r;
    }
    *ret = t;
    return 0;
}

void act_translated_free(act_translated *t)
{
    if (!t)
        return;
    act_translator_free(t->translator);
    act_arena_free(t->arena);
    act_buf_done(&t->scratch);
    act_dealloc(t->activities.messages);
    act_dealloc(t->dead.messages);
    act_dealloc(t);
}

void act_translated_clear(act_translated *t)
{
    act_arena_reset(t->arena);
    t->activities.n = 0;
    t->dead.n = 0;
}

bool act_translated_is_full(const act_translated *t)
{
    return t->activities.n == t->o.most || t->dead.n == t->o.most ||
           act_arena_used(t->arena) >= FULL_BYTES;
}

/* What is in the scratch buffer, kept until the next clear. */
static int keep(act_translated *t, act_str *ret)
{
    int r = act_buf_err(&t->scratch);
    if (!r)
        r = act_arena_str(t->arena, act_buf_str(&t->scratch), ret);
    act_buf_clear(&t->scratch);
    return r;
}

static int gather_activity(act_translated *t, const act_translation *result)
{
    act_message m = { .id = { 0 } };
    int r = act_arena_str(t->arena, result->json, &m.payload);
    if (!r)
        r = act_arena_str(t->arena, result->activity.name, &m.id);
    act_translation_subject(result, &t->scratch);
    if (!r)
        r = keep(t, &m.subject);
    if (!r)
        t->activities.messages[t->activities.n++] = m;
    return r;
}

/* ---- failures ---------------------------------------------------------------------- */

static int gather_letter(act_translated *t, const act_dead_letter *d, bool is_json)
{
    act_message m = { .id = { 0 } };
    act_buf_clear(&t->scratch);
    act_dead_letter_write(d, is_json, &t->scratch);
    int r = keep(t, &m.payload);
    act_dead_letter_subject(d, &t->scratch);
    if (!r)
        r = keep(t, &m.subject);
    act_dead_letter_id(d, &t->scratch);
    if (t->scratch.len > ACT_BROKER_ID_MAX)
        act_buf_clear(&t->scratch); /* recognised by nothing, as a record without an id */
    if (!r)
        r = keep(t, &m.id);
    if (!r)
        t->dead.messages[t->dead.n++] = m;
    return r;
}

/* The parts that every failure of this record has. */
static act_dead_letter begin_letter(const act_translated *t, const act_translated_input *in)
{
    int64_t now = act_wall_ns(t->o.clock);
    act_dead_letter d = {
        .kind = in->kind, .id = in->id, .rule = -1, .failed_ns = now, .record = in->record
    };
    if (in->before) {
        d.id = in->before->id;
        d.failed_ns = in->before->failed_ns;
        d.retries = in->before->retries + 1;
        d.retried_ns = now;
    }
    d.next_ns = now + act_retry_delay_ns(&t->o.retry, d.retries);
    return d;
}

static int bury_failure(act_translated *t, const act_policy_set *set,
                        const act_translated_input *in, const act_translation *result)
{
    const act_failure *f = &result->failures[0];
    act_dead_letter d = begin_letter(t, in);
    d.error_type = act_str_cstr(act_failure_name(f->kind));
    d.error = f->error;
    d.rule = f->rule;
    if (f->policy) {
        d.policy = act_policy_name(f->policy);
        d.policy_version = act_policy_generation(f->policy);
        d.group = act_policy_group(f->policy);
        d.resource_kind = act_policy_kind(f->policy);
        d.name = result->activity.resource.name;
        d.ns = result->activity.resource.ns;
        d.tenant = result->activity.tenant;
        d.policies = act_policy_set_fingerprint(set, in->kind, d.group, d.resource_kind);
    }
    return gather_letter(t, &d, f->kind != ACT_FAILURE_UNMARSHAL);
}

/* Translating alone needs more memory than there is (for one record): the others must not
 * wait for it. */
static int bury_too_big(act_translated *t, const act_translated_input *in)
{
    act_dead_letter d = begin_letter(t, in);
    d.error_type = ACT_STR("memory");
    d.error = ACT_STR("translating the record took more memory than one may");
    return gather_letter(t, &d, false);
}

/* One line a snapshot: who wants them all looks at the dead letters. */
static void warn_of(act_translated *t, const act_policy_set *set, const act_failure *f)
{
    if (t->warned_version == act_policy_set_version(set))
        return;
    t->warned_version = act_policy_set_version(set);
    act_warn(t->o.log, "a rule or a record failed; further ones are counted only",
             ACT_F_CSTR("type", act_failure_name(f->kind)),
             ACT_F_STR("policy", f->policy ? act_policy_name(f->policy) : ACT_STR("")),
             ACT_F_I64("rule", f->rule), ACT_F_STR("why", f->error));
}

static int gather(act_translated *t, const act_policy_set *set,
                  const act_translated_input *in, const act_translation *result)
{
    switch (result->outcome) {
    case ACT_OUTCOME_ACTIVITY:
        return gather_activity(t, result);
    case ACT_OUTCOME_FAILED:
        return bury_failure(t, set, in, result);
    case ACT_OUTCOME_SKIPPED:
        break;
    }
    return 0;
}

static void count(act_translated *t, const act_policy_set *set,
                  const act_translated_input *in, const act_translation *result)
{
    for (size_t i = 0; i < result->n_failures; i++)
        act_counter_add(t->failed[result->failures[i].kind], 1);
    if (result->n_failures > 0)
        warn_of(t, set, &result->failures[0]);
    switch (result->outcome) {
    case ACT_OUTCOME_ACTIVITY:
        act_counter_add(t->made[in->kind], 1);
        break;
    case ACT_OUTCOME_SKIPPED:
        act_counter_add(t->skipped[result->skip], 1);
        break;
    case ACT_OUTCOME_FAILED:
        if (!in->before)
            act_counter_add(t->buried, 1);
        else if (in->before->retries + 1 >= t->o.retry.alarm)
            act_counter_add(t->stubborn, 1);
        break;
    }
}

int act_translated_add(act_translated *t, act_policy_set *set,
                       const act_translated_input *in, enum act_outcome *ret)
{
    act_translation result;
    assert(t->activities.n < t->o.most && t->dead.n < t->o.most);
    act_arena_mark mark = act_arena_save(t->arena);
    int r =
        act_translate(t->translator, set, in->kind, in->record, in->padded_bytes, &result);
    if (r) {
        result = (act_translation){ .outcome = ACT_OUTCOME_FAILED };
        r = bury_too_big(t, in);
    } else {
        r = gather(t, set, in, &result);
    }
    if (r) {
        act_arena_restore(t->arena, mark);
        return r;
    }
    count(t, set, in, &result);
    *ret = result.outcome;
    return 0;
}

/* ---- publishing -------------------------------------------------------------------- */

static int publish(act_translated *t, const char *stream, const outgoing *out,
                   act_err *reterr)
{
    if (out->n == 0)
        return 0;
    return act_broker_publish(t->o.broker, act_str_cstr(stream), out->messages, out->n,
                              NULL, reterr);
}

int act_translated_publish(act_translated *t, act_err *reterr)
{
    int r = publish(t, ACT_STREAM_ACTIVITIES, &t->activities, reterr);
    return r ? r : publish(t, ACT_STREAM_DEAD_LETTERS, &t->dead, reterr);
}
