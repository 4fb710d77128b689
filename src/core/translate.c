#include "core/translate.h"

#include "base/alloc.h"
#include "core/event_record.h"
#include "core/identity.h"
#include "core/kinds.h"
#include "core/link_target.h"
#include "core/rule_bind.h"

enum {
    RECORD_BYTES_MAX = 16 << 20, /* more than any log takes */
    RECORD_ARENA_MAX = 64 << 20,
    EVENT_BUDGET = 10000000, /* cost units of all rules of one record */
    LAZY_ABOVE = 256,        /* bytes; larger subtrees wait until a rule touches them */
};

struct act_translator {
    const act_rule_env *env;
    act_json_parser *parser;
    act_arena *arena;
    act_sha256 *sha;
    cel_ctx *ctx[ACT_RULE_KINDS];
    uint64_t set_version;
    act_links links;
    act_activity_link targets[ACT_LINKS_MAX];
    act_buf summary;
    act_buf out;
    char name[ACT_ACTIVITY_NAME_LEN + 1];
    act_failure failures[ACT_FAILURES_MAX];
    act_err error; /* of the failure at hand; here, for zeroing it each time would show */
};

/* One record on its way: what both kinds of record come down to. */
typedef struct {
    enum act_rule_kind kind;
    const act_policy *const *policies;
    size_t n_policies;
    act_activity *activity; /* all but name, summary, links and what the policy says */
    const act_series_state *series;
    const act_trial *trial; /* NULL: live */
    act_str key;            /* verb or reason; ptr NULL: it has none */
} subject;

const char *act_skip_name(enum act_skip skip)
{
    static const char *const names[] = {
#define ACT_SKIP_NAME(name, text) [ACT_SKIP_##name] = text,
        ACT_SKIPS(ACT_SKIP_NAME)
#undef ACT_SKIP_NAME
    };
    return names[skip];
}

const char *act_failure_name(enum act_failure_kind kind)
{
    static const char *const names[] = {
#define ACT_FAILURE_NAME(name, text) [ACT_FAILURE_##name] = text,
        ACT_FAILURES(ACT_FAILURE_NAME)
#undef ACT_FAILURE_NAME
    };
    return names[kind];
}

int act_translator_new(const act_rule_env *env, act_translator **ret)
{
    ACT_AUTO(act_translator) t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->env = env;
    act_json_limits limits = { .max_bytes = RECORD_BYTES_MAX, .lazy_above = LAZY_ABOVE };
    int err = act_json_parser_new(limits, &t->parser);
    if (!err)
        err = act_arena_new(RECORD_ARENA_MAX, 16 << 10, &t->arena);
    if (!err)
        err = act_sha256_new(&t->sha);
    for (int kind = 0; !err && kind < ACT_RULE_KINDS; kind++)
        err = cel_ctx_new(act_rule_env_cel(env, (enum act_rule_kind)kind), &t->ctx[kind]);
    if (err)
        return err;
    *ret = t;
    t = NULL;
    return ACT_OK;
}

void act_translator_free(act_translator *t)
{
    if (!t)
        return;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++)
        cel_ctx_free(t->ctx[kind]);
    act_buf_done(&t->summary);
    act_buf_done(&t->out);
    act_sha256_free(t->sha);
    act_arena_free(t->arena);
    act_json_parser_free(t->parser);
    act_dealloc(t);
}

static void add_failure(act_translator *t, act_translation *r, enum act_failure_kind kind,
                        const act_policy *policy, int32_t rule)
{
    if (r->n_failures == ACT_FAILURES_MAX)
        return;
    act_str text;
    if (act_arena_str(t->arena, act_str_cstr(t->error.text), &text))
        text = ACT_STR("out of memory");
    r->failures = t->failures;
    t->failures[r->n_failures++] =
        (act_failure){ kind, policy, rule, text, t->error.line, t->error.column };
}

/* ---- rules -----------------------------------------------------------------------------
 */

/* Ready for the rules of @s: limits and links are those of one record. */
static cel_ctx *begin_rules(act_translator *t, const subject *s)
{
    cel_ctx *ctx = t->ctx[s->kind];
    cel_ctx_set_budget(ctx, EVENT_BUDGET);
    cel_ctx_set_user(ctx, &t->links);
    return ctx;
}

/* Does the rule select the record? A field that the record lacks means no. */
static int rule_matches(act_translator *t, const subject *s, const act_rule *rule,
                        bool *ret)
{
    cel_ctx *ctx = t->ctx[s->kind];
    cel_value v;
    t->links.n = 0;
    int err = cel_eval(rule->match, ctx, &v, NULL);
    if (!err) {
        *ret = cel_value_is_true(v);
        return ACT_OK;
    }
    enum cel_error_kind kind = cel_ctx_error(ctx);
    if (err == ACT_EEVAL && (kind == CEL_E_NO_SUCH_KEY || kind == CEL_E_NO_SUCH_FIELD)) {
        *ret = false;
        return ACT_OK;
    }
    /* Failures are rare: evaluate again, this time for the text. */
    return cel_eval(rule->match, ctx, &v, &t->error);
}

static int write_activity(act_translator *t, const subject *s, const act_policy *policy,
                          size_t rule, act_translation *r)
{
    act_activity *a = s->activity;
    a->resource.api_group = act_policy_group(policy);
    a->resource.kind = act_policy_kind(policy);
    act_activity_name(t->sha, a->origin, a->origin_id, a->resource.api_group,
                      a->resource.kind, s->series, t->name);
    a->name = act_str_from(t->name, ACT_ACTIVITY_NAME_LEN);
    a->summary = act_buf_str(&t->summary);
    for (size_t i = 0; i < t->links.n; i++) {
        t->targets[i].marker = t->links.items[i].marker;
        act_link_target(t->links.items[i].ref, policy, &t->targets[i].resource);
    }
    a->links = t->targets;
    a->n_links = t->links.n;

    act_buf_clear(&t->out);
    act_activity_write(a, &t->out);
    if (act_buf_err(&t->out))
        return act_buf_err(&t->out);
    if (t->out.len > ACT_ACTIVITY_BYTES_MAX)
        return act_fail(&t->error, ACT_ELIMIT, "the activity is larger than 1 MiB");
    r->rule = rule;
    r->outcome = ACT_OUTCOME_ACTIVITY;
    r->json = act_buf_str(&t->out);
    r->policy = policy;
    return ACT_OK;
}

static int render_summary(act_translator *t, const subject *s, const act_rule *rule)
{
    cel_ctx *ctx = t->ctx[s->kind];
    act_buf_clear(&t->summary);
    t->links.n = 0;
    if (s->trial && s->trial->kind_label.len > 0 && s->kind == ACT_RULE_AUDIT) {
        int err = act_rule_bind_kind(ctx, s->trial->kind_label);
        if (err)
            return err;
    }
    return act_template_render(rule->summary, ctx, &t->summary, &t->error);
}

/* Try one rule. *ret_done: it spoke, or it failed in a way that was noted. */
static int try_rule(act_translator *t, const subject *s, const act_policy *policy, size_t i,
                    act_translation *r, bool *ret_done)
{
    size_t n;
    const act_rule *rule = &act_policy_rules(policy, s->kind, &n)[i];
    enum act_failure_kind failure = ACT_FAILURE_MATCH;
    bool matches = false;
    int err = rule_matches(t, s, rule, &matches);
    *ret_done = err || matches;
    if (!err && matches) {
        failure = ACT_FAILURE_SUMMARY;
        err = render_summary(t, s, rule);
        if (!err)
            err = write_activity(t, s, policy, i, r);
    }
    if (err && err != ACT_ENOMEM) {
        add_failure(t, r, failure, policy, (int32_t)i);
        return ACT_OK;
    }
    return err;
}

static int measure_rule(act_translator *t, const subject *s, const act_policy *policy,
                        size_t i, act_translation *r, bool *ret_done)
{
    const act_trial *trial = s->trial;
    act_rule_cost *cost = &trial->costs[s->kind][i];
    size_t failures = r->n_failures;
    int64_t start = act_mono_ns(trial->clock);
    int err = try_rule(t, s, policy, i, r, ret_done);
    cost->ns += act_mono_ns(trial->clock) - start;
    cost->tried++;
    cost->matched += r->outcome == ACT_OUTCOME_ACTIVITY;
    cost->failed += r->n_failures > failures;
    return err;
}

/* Try the rules of one policy that may match; a trial, which is about their costs, tries
 * all.
 */
static int try_policy(act_translator *t, const subject *s, const act_policy *policy,
                      act_translation *r)
{
    size_t n;
    bool done = false;
    int err = ACT_OK;
    act_rule_bits candidates = act_policy_candidates(policy, s->kind, s->key);
    (void)act_policy_rules(policy, s->kind, &n);
    for (size_t i = 0; i < n && !err && !done; i++) {
        if (s->trial)
            err = measure_rule(t, s, policy, i, r, &done);
        else if (act_rule_bits_has(candidates, i))
            err = try_rule(t, s, policy, i, r, &done);
    }
    return err;
}

static int try_policies(act_translator *t, const subject *s, act_translation *r)
{
    for (size_t i = 0; i < s->n_policies && r->outcome != ACT_OUTCOME_ACTIVITY; i++) {
        int err = try_policy(t, s, s->policies[i], r);
        if (err)
            return err;
    }
    if (r->outcome != ACT_OUTCOME_ACTIVITY) {
        r->outcome = r->n_failures ? ACT_OUTCOME_FAILED : ACT_OUTCOME_SKIPPED;
        r->skip = r->n_failures ? ACT_SKIP_NONE : ACT_SKIP_NO_RULE;
    }
    return ACT_OK;
}

/* What rules see of it is the same member. */
static act_str dispatch_key(const subject *s, const act_json *root)
{
    const act_json *v = act_json_get(root, act_rule_dispatch_key(s->kind));
    return v && v->type == ACT_JSON_STRING ? v->as.string : (act_str){ 0 };
}

/* ---- the two kinds of record -----------------------------------------------------------
 */

static int skip(act_translation *r, enum act_skip why)
{
    r->outcome = ACT_OUTCOME_SKIPPED;
    r->skip = why;
    return ACT_OK;
}

static int refuse_record(act_translator *t, act_translation *r)
{
    add_failure(t, r, ACT_FAILURE_UNMARSHAL, NULL, -1);
    r->outcome = ACT_OUTCOME_FAILED;
    return ACT_OK;
}

/* The policies that are about the object of an audit event. */
static enum act_skip find_audit_policies(act_policy_set *set, const act_audit_record *rec,
                                         subject *s)
{
    if (!rec->has_object)
        return ACT_SKIP_NO_OBJECT;
    if (!act_policy_set_has_group(set, rec->api_group))
        return ACT_SKIP_NO_POLICY;
    s->policies = act_policy_set_lookup(set, ACT_RULE_AUDIT, rec->api_group, rec->resource,
                                        &s->n_policies);
    if (!s->n_policies)
        s->policies = act_policy_set_lookup_kind(set, rec->api_group,
                                                 act_kind_of_audit(rec), &s->n_policies);
    return s->n_policies ? ACT_SKIP_NONE : ACT_SKIP_NO_POLICY;
}

/* With the policies of @set that are about the record, or with those of @s as they are. */
static int translate_audit(act_translator *t, act_policy_set *set, subject *s,
                           const act_json *root, act_translation *r)
{
    act_audit_record rec;
    int err = act_audit_record_read(root, &rec, &t->error);
    if (err == ACT_ENOMEM)
        return err;
    if (err)
        return refuse_record(t, r);
    enum act_skip why = set ? find_audit_policies(set, &rec, s) : ACT_SKIP_NONE;
    if (!why && act_audit_is_dry_run(&rec))
        why = ACT_SKIP_DRY_RUN;
    if (why)
        return skip(r, why);

    r->activity = (act_activity){
        .origin = ACT_STR("audit"),
        .origin_id = rec.audit_id,
        .time_ns = rec.received_ns,
        .actor = act_actor_of_audit(rec.user),
        .tenant = rec.tenant,
        .resource = { .api_version = rec.api_version,
                      .name = act_audit_object_name(&rec),
                      .ns = rec.object_namespace,
                      .uid = act_audit_object_uid(&rec) },
    };
    s->key = dispatch_key(s, root);
    err = act_rule_bind_audit(t->arena, begin_rules(t, s), root, &r->activity.actor,
                              rec.resource);
    return err ? err : try_policies(t, s, r);
}

static int translate_event(act_translator *t, act_policy_set *set, const subject *given,
                           const act_json *root, act_translation *r)
{
    act_event_record rec;
    int err = act_event_record_read(root, &rec, &t->error);
    if (err == ACT_ENOMEM)
        return err;
    if (err)
        return refuse_record(t, r);
    r->series = rec.series;
    if (rec.deleted)
        return skip(r, ACT_SKIP_DELETED);
    subject s = *given;
    s.series = &rec.series;
    if (set)
        s.policies = act_policy_set_lookup(set, ACT_RULE_EVENT, rec.regarding.group,
                                           rec.regarding.kind, &s.n_policies);
    if (!s.n_policies)
        return skip(r, ACT_SKIP_NO_POLICY);
    r->activity = (act_activity){
        .origin = ACT_STR("event"),
        .origin_id = rec.uid,
        .event_reason = rec.reason,
        .time_ns = rec.observed_ns,
        .actor = act_actor_of_event(rec.reporting_controller, rec.source_component),
        .tenant = rec.tenant,
        .resource = { .api_version = rec.regarding.api_version,
                      .name = rec.regarding.name,
                      .ns = rec.regarding.ns,
                      .uid = rec.regarding.uid },
    };
    s.key = dispatch_key(&s, root);
    err = act_rule_bind_event(t->arena, begin_rules(t, &s), root, &r->activity.actor);
    return err ? err : try_policies(t, &s, r);
}

/* A subtree that turned out unreadable when a rule touched it looked empty to the rule, so
 * what came out is not to be trusted. */
static int check_lazy(act_translator *t, act_translation *r)
{
    int err = act_json_parser_err(t->parser);
    if (!err || err == ACT_ENOMEM)
        return err;
    (void)act_fail(&t->error, err,
                   "part of the record is not JSON"); /* only for its text */
    *r = (act_translation){ .outcome = ACT_OUTCOME_FAILED };
    return refuse_record(t, r);
}

/* Programs of another set number their slots differently: start with fresh contexts. */
static int adopt_set(act_translator *t, const act_policy_set *set)
{
    if (act_policy_set_version(set) == t->set_version)
        return ACT_OK;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        cel_ctx *fresh = NULL;
        int err = cel_ctx_new(act_rule_env_cel(t->env, (enum act_rule_kind)kind), &fresh);
        if (err)
            return err;
        cel_ctx_free(t->ctx[kind]);
        t->ctx[kind] = fresh;
    }
    t->set_version = act_policy_set_version(set);
    return ACT_OK;
}

static int translate(act_translator *t, act_policy_set *set, const subject *given,
                     act_str record, size_t padded_bytes, act_translation *ret)
{
    act_arena_reset(t->arena);
    act_translation r = { .outcome = ACT_OUTCOME_SKIPPED };
    const act_json *root = NULL;
    int err = act_json_parse(t->parser, t->arena, record, padded_bytes, &root, &t->error);
    if (err == ACT_ENOMEM)
        return err;
    subject s = *given;
    s.activity = &r.activity;
    if (err)
        err = refuse_record(t, &r);
    else
        err = s.kind == ACT_RULE_AUDIT ? translate_audit(t, set, &s, root, &r)
                                       : translate_event(t, set, &s, root, &r);
    if (!err)
        err = check_lazy(t, &r);
    if (!err)
        *ret = r;
    return err;
}

int act_translate(act_translator *t, act_policy_set *set, enum act_rule_kind kind,
                  act_str record, size_t padded_bytes, act_translation *ret)
{
    subject s = { .kind = kind };
    int err = adopt_set(t, set);
    return err ? err : translate(t, set, &s, record, padded_bytes, ret);
}

int act_translate_by(act_translator *t, const act_policy *policy, enum act_rule_kind kind,
                     act_str record, size_t padded_bytes, act_translation *ret)
{
    subject s = { .kind = kind, .policies = &policy, .n_policies = 1 };
    return translate(t, NULL, &s, record, padded_bytes, ret);
}

int act_translate_trial(act_translator *t, const act_trial *trial, enum act_rule_kind kind,
                        act_str record, size_t padded_bytes, act_translation *ret)
{
    subject s = {
        .kind = kind, .policies = &trial->policy, .n_policies = 1, .trial = trial
    };
    return translate(t, NULL, &s, record, padded_bytes, ret);
}

void act_translation_subject(const act_translation *r, act_buf *out)
{
    act_subject_activity parts = {
        .tenant = r->activity.tenant,
        .group = r->activity.resource.api_group,
        .origin = r->activity.origin,
        .kind = r->activity.resource.kind,
        .ns = r->activity.resource.ns,
        .name = r->activity.name,
    };
    act_subject_of_activity(out, &parts);
}
