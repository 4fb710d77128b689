#include "pipeline/translated.h"

#include "base/alloc.h"
#include "pipeline/dead_letter.h"
#include "pipeline/streams.h"

enum { ARENA_MAX = 256 << 20 };

typedef struct {
    act_message *messages;
    size_t n;
} outgoing;

struct act_translated {
    act_broker *broker;
    act_clock clock;
    act_translator *translator;
    act_arena *arena;
    act_buf scratch;
    size_t most;
    outgoing activities, dead;
    act_counter *made[ACT_RULE_KINDS], *skipped[ACT_SKIP_COUNT], *failed[ACT_FAILURE_COUNT];
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
}

int act_translated_new(act_broker *broker, const act_rule_env *env, size_t most,
                       act_clock clock, act_metrics *metrics, act_translated **ret)
{
    act_translated *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->broker = broker;
    t->clock = clock;
    t->most = most;
    make_metrics(t, metrics);
    t->activities.messages = act_zalloc(most, sizeof(act_message));
    t->dead.messages = act_zalloc(most, sizeof(act_message));
    int r = t->activities.messages && t->dead.messages ? 0 : ACT_ENOMEM;
    if (!r)
        r = act_translator_new(env, &t->translator);
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

/* What is in the scratch buffer, kept until the next clear. */
static int keep(act_translated *t, act_str *ret)
{
    int r = act_buf_err(&t->scratch);
    return r ? r : act_arena_str(t->arena, act_buf_str(&t->scratch), ret);
}

static int gather_activity(act_translated *t, const act_translation *result)
{
    act_message m = { .id = { 0 } };
    int r = act_arena_str(t->arena, result->json, &m.payload);
    if (!r)
        r = act_arena_str(t->arena, result->activity.name, &m.id);
    act_buf_clear(&t->scratch);
    act_translation_subject(result, &t->scratch);
    if (!r)
        r = keep(t, &m.subject);
    if (!r)
        t->activities.messages[t->activities.n++] = m;
    return r;
}

static int gather_dead(act_translated *t, enum act_rule_kind kind, act_str record,
                       const act_failure *f)
{
    act_dead_letter d = { .kind = kind,
                          .error_type = act_str_cstr(act_failure_name(f->kind)),
                          .error = f->error,
                          .rule = f->rule,
                          .failed_ns = act_wall_ns(t->clock),
                          .record = record };
    if (f->policy) {
        d.policy = act_policy_name(f->policy);
        d.policy_version = act_policy_generation(f->policy);
        d.group = act_policy_group(f->policy);
        d.resource_kind = act_policy_kind(f->policy);
    }
    act_message m = { .id = { 0 } };
    act_buf_clear(&t->scratch);
    act_dead_letter_write(&d, f->kind != ACT_FAILURE_UNMARSHAL, &t->scratch);
    int r = keep(t, &m.payload);
    act_buf_clear(&t->scratch);
    act_dead_letter_subject(&d, &t->scratch);
    if (!r)
        r = keep(t, &m.subject);
    if (!r)
        t->dead.messages[t->dead.n++] = m;
    return r;
}

int act_translated_add(act_translated *t, act_policy_set *set, enum act_rule_kind kind,
                       act_str record, size_t padded_bytes, bool bury,
                       enum act_outcome *ret_outcome)
{
    act_translation result;
    assert(t->activities.n < t->most && t->dead.n < t->most);
    int r = act_translate(t->translator, set, kind, record, padded_bytes, &result);
    if (r)
        return r;
    for (size_t i = 0; i < result.n_failures; i++)
        act_counter_add(t->failed[result.failures[i].kind], 1);
    switch (result.outcome) {
    case ACT_OUTCOME_ACTIVITY:
        act_counter_add(t->made[kind], 1);
        r = gather_activity(t, &result);
        break;
    case ACT_OUTCOME_SKIPPED:
        act_counter_add(t->skipped[result.skip], 1);
        break;
    case ACT_OUTCOME_FAILED:
        if (bury)
            r = gather_dead(t, kind, record, &result.failures[0]);
        break;
    }
    if (!r && ret_outcome)
        *ret_outcome = result.outcome;
    return r;
}

int act_translated_publish(act_translated *t, act_err *reterr)
{
    int r = 0;
    if (t->activities.n > 0)
        r = act_broker_publish(t->broker, ACT_STR(ACT_STREAM_ACTIVITIES),
                               t->activities.messages, t->activities.n, NULL, reterr);
    if (!r && t->dead.n > 0)
        r = act_broker_publish(t->broker, ACT_STR(ACT_STREAM_DEAD_LETTERS),
                               t->dead.messages, t->dead.n, NULL, reterr);
    return r;
}
