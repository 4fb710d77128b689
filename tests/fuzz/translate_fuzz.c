/* Records through fixed policies: the first byte tells audit events ('a') from Events, the
 * rest is the record. Nothing crashes; an activity is JSON under a sound subject, and the
 * same the second time. */
#include "broker/broker.h"
#include "core/translate.h"

#include <stdlib.h>

static const char *const policies[] = {
    "{\"metadata\":{\"name\":\"pods\"},\"spec\":{\"resource\":{\"kind\":\"Pod\"},"
    "\"auditRules\":[{\"name\":\"refused\",\"match\":\"audit.responseStatus.code >= 400\","
    "\"summary\":\"{{ link(actor, actorRef) }} was refused {{ audit.verb }} of {{ kind "
    "}}\"},"
    "{\"name\":\"made\",\"match\":\"audit.verb in ['create', 'update'] && "
    "has(audit.objectRef.name)\",\"summary\":\"{{ link(actor, actorRef) }} made "
    "{{ link(audit.objectRef.name, audit.objectRef) }} {{ has(audit.responseObject.spec) ? "
    "string(audit.responseObject.spec.replicas) : 'x' }}\"},"
    "{\"name\":\"rest\",\"match\":\"audit.objectRef.resource.startsWith('p')\","
    "\"summary\":\"{{ audit.requestURI.replace('/', ' ') }}: "
    "{{ link(string(audit.sourceIPs.size()), audit.responseObject) }}\"}],"
    "\"eventRules\":[{\"name\":\"all\",\"match\":\"event.reason != ''\",\"summary\":"
    "\"{{ link(event.regarding.name, event.regarding) }}: {{ event.note }} {{ actor "
    "}}\"}]}}",
    "{\"metadata\":{\"name\":\"more-pods\"},\"spec\":{\"resource\":{\"kind\":\"Pod\"},"
    "\"auditRules\":[{\"name\":\"odd\",\"match\":\"int(audit.user.extra.n[0]) > 3\","
    "\"summary\":\"{{ audit.user.groups.join(',') }}\"}]}}",
};

typedef struct {
    act_rule_env *env;
    act_policy_set *set;
    act_translator *translator;
    act_arena *arena;
    act_json_parser *parser;
} place;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static place *open_place(void)
{
    static place p;
    if (p.set)
        return &p;
    const act_json *objects[ACT_COUNT(policies)];
    size_t invalid;
    require(act_rule_env_new(&p.env) == ACT_OK);
    require(act_translator_new(p.env, &p.translator) == ACT_OK);
    require(act_arena_new(64 << 20, 0, &p.arena) == ACT_OK);
    require(act_json_parser_new((act_json_limits){ 0 }, &p.parser) == ACT_OK);
    for (size_t i = 0; i < ACT_COUNT(policies); i++)
        require(act_json_parse(p.parser, p.arena, act_str_cstr(policies[i]), 0, &objects[i],
                               NULL) == ACT_OK);
    require(act_policy_set_new(p.env, objects, ACT_COUNT(policies), 1, &p.set, &invalid) ==
            ACT_OK);
    require(invalid == 0);
    return &p;
}

static void check_activity(place *p, const act_translation *r)
{
    const act_json *v;
    act_buf subject = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    require(r->json.len <= ACT_ACTIVITY_BYTES_MAX);
    require(act_json_parse(p->parser, p->arena, r->json, 0, &v, &e) == ACT_OK);
    require(act_json_is(act_json_path(v, "metadata", "name", (const char *)NULL),
                        r->activity.name));
    require(act_json_path(v, "spec", "summary", (const char *)NULL) != NULL);
    act_translation_subject(r, &subject);
    require(act_buf_err(&subject) == ACT_OK && subject.len <= ACT_BROKER_SUBJECT_MAX);
    require(
        act_subject_matches(ACT_STR("activities.*.*.*.*.*.*.*"), act_buf_str(&subject)));
    act_buf_done(&subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    place *p = open_place();
    act_translation r;
    if (size == 0)
        return 0;
    enum act_rule_kind kind = data[0] == 'a' ? ACT_RULE_AUDIT : ACT_RULE_EVENT;
    act_str record = act_str_from(data + 1, size - 1), before;
    if (act_translate(p->translator, p->set, kind, record, 0, &r))
        return 0;
    act_arena_reset(p->arena);
    for (size_t i = 0; i < r.n_failures; i++)
        require(r.failures[i].error.len > 0);
    require((r.outcome == ACT_OUTCOME_FAILED) <= (r.n_failures > 0));
    if (r.outcome != ACT_OUTCOME_ACTIVITY)
        return 0;
    check_activity(p, &r);
    require(act_arena_str(p->arena, r.json, &before) == ACT_OK);
    require(act_translate(p->translator, p->set, kind, record, 0, &r) == ACT_OK);
    require(r.outcome == ACT_OUTCOME_ACTIVITY && act_str_eq(r.json, before));
    return 0;
}
