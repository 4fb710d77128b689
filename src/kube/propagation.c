#include "kube/propagation.h"

/* ---- what is said ------------------------------------------------------------------- */

static act_str param(const act_url_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(params[i].name, name))
            return params[i].value;
    return (act_str){ 0 };
}

static int read_policy(act_str text, act_problems *problems, enum act_propagation *ret)
{
    static const struct {
        const char *name;
        enum act_propagation value;
    } known[] = { { "Background", ACT_PROPAGATION_BACKGROUND },
                  { "Foreground", ACT_PROPAGATION_FOREGROUND },
                  { "Orphan", ACT_PROPAGATION_ORPHAN } };
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_cstr(text, known[i].name)) {
            *ret = known[i].value;
            return 0;
        }
    (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED,
                           ACT_STR("propagationPolicy"), text,
                           "supported values: \"Background\", \"Foreground\", \"Orphan\"");
    return ACT_EINVAL;
}

int act_propagation_read(const act_json *options, const act_url_param *params, size_t n,
                         act_problems *problems, enum act_propagation *ret)
{
    const act_json *old = act_json_get(options, ACT_STR("orphanDependents"));
    act_str policy = act_json_string(act_json_get(options, ACT_STR("propagationPolicy")));
    act_str orphan = param(params, n, "orphanDependents");
    if (options)
        orphan = !old || old->type != ACT_JSON_BOOL ? ACT_STR("")
                 : old->as.boolean                  ? ACT_STR("true")
                                                    : ACT_STR("false");
    else
        policy = param(params, n, "propagationPolicy");
    if (policy.len > 0 && orphan.len > 0) {
        (void)act_problems_add(
            problems, ACT_PROBLEM_INVALID, ACT_STR("propagationPolicy"), policy,
            "orphanDependents and deletionPropagation cannot be both set");
        return ACT_EINVAL;
    }
    if (policy.len > 0)
        return read_policy(policy, problems, ret);
    *ret = orphan.len == 0                   ? ACT_PROPAGATION_UNSAID
           : act_str_eq_cstr(orphan, "true") ? ACT_PROPAGATION_ORPHAN
                                             : ACT_PROPAGATION_BACKGROUND;
    return 0;
}

/* ---- how it is asked for ------------------------------------------------------------ */

static enum act_propagation asked_by(const act_json *finalizer)
{
    if (act_json_is(finalizer, ACT_STR(ACT_FINALIZER_ORPHAN)))
        return ACT_PROPAGATION_ORPHAN;
    if (act_json_is(finalizer, ACT_STR(ACT_FINALIZER_FOREGROUND)))
        return ACT_PROPAGATION_FOREGROUND;
    return ACT_PROPAGATION_UNSAID;
}

static const char *finalizer_of(enum act_propagation p)
{
    switch (p) {
    case ACT_PROPAGATION_FOREGROUND:
        return ACT_FINALIZER_FOREGROUND;
    case ACT_PROPAGATION_ORPHAN:
        return ACT_FINALIZER_ORPHAN;
    case ACT_PROPAGATION_UNSAID:
    case ACT_PROPAGATION_BACKGROUND:
        break;
    }
    return NULL;
}

int act_propagation_ask(act_arena *a, const act_json *object, enum act_propagation p,
                        const act_json **ret)
{
    size_t n, kept = 0;
    bool is_asked = false, other = false;
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    const act_json *items = act_json_items(act_json_get(meta, ACT_STR("finalizers")), &n);
    for (size_t i = 0; i < n && p == ACT_PROPAGATION_UNSAID; i++)
        p = asked_by(&items[i]);
    act_json *list = act_arena_make_n(a, act_json, n + 1);
    if (!list)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        enum act_propagation by = asked_by(&items[i]);
        if (by == ACT_PROPAGATION_UNSAID || by == p)
            list[kept++] = items[i];
        is_asked = is_asked || (by != ACT_PROPAGATION_UNSAID && by == p);
        other = other || (by != ACT_PROPAGATION_UNSAID && by != p);
    }
    const char *wanted = finalizer_of(p);
    if (!other && (is_asked || !wanted)) {
        *ret = object;
        return 0;
    }
    if (wanted && !is_asked)
        list[kept++] = act_json_of_cstr(wanted);
    act_json finalizers = { .type = ACT_JSON_ARRAY,
                            .count = (uint32_t)kept,
                            .as.items = list };
    return act_object_with_meta(a, object, "finalizers", finalizers, ret);
}
