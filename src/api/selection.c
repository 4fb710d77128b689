#include "api/selection.h"

static int unread(act_err *e, const char *which, int err, const act_err *why)
{
    return act_fail(e, err, "%s: %s", which, why->text[0] ? why->text : act_strerror(err));
}

static int read_selectors(act_call *c, bool (*is_field)(act_str key), act_selection *s,
                          act_err *e)
{
    act_err why = ACT_ERR_INIT;
    int r = act_selector_parse_labels(c->arena, s->query.label_selector, &s->labels, &why);
    if (r)
        return unread(e, "labelSelector", r, &why);
    r = act_selector_parse_fields(c->arena, s->query.field_selector, &s->fields, &why);
    if (r)
        return unread(e, "fieldSelector", r, &why);
    for (size_t i = 0; !r && i < s->fields.n; i++)
        if (!is_field(s->fields.items[i].key))
            r = act_fail(e, ACT_EINVAL, "field label not supported: %.*s",
                         ACT_STR_ARG(s->fields.items[i].key));
    return r;
}

bool act_selection_read(act_call *c, bool (*is_field)(act_str key), size_t max_terms,
                        act_selection *ret)
{
    act_err e = ACT_ERR_INIT;
    act_selection s = { .ns = c->target.ns, .name = c->target.name };
    if (!act_call_list_query(c, &s.query))
        return false;
    int r = read_selectors(c, is_field, &s, &e);
    if (!r && s.fields.n + s.labels.n > max_terms)
        r = act_fail(&e, ACT_ELIMIT, "at most %zu selector terms are supported here",
                     max_terms);
    if (r)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "%s",
                         e.text[0] ? e.text : act_strerror(r));
    else
        *ret = s;
    return !r;
}
