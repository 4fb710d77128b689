#include "kube/negotiate.h"

/* One clause of an Accept header. */
typedef struct {
    act_str type;
    unsigned quality; /* thousandths */
    act_str as, group, version;
} clause;

static unsigned read_quality(act_str s)
{
    /* 0, 1, 0.5, 0.125: anything else counts as 1, as if it were not there. */
    if (s.len == 0 || (s.ptr[0] != '0' && s.ptr[0] != '1') || s.ptr[0] == '1')
        return 1000;
    unsigned value = 0, scale = 100;
    for (size_t i = 2; i < s.len && i < 5 && s.ptr[1] == '.'; i++, scale /= 10) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return 1000;
        value += (unsigned)(s.ptr[i] - '0') * scale;
    }
    return value;
}

static clause read_clause(act_str text)
{
    clause c = { .quality = 1000 };
    act_str part, rest = act_str_split(text, ';', &part);
    c.type = act_str_trim(part);
    while (rest.len) {
        act_str value, key;
        rest = act_str_split(rest, ';', &part);
        value = act_str_trim(act_str_split(part, '=', &key));
        key = act_str_trim(key);
        if (act_str_eq_nocase(key, ACT_STR("q")))
            c.quality = read_quality(value);
        else if (act_str_eq(key, ACT_STR("as")))
            c.as = value;
        else if (act_str_eq(key, ACT_STR("g")))
            c.group = value;
        else if (act_str_eq(key, ACT_STR("v")))
            c.version = value;
    }
    return c;
}

static bool read_media(act_str type, enum act_kube_media *ret)
{
    if (act_str_eq_nocase(type, ACT_STR("application/json")) ||
        act_str_eq(type, ACT_STR("*/*")) ||
        act_str_eq_nocase(type, ACT_STR("application/*"))) {
        *ret = ACT_KUBE_JSON;
        return true;
    }
    if (act_str_eq_nocase(type, ACT_STR("application/yaml"))) {
        *ret = ACT_KUBE_YAML;
        return true;
    }
    return false;
}

/* Can we answer this clause? */
static bool accept_clause(const clause *c, act_kube_offer offer, act_kube_accept *ret)
{
    act_kube_accept a = { 0 };
    if (!read_media(c->type, &a.media) || (offer.stream && a.media == ACT_KUBE_YAML))
        return false;
    if (c->as.len == 0) {
        *ret = a;
        return true;
    }
    if (act_str_eq(c->group, ACT_STR("apidiscovery.k8s.io"))) {
        if (!offer.discovery || !act_str_eq(c->version, ACT_STR("v2")))
            return false;
        a.as_version = c->version;
        *ret = a;
        return true;
    }
    bool meta = act_str_eq(c->group, ACT_STR("meta.k8s.io")) &&
                (act_str_eq(c->version, ACT_STR("v1")) ||
                 act_str_eq(c->version, ACT_STR("v1beta1")));
    if (!meta)
        return false;
    if (act_str_eq(c->as, ACT_STR("Table")) && offer.tables)
        a.transform = ACT_KUBE_AS_TABLE;
    else if (act_str_eq(c->as, ACT_STR("PartialObjectMetadata")))
        a.transform = ACT_KUBE_AS_PARTIAL;
    else if (act_str_eq(c->as, ACT_STR("PartialObjectMetadataList")))
        a.transform = ACT_KUBE_AS_PARTIAL_LIST;
    else
        return false;
    a.meta_version = c->version;
    *ret = a;
    return true;
}

/* Who comes first: quality counts, then how much of the type is said. */
static unsigned rank_of(const clause *c)
{
    unsigned said = act_str_eq(c->type, ACT_STR("*/*"))    ? 0
                    : act_str_ends(c->type, ACT_STR("/*")) ? 1
                                                           : 2;
    return c->quality > 0 ? c->quality * 4 + said : 0;
}

int act_kube_negotiate(act_str accept, act_kube_offer offer, act_kube_accept *ret)
{
    unsigned best = 0;
    act_kube_accept chosen = { 0 }, candidate;
    if (act_str_trim(accept).len == 0) {
        *ret = chosen;
        return ACT_OK;
    }
    while (accept.len) {
        act_str text;
        accept = act_str_split(accept, ',', &text);
        clause c = read_clause(text);
        if (rank_of(&c) > best && accept_clause(&c, offer, &candidate)) {
            best = rank_of(&c);
            chosen = candidate;
        }
    }
    if (best == 0)
        return ACT_EUNSUPPORTED;
    *ret = chosen;
    return ACT_OK;
}

static bool means(act_str pattern, act_str type)
{
    if (act_str_eq(pattern, ACT_STR("*/*")))
        return true;
    if (act_str_ends(pattern, ACT_STR("/*")))
        return act_str_starts(type, act_str_head(pattern, pattern.len - 1));
    return act_str_eq_nocase(pattern, type);
}

int act_kube_choose_type(act_str accept, const act_str *types, size_t n, size_t *ret)
{
    unsigned best = 0;
    size_t chosen = 0;
    if (act_str_trim(accept).len == 0)
        accept = ACT_STR("*/*");
    while (accept.len) {
        act_str text;
        size_t i = 0;
        accept = act_str_split(accept, ',', &text);
        clause c = read_clause(text);
        while (i < n && !means(c.type, types[i]))
            i++;
        if (i < n && rank_of(&c) > best) {
            best = rank_of(&c);
            chosen = i;
        }
    }
    if (best == 0)
        return ACT_EUNSUPPORTED;
    *ret = chosen;
    return ACT_OK;
}

enum act_kube_content act_kube_content_of(act_str content_type)
{
    static const struct {
        act_str type;
        enum act_kube_content content;
    } known[] = {
        { { "application/json", 16 }, ACT_KUBE_CONTENT_JSON },
        { { "application/yaml", 16 }, ACT_KUBE_CONTENT_YAML },
        { { "application/merge-patch+json", 28 }, ACT_KUBE_CONTENT_MERGE_PATCH },
        { { "application/json-patch+json", 27 }, ACT_KUBE_CONTENT_JSON_PATCH },
        { { "application/strategic-merge-patch+json", 38 },
          ACT_KUBE_CONTENT_STRATEGIC_PATCH },
        { { "application/apply-patch+yaml", 28 }, ACT_KUBE_CONTENT_APPLY_PATCH },
    };
    act_str type;
    (void)act_str_split(content_type, ';', &type); /* parameters do not matter */
    type = act_str_trim(type);
    if (type.len == 0)
        return ACT_KUBE_CONTENT_JSON;
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_nocase(type, known[i].type))
            return known[i].content;
    return ACT_KUBE_CONTENT_OTHER;
}
