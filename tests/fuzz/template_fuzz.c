/* Summary templates: any text compiles or is refused with a place in it, and what compiles
 * renders within its limits or fails with a reason. */
#include "core/rule_env.h"
#include "core/template.h"

#include <stdlib.h>

static const char EVENT[] =
    "{\"verb\":\"create\",\"user\":{\"username\":\"ann\",\"groups\":[\"a\",\"b\"]},"
    "\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"n\",\"name\":\"p\"},"
    "\"responseStatus\":{\"code\":201},\"requestObject\":{\"spec\":{\"replicas\":3,"
    "\"share\":0.5,\"on\":true,\"none\":null,\"text\":\"\\u00e9{{}}\"}}}";

typedef struct {
    act_rule_env *env;
    cel_ctx *ctx;
    act_arena *arena;
    act_json_parser *parser;
    const act_json *event;
    act_links links;
} place;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static place *open_place(void)
{
    static place p;
    if (p.event)
        return &p;
    require(act_rule_env_new(&p.env) == ACT_OK);
    require(cel_ctx_new(act_rule_env_cel(p.env, ACT_RULE_AUDIT), &p.ctx) == ACT_OK);
    require(act_arena_new(1 << 20, 0, &p.arena) == ACT_OK);
    require(act_json_parser_new((act_json_limits){ 0 }, &p.parser) == ACT_OK);
    require(act_json_parse(p.parser, p.arena, act_str_cstr(EVENT), 0, &p.event, NULL) ==
            ACT_OK);
    return &p;
}

static void bind(place *p)
{
    p->links.n = 0;
    cel_ctx_reset(p->ctx);
    cel_ctx_set_budget(p->ctx, 1000000);
    cel_ctx_set_user(p->ctx, &p->links);
    require(cel_bind_json(p->ctx, ACT_RULE_VAR_RECORD, p->event) == ACT_OK);
    require(cel_bind_value(p->ctx, ACT_RULE_VAR_ACTOR, cel_string(ACT_STR("ann"))) ==
            ACT_OK);
    require(cel_bind_json(p->ctx, ACT_RULE_VAR_REF,
                          act_json_get(p->event, ACT_STR("user"))) == ACT_OK);
    require(cel_bind_value(p->ctx, ACT_RULE_VAR_KIND, cel_string(ACT_STR("pods"))) ==
            ACT_OK);
}

static void check_render(place *p, const act_template *t)
{
    act_buf out = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_buf_add(&out, ACT_STR("before"));
    bind(p);
    int err = act_template_render(t, p->ctx, &out, &e);
    if (err)
        require(out.len == 6 && (err == ACT_ENOMEM || e.text[0]));
    else
        require(out.len - 6 <= ACT_TEMPLATE_SUMMARY_MAX);
    require(p->links.n <= ACT_LINKS_MAX);
    for (size_t i = 0; i < p->links.n; i++)
        require(p->links.items[i].marker.len <= UINT32_MAX);
    act_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    place *p = open_place();
    act_str text = act_str_from(data, size);
    act_err e = ACT_ERR_INIT;
    act_template *t = NULL;
    int err =
        act_template_new(act_rule_env_cel(p->env, ACT_RULE_AUDIT), NULL, text, &t, &e);
    if (err) {
        require(t == NULL && e.text[0] && e.offset <= size);
        return 0;
    }
    check_render(p, t);
    act_template_free(t);
    return 0;
}
