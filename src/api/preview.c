#include "api/preview.h"

#include "api/ephemeral.h"
#include "api/persisted_parts.h"
#include "api/query.h"
#include "base/json_write.h"
#include "pipeline/policy_source.h"

enum { INPUTS_MAX = 1000, FETCH_DEFAULT = 10, FETCH_MAX = 50 };

/* Rules may be dear, and inputs many: those that are not through by then are not tried. */
#define TIME_MAX_NS (10 * ACT_NS_PER_S)

static const char *const type_names[] = {
    [ACT_RULE_AUDIT] = "audit", [ACT_RULE_EVENT] = "event"
};

/* ---- what was asked ---------------------------------------------------------------- */

static const act_json *member(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type != ACT_JSON_NULL ? v : NULL;
}

static void add(act_problems *problems, enum act_problem_kind kind, act_str field,
                const char *detail)
{
    (void)act_problems_add(problems, kind, field, (act_str){ 0 }, "%s", detail);
}

/* Type of an input; false: it has none of ours. */
static bool type_of(const act_json *input, enum act_rule_kind *ret)
{
    act_str type = act_json_string(member(input, "type"));
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        if (act_str_eq_cstr(type, type_names[kind])) {
            *ret = (enum act_rule_kind)kind;
            return true;
        }
    }
    return false;
}

static int check_input(act_call *c, const act_json *input, size_t i, act_problems *problems)
{
    act_str type_path, record_path;
    enum act_rule_kind kind = ACT_RULE_AUDIT;
    bool known = type_of(input, &kind);
    int r = act_arena_printf(c->arena, &type_path, "spec.inputs[%zu].type", i);
    if (!r)
        r = act_arena_printf(c->arena, &record_path, "spec.inputs[%zu].%s", i,
                             type_names[kind]);
    if (r)
        return r;
    if (!known && act_json_string(member(input, "type")).len == 0)
        add(problems, ACT_PROBLEM_REQUIRED, type_path, "an input needs a type");
    else if (!known)
        add(problems, ACT_PROBLEM_NOT_SUPPORTED, type_path,
            "the type of an input is audit or event");
    else if (!member(input, type_names[kind]))
        add(problems, ACT_PROBLEM_REQUIRED, record_path, "the input has no such record");
    else if (member(input, type_names[kind])->type != ACT_JSON_OBJECT)
        add(problems, ACT_PROBLEM_INVALID, record_path, "the record must be an object");
    return 0;
}

static void check_sources(const act_json *fetch, act_preview_fetch *ret,
                          act_problems *problems)
{
    act_str sources = act_json_string(member(fetch, "sources"));
    bool both = sources.len == 0 || act_str_eq_cstr(sources, "both");
    ret->audit = both || act_str_eq_cstr(sources, "audit");
    ret->events = both || act_str_eq_cstr(sources, "events");
    if (!ret->audit && !ret->events)
        add(problems, ACT_PROBLEM_NOT_SUPPORTED, ACT_STR("spec.autoFetch.sources"),
            "sources are audit, events or both");
}

/* "24h" is short for "now-24h". */
static int check_range(act_call *c, const act_json *fetch, act_preview_fetch *ret,
                       act_problems *problems)
{
    act_str field = ACT_STR("spec.autoFetch.timeRange");
    act_str text = act_json_string(member(fetch, "timeRange"));
    act_timerange_options o = { .now_ns = c->now_ns,
                                .max_window_ns = c->api->limits.max_query_window_ns,
                                .start_field = field,
                                .end_field = field,
                                .window_field = field };
    act_timerange range;
    int r = 0;
    if (text.len == 0)
        text = ACT_STR("24h");
    if (!act_str_starts(text, ACT_STR("now"))) {
        act_str given = text;
        int64_t start;
        r = act_arena_printf(c->arena, &text, "now-%.*s", ACT_STR_ARG(text));
        if (!r && act_time_parse(text, c->now_ns, &start, NULL)) {
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, given,
                                   "how far back is written 30m, 24h, 7d or now-7d");
            return problems->err;
        }
    }
    if (!r)
        r = act_timerange_resolve(text, ACT_STR("now"), &o, &range, problems);
    if (!r) {
        ret->start_us = range.start_us;
        ret->end_us = range.end_us;
    }
    return r == ACT_ENOMEM ? r : 0;
}

static int check_fetch(act_call *c, const act_json *fetch, act_preview_fetch *ret,
                       act_problems *problems)
{
    const act_json *limit = member(fetch, "limit");
    ret->limit = limit && limit->type == ACT_JSON_INT ? limit->as.i64 : 0;
    if (ret->limit < 0 || ret->limit > FETCH_MAX)
        add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.autoFetch.limit"),
            "the limit is from 0 to 50");
    if (ret->limit == 0)
        ret->limit = FETCH_DEFAULT;
    check_sources(fetch, ret, problems);
    return check_range(c, fetch, ret, problems);
}

/* The policy that the registry has as @name, or a problem. */
static int find_policy(act_call *c, act_str name, const act_json **ret,
                       act_problems *problems)
{
    act_str key;
    act_entry entry;
    int r =
        act_arena_printf(c->arena, &key, ACT_REGISTRY_POLICIES "%.*s", ACT_STR_ARG(name));
    if (!r)
        r = act_registry_get(c->api->registry, key, c->arena, &entry);
    if (!r)
        r = act_persisted_object(c->arena, &entry, ret);
    if (r == ACT_ENOTFOUND || r == ACT_EINVAL) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.policyName"),
                               name, "there is no policy of this name");
        return ACT_EINVAL;
    }
    return r;
}

/* The policy of the spec, or the one that it names. ACT_EINVAL with problems. */
static int read_policy(act_call *c, const act_json *spec, act_policy **ret,
                       act_problems *problems)
{
    act_str name = act_json_string(member(spec, "policyName"));
    const act_json *policy = member(spec, "policy"), *object;
    act_json none = act_json_of_object();
    if (policy && name.len > 0) {
        add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec"),
            "a preview has policy or policyName, not both");
        return ACT_EINVAL;
    }
    int r = name.len > 0 ? find_policy(c, name, &object, problems)
                         : act_object_with(c->arena, &none, "spec", policy ? policy : &none,
                                           &object);
    return r ? r
             : act_policy_new(c->api->rules, NULL, object,
                              name.len > 0 ? "spec.policyName" : "spec.policy", problems,
                              ret);
}

/* Everything that may be wrong goes to @problems; without any there is a policy. */
static int plan(act_call *c, const act_json *spec, act_preview_fetch *fetch,
                act_policy **ret, act_problems *problems)
{
    size_t n;
    const act_json *inputs = act_json_items(member(spec, "inputs"), &n);
    const act_json *wanted = member(spec, "autoFetch");
    int r = read_policy(c, spec, ret, problems);
    if (r && r != ACT_EINVAL)
        return r;
    if (n == 0 && !wanted)
        add(problems, ACT_PROBLEM_REQUIRED, ACT_STR("spec"),
            "a preview needs inputs or autoFetch");
    if (n > 0 && wanted)
        add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec"),
            "a preview has inputs or autoFetch, not both");
    if (n > INPUTS_MAX) {
        add(problems, ACT_PROBLEM_TOO_MANY, ACT_STR("spec.inputs"),
            "a preview has at most 1000 inputs");
        return 0;
    }
    r = wanted ? check_fetch(c, wanted, fetch, problems) : 0;
    for (size_t i = 0; !r && i < n; i++)
        r = check_input(c, &inputs[i], i, problems);
    return r ? r : problems->err;
}

/* ---- evaluation -------------------------------------------------------------------- */

static int given_inputs(act_call *c, const act_json *spec, const act_policy *policy,
                        const act_preview_input **ret, size_t *ret_n)
{
    size_t n;
    const act_json *given = act_json_items(member(spec, "inputs"), &n);
    act_preview_input *inputs = act_arena_make_n(c->arena, act_preview_input, n);
    int r = inputs ? 0 : ACT_ENOMEM;
    for (size_t i = 0; !r && i < n; i++) {
        enum act_rule_kind kind = ACT_RULE_AUDIT;
        (void)type_of(&given[i], &kind); /* was checked */
        r = act_preview_complete(c, kind, member(&given[i], type_names[kind]), i, policy,
                                 &inputs[i]);
    }
    *ret = inputs;
    *ret_n = n;
    return r;
}

/* A failure: in words which rule, which part of it, where and why; and each by itself. */
static int write_failure(act_call *c, const act_rule *rules, const act_failure *f,
                         act_json_writer *w)
{
    act_str text, place = { 0 };
    if (f->rule < 0) {
        act_jw_kv_string(w, "error", f->error);
        return 0;
    }
    act_str name = rules[f->rule].name;
    const char *field = f->kind == ACT_FAILURE_MATCH ? "match" : "summary";
    int r =
        f->line > 0 ? act_arena_printf(c->arena, &place, "%u:%u: ", f->line, f->column) : 0;
    if (!r)
        r = act_arena_printf(c->arena, &text, "rule \"%.*s\", %s: %.*s%.*s",
                             ACT_STR_ARG(name), field, ACT_STR_ARG(place),
                             ACT_STR_ARG(f->error));
    if (r)
        return r;
    act_jw_kv_string(w, "error", text);
    act_jw_kv_string(w, "errorRuleName", name);
    act_jw_kv_string(w, "errorField", act_str_cstr(field));
    if (f->line > 0) {
        act_jw_kv_i64(w, "errorLine", f->line);
        act_jw_kv_i64(w, "errorColumn", f->column);
    }
    return 0;
}

static int write_result(act_call *c, const act_policy *policy, const act_preview_input *in,
                        size_t index, const act_translation *made, act_json_writer *w)
{
    size_t n;
    const act_rule *rules = act_policy_rules(policy, in->kind, &n);
    bool matched = made->outcome == ACT_OUTCOME_ACTIVITY;
    int r = 0;
    act_jw_object(w);
    act_jw_kv_i64(w, "inputIndex", (int64_t)index);
    act_jw_kv_bool(w, "matched", matched);
    act_jw_kv_i64(w, "matchedRuleIndex", matched ? (int64_t)made->rule : -1);
    if (matched) {
        act_jw_kv_string(w, "matchedRuleType", act_str_cstr(type_names[in->kind]));
        act_jw_kv_string(w, "matchedRuleName", rules[made->rule].name);
    }
    if (made->n_failures > 0)
        r = write_failure(c, rules, &made->failures[0], w);
    else
        act_jw_kv_string_opt(w, "error", in->problem);
    act_jw_object_end(w);
    return r;
}

/* Results to @w, activities to @activities. */
static int evaluate(act_call *c, act_translator *t, const act_trial *trial,
                    const act_preview_input *inputs, size_t n, act_json_writer *w,
                    act_json_writer *activities)
{
    int64_t end_ns = act_mono_ns(c->api->clock) + TIME_MAX_NS;
    for (size_t i = 0; i < n; i++) {
        act_translation made = { .outcome = ACT_OUTCOME_SKIPPED };
        act_preview_input in = inputs[i];
        int r = 0;
        if (act_mono_ns(c->api->clock) > end_ns)
            in.problem = ACT_STR("not tried: the inputs before took the preview's time");
        if (in.problem.len == 0)
            r = act_translate_trial(t, trial, in.kind, in.text, 0, &made);
        if (!r)
            r = write_result(c, trial->policy, &in, i, &made, w);
        if (r)
            return r;
        if (made.outcome == ACT_OUTCOME_ACTIVITY)
            act_jw_raw(activities, made.json);
    }
    return 0;
}

static void write_inputs(const act_preview_input *inputs, size_t n, act_json_writer *w)
{
    act_jw_array(w);
    for (size_t i = 0; i < n; i++) {
        act_jw_object(w);
        act_jw_kv_string(w, "type", act_str_cstr(type_names[inputs[i].kind]));
        act_jw_kv_raw(w, type_names[inputs[i].kind], inputs[i].text);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
}

static void write_timings(const act_trial *trial, act_json_writer *w)
{
    act_jw_key(w, ACT_STR("ruleTimings"));
    act_jw_array(w);
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        size_t n;
        const act_rule *rules =
            act_policy_rules(trial->policy, (enum act_rule_kind)kind, &n);
        for (size_t i = 0; i < n; i++) {
            const act_rule_cost *cost = &trial->costs[kind][i];
            act_jw_object(w);
            act_jw_kv_string(w, "type", act_str_cstr(type_names[kind]));
            act_jw_kv_i64(w, "index", (int64_t)i);
            act_jw_kv_string(w, "name", rules[i].name);
            act_jw_kv_i64(w, "tried", (int64_t)cost->tried);
            act_jw_kv_i64(w, "matched", (int64_t)cost->matched);
            act_jw_kv_i64(w, "failed", (int64_t)cost->failed);
            act_jw_kv_i64(w, "nanoseconds", cost->ns);
            act_jw_object_end(w);
        }
    }
    act_jw_array_end(w);
}

static int write_status(act_call *c, act_translator *t, const act_trial *trial,
                        const act_preview_input *inputs, size_t n, act_str fetched,
                        act_buf *out)
{
    act_buf made = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(out), activities = act_json_writer_on(&made);
    act_jw_object(&w);
    act_jw_key(&w, ACT_STR("results"));
    act_jw_array(&w);
    act_jw_array(&activities);
    int r = evaluate(c, t, trial, inputs, n, &w, &activities);
    act_jw_array_end(&activities);
    act_jw_array_end(&w);
    if (!r)
        r = act_buf_err(&made);
    if (!r)
        act_jw_kv_raw(&w, "activities", act_buf_str(&made));
    write_timings(trial, &w);
    if (fetched.len > 0)
        act_jw_kv_raw(&w, "fetchedInputs", fetched);
    act_jw_object_end(&w);
    act_buf_done(&made);
    return r ? r : act_buf_err(out);
}

/* ---- the handler ------------------------------------------------------------------- */

/* Records from the store: what they are as JSON, also as the object's spec.inputs. */
static int fetch_inputs(act_call *c, const act_preview_fetch *fetch,
                        const act_policy *policy, act_translator *t,
                        const act_json **object, const act_preview_input **ret,
                        size_t *ret_n, act_str *ret_text, act_err *reterr)
{
    int r = act_preview_find(c, fetch, policy, t, ret, ret_n, reterr);
    if (r || *ret_n == 0)
        return r;
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    write_inputs(*ret, *ret_n, &w);
    r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret_text);
    act_buf_done(&text);
    act_json list = { .type = ACT_JSON_ARRAY, .raw = *ret_text };
    act_json spec;
    if (!r)
        r = act_json_with(c->arena, act_json_get(*object, ACT_STR("spec")),
                          ACT_STR("inputs"), list, &spec);
    return r ? r : act_object_with(c->arena, *object, "spec", &spec, object);
}

static int make_trial(act_call *c, const act_json *spec, const act_policy *policy,
                      act_trial *ret)
{
    act_str label = act_json_string(member(spec, "kindLabel"));
    act_trial trial = { .policy = policy, .clock = c->api->clock, .kind_label = label };
    if (label.len == 0)
        trial.kind_label = act_json_string(member(spec, "kindLabelPlural"));
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        size_t n;
        (void)act_policy_rules(policy, (enum act_rule_kind)kind, &n);
        trial.costs[kind] = act_arena_make_n(c->arena, act_rule_cost, n + 1);
        if (!trial.costs[kind])
            return ACT_ENOMEM;
    }
    *ret = trial;
    return 0;
}

static int preview(act_call *c, const act_json **object, const act_preview_fetch *fetch,
                   const act_policy *policy, act_buf *status, act_err *reterr)
{
    ACT_AUTO(act_translator) t = NULL;
    const act_json *spec = act_json_get(*object, ACT_STR("spec"));
    const act_preview_input *inputs = NULL;
    act_str fetched = { 0 };
    size_t n = 0;
    act_trial trial;
    int r = make_trial(c, spec, policy, &trial);
    if (!r)
        r = act_translator_new(c->api->rules, &t);
    if (!r && fetch->limit > 0)
        r = fetch_inputs(c, fetch, policy, t, object, &inputs, &n, &fetched, reterr);
    else if (!r)
        r = given_inputs(c, spec, policy, &inputs, &n);
    return r ? r : write_status(c, t, &trial, inputs, n, fetched, status);
}

void act_api_previews(act_call *c)
{
    ACT_AUTO(act_policy) policy = NULL;
    const act_json *object;
    if (!act_ephemeral_read(c, &object))
        return;
    act_problems problems = act_problems_in(c->arena);
    act_preview_fetch fetch = { .limit = 0 };
    act_buf status = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    int r = plan(c, act_json_get(object, ACT_STR("spec")), &fetch, &policy, &problems);
    if (!r && problems.count > 0) {
        act_ephemeral_refuse(c, &problems);
        return;
    }
    if (!r)
        r = preview(c, &object, &fetch, policy, &status, &e);
    if (r)
        act_query_answer_failure(c, r, &e);
    else
        act_ephemeral_answer(c, object, act_buf_str(&status));
    act_buf_done(&status);
}
