/* The URL library of Kubernetes. */
#include "cel/lib_table.h"
#include "cel/lib_text.h"
#include "cel/url.h"

typedef struct {
    cel_opaque head;
    cel_url url;
} url_value;

static const cel_url *url_of(const cel_opaque *v)
{
    return &((const url_value *)v)->url;
}

static bool url_equal(const cel_opaque *a, const cel_opaque *b)
{
    return cel_url_equal(url_of(a), url_of(b));
}

static int url_write(const cel_opaque *v, act_buf *out)
{
    cel_url_write(url_of(v), out);
    return act_buf_err(out);
}

static const cel_opaque_type url_type = {
    .name = "kubernetes.URL",
    .equal = url_equal,
    .write_text = url_write,
};

static cel_value url(cel_call *call, const cel_value *args)
{
    url_value *v = act_arena_make(call->arena, url_value);
    int err = v ? ACT_OK : ACT_ENOMEM;
    if (!err && args[0].len > call->limits->url_bytes)
        err = ACT_ELIMIT;
    if (!err)
        err = cel_url_parse(call->arena, cel_value_str(args[0]), &v->url);
    if (err == ACT_ENOMEM)
        return cel_call_memory(call);
    if (err)
        return cel_call_fail(call, CEL_E_CONVERSION,
                             err == ACT_ELIMIT ? "URL is too long"
                                               : "URL parse error during conversion from "
                                                 "string: neither an absolute URI nor an "
                                                 "absolute path");
    v->head.type = &url_type;
    return cel_opaque_value(&v->head);
}

static cel_value is_url(cel_call *call, const cel_value *args)
{
    if (args[0].len > call->limits->url_bytes)
        return cel_bool(false);
    int err = cel_url_check(call->arena, cel_value_str(args[0]));
    return err == ACT_ENOMEM ? cel_call_memory(call) : cel_bool(err == ACT_OK);
}

/* A part of the URL in args[0]. Escapes of a host may stand for any byte. */
#define ACCESSOR(name, part)                                                               \
    static cel_value name(cel_call *call, const cel_value *args)                           \
    {                                                                                      \
        if (!cel_is_opaque(args[0], &url_type))                                            \
            return cel_call_no_overload(call);                                             \
        const cel_url *u = url_of(args[0].as.opaque);                                      \
        return cel_lossy_string(call, part);                                               \
    }
ACCESSOR(get_scheme, u->scheme)
ACCESSOR(get_host, u->host)
ACCESSOR(get_hostname, cel_url_hostname(u))
ACCESSOR(get_port, cel_url_port(u))
ACCESSOR(get_escaped_path, u->path)
#undef ACCESSOR

typedef struct {
    cel_value key, value;
    uint32_t group; /* number of its key, in order of appearance */
} query_pair;

/* Read all pairs into @pairs (with room for as many as there are '&', plus one) and give
 * equal keys the same group. */
static cel_value read_pairs(cel_call *call, act_str query, query_pair *pairs,
                            uint32_t *count, uint32_t *groups)
{
    act_str key, value;
    uint32_t n = 0;
    int err;
    while (cel_url_next_pair(call->arena, &query, &key, &value, &err)) {
        query_pair *p = &pairs[n];
        p->key = cel_lossy_string(call, key);
        p->value = cel_lossy_string(call, value);
        if (cel_is_error(p->key) || cel_is_error(p->value))
            return cel_call_memory(call);
        uint32_t same = 0;
        while (same < n && !cel_value_equal(pairs[same].key, p->key))
            same++;
        p->group = same < n ? pairs[same].group : (*groups)++;
        n++;
        if (!cel_call_charge(call, cel_cost_tenth_of(n)))
            return cel_call_too_costly(call);
    }
    *count = n;
    return err ? cel_call_memory(call) : cel_null();
}

static cel_value get_query(cel_call *call, const cel_value *args)
{
    if (!cel_is_opaque(args[0], &url_type))
        return cel_call_no_overload(call);
    act_str query = url_of(args[0].as.opaque)->query;
    size_t most = 1;
    for (size_t i = 0; i < query.len; i++)
        most += query.ptr[i] == '&';
    query_pair *pairs = act_arena_make_n(call->arena, query_pair, most);
    if (!pairs)
        return cel_call_memory(call);
    uint32_t count = 0, groups = 0;
    cel_value err = read_pairs(call, query, pairs, &count, &groups);
    if (cel_is_error(err))
        return err;

    cel_entry *entries = act_arena_make_n(call->arena, cel_entry, groups);
    cel_value *values = act_arena_make_n(call->arena, cel_value, count);
    uint32_t *start = act_arena_make_n(call->arena, uint32_t, (size_t)groups + 1);
    if (!entries || !values || !start)
        return cel_call_memory(call);
    /* Counting sort by group: start[g] becomes where the values of g + 1 begin. */
    for (uint32_t i = 0; i < count; i++)
        start[pairs[i].group + 1]++;
    for (uint32_t g = 0; g < groups; g++)
        start[g + 1] += start[g];
    for (uint32_t i = 0; i < count; i++) {
        values[start[pairs[i].group]++] = pairs[i].value;
        entries[pairs[i].group].key = pairs[i].key;
    }
    for (uint32_t g = 0, from = 0; g < groups; from = start[g++]) {
        entries[g].value = cel_list_of(call->arena, values + from, start[g] - from);
        if (cel_is_error(entries[g].value))
            return entries[g].value;
    }
    return cel_map_of(call->arena, entries, groups);
}

#define GETTER(name, id, f)                                                                \
    CEL_MEMBER_GROWS(name, id, "(kubernetes.URL) -> string", 0, f, NULL, cel_grows_repaired)

static const cel_overload_def functions[] = {
    CEL_GLOBAL("url", "string_to_url", "(string) -> kubernetes.URL", 0, url,
               cel_cost_tenth),
    CEL_GLOBAL("isURL", "is_url_string", "(string) -> bool", 0, is_url, cel_cost_tenth),
    GETTER("getScheme", "url_get_scheme", get_scheme),
    GETTER("getHost", "url_get_host", get_host),
    GETTER("getHostname", "url_get_hostname", get_hostname),
    GETTER("getPort", "url_get_port", get_port),
    GETTER("getEscapedPath", "url_get_escaped_path", get_escaped_path),
    CEL_MEMBER_GROWS("getQuery", "url_get_query",
                     "(kubernetes.URL) -> map(string, list(string))", 0, get_query, NULL,
                     cel_grows_query),
};

static const cel_opaque_type *const types[] = { &url_type };

const cel_library cel_lib_url = {
    .name = "url",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .types = types,
    .type_count = ACT_COUNT(types),
};
