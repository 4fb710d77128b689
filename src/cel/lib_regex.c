/* Regular expressions: regex.* of cel-go, find and findAll of Kubernetes. */
#include "cel/eval.h"
#include "cel/lib_table.h"
#include "cel/lib_text.h"

static void validate_member(cel_validation *v, const cel_node *call)
{
    if (call->as.call.argc > 0)
        cel_validate_pattern(v, call->as.call.args[0]);
}

static void validate_global(cel_validation *v, const cel_node *call)
{
    if (call->as.call.argc > 1)
        cel_validate_pattern(v, call->as.call.args[1]);
}

/* ---- Kubernetes -----------------------------------------------------------------------
 */

static cel_value find(cel_call *call, const cel_value *args)
{
    const cel_regex *re;
    cel_value err;
    act_str match;
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &err))
        return err;
    if (!cel_regex_find(re, cel_value_str(args[0]), 0, &match, 1))
        return cel_string(ACT_STR(""));
    return cel_string(match);
}

/* List of the groups numbered @group of at most @most matches (negative: all). */
static cel_value collect(cel_call *call, const cel_regex *re, act_str text, uint32_t group,
                         int64_t most, bool skip_empty)
{
    act_str found[2];
    size_t count = 0;
    cel_regex_walk walk = cel_regex_walk_on(re, text);
    while ((most < 0 || count < (uint64_t)most) && cel_regex_next(&walk, found, group + 1))
        count += !skip_empty || found[group].len;
    if (!cel_call_charge(call, count))
        return cel_call_too_costly(call);
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    walk = cel_regex_walk_on(re, text);
    for (size_t i = 0; i < count && cel_regex_next(&walk, found, group + 1);) {
        if (!skip_empty || found[group].len)
            items[i++] = cel_string(found[group]);
    }
    return cel_list_of(call->arena, items, (uint32_t)count);
}

static cel_value find_all(cel_call *call, const cel_value *args)
{
    const cel_regex *re;
    cel_value err;
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &err))
        return err;
    int64_t most = call->argc > 2 ? args[2].as.i64 : -1;
    return collect(call, re, cel_value_str(args[0]), 0, most, false);
}

/* ---- cel-go ---------------------------------------------------------------------------
 */

static cel_value too_many_groups(cel_call *call, const cel_regex *re)
{
    return cel_call_failf(
        call, CEL_E_INVALID_ARGUMENT,
        "regular expression has %u capturing groups, at most 1 is allowed",
        cel_regex_groups(re));
}

static cel_value extract(cel_call *call, const cel_value *args)
{
    const cel_regex *re;
    cel_value err;
    act_str found[2];
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &err))
        return err;
    uint32_t groups = cel_regex_groups(re);
    if (groups > 1)
        return too_many_groups(call, re);
    if (!cel_regex_find(re, cel_value_str(args[0]), 0, found, groups + 1) ||
        (groups && found[1].len == 0))
        return cel_optional(NULL);
    return cel_optional_of(call->arena, cel_string(found[groups]));
}

static cel_value extract_all(cel_call *call, const cel_value *args)
{
    const cel_regex *re;
    cel_value err;
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &err))
        return err;
    uint32_t groups = cel_regex_groups(re);
    if (groups > 1)
        return too_many_groups(call, re);
    return collect(call, re, cel_value_str(args[0]), groups, -1, groups == 1);
}

/* Checks the replacement: only \0 to \9 with an existing group, and \\. NULL is fine. */
static const char *bad_replacement(act_str replacement, uint32_t groups)
{
    for (size_t i = 0; i < replacement.len; i++) {
        if (replacement.ptr[i] != '\\')
            continue;
        if (++i == replacement.len)
            return "invalid replacement string: '\\' at the end";
        char c = replacement.ptr[i];
        if (c == '\\')
            continue;
        if (c < '0' || c > '9')
            return "invalid replacement string: '\\' must be followed by a digit or '\\'";
        if ((uint32_t)(c - '0') > groups)
            return "replacement string references a group that does not exist";
    }
    return NULL;
}

static void add_replacement(cel_text *t, act_str replacement, const act_str *group)
{
    while (replacement.len) {
        size_t plain = act_str_find_byte(replacement, '\\');
        if (plain == SIZE_MAX) {
            cel_text_add(t, replacement);
            return;
        }
        cel_text_add(t, act_str_head(replacement, plain));
        char c = replacement.ptr[plain + 1];
        cel_text_add(t, c == '\\' ? ACT_STR("\\") : group[c - '0']);
        replacement = act_str_cut(replacement, plain + 2);
    }
}

static cel_value replace(cel_call *call, const cel_value *args)
{
    enum { GROUPS = 10 }; /* \0 to \9 */
    const cel_regex *re;
    cel_value err;
    if (cel_call_regex(call, cel_value_str(args[1]), &re, &err))
        return err;
    act_str text = cel_value_str(args[0]), replacement = cel_value_str(args[2]);
    int64_t left = call->argc > 3 ? args[3].as.i64 : -1;
    const char *bad = bad_replacement(replacement, cel_regex_groups(re));
    if (bad)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, bad);

    cel_text t = CEL_TEXT_ON(call);
    act_str group[GROUPS] = { 0 };
    uint32_t wanted = cel_regex_groups(re) + 1;
    cel_regex_walk walk = cel_regex_walk_on(re, text);
    size_t kept = 0;
    while (left != 0 && !t.full &&
           cel_regex_next(&walk, group, wanted < GROUPS ? wanted : GROUPS)) {
        size_t start = (size_t)(group[0].ptr - text.ptr);
        cel_text_add(&t, act_str_head(act_str_cut(text, kept), start - kept));
        add_replacement(&t, replacement, group);
        kept = start + group[0].len;
        left -= left > 0;
    }
    cel_text_add(&t, act_str_cut(text, kept));
    if (!cel_call_charge(call, cel_cost_tenth_of(t.len)))
        return cel_call_too_costly(call);
    return cel_text_value(&t);
}

#define WITH_PATTERN(n, i, s, member, f, check, grows)                                     \
    {                                                                                      \
        .name = (n), .id = (i), .signature = (s), .flags = (member), .fn = (f),            \
        .cost = cel_cost_regex, .validate = (check), .growth = (grows)                     \
    }

static const cel_overload_def k8s_functions[] = {
    WITH_PATTERN("find", "string_find_string", "(string, string) -> string", CEL_FN_MEMBER,
                 find, validate_member, cel_grows_pattern),
    WITH_PATTERN("findAll", "string_find_all_string", "(string, string) -> list(string)",
                 CEL_FN_MEMBER, find_all, validate_member, cel_grows_pattern_list),
    WITH_PATTERN("findAll", "string_find_all_string_int",
                 "(string, string, int) -> list(string)", CEL_FN_MEMBER, find_all,
                 validate_member, cel_grows_pattern_list),
};

static const cel_overload_def functions[] = {
    WITH_PATTERN("regex.replace", "regex_replaceAll_string_string_string",
                 "(string, string, string) -> string", 0, replace, validate_global,
                 cel_grows_pattern_replace),
    WITH_PATTERN("regex.replace", "regex_replaceCount_string_string_string_int",
                 "(string, string, string, int) -> string", 0, replace, validate_global,
                 cel_grows_pattern_replace),
    WITH_PATTERN("regex.extract", "regex_extract_string_string",
                 "(string, string) -> optional_type(string)", 0, extract, validate_global,
                 cel_grows_pattern),
    WITH_PATTERN("regex.extractAll", "regex_extractAll_string_string",
                 "(string, string) -> list(string)", 0, extract_all, validate_global,
                 cel_grows_pattern_list),
};

const cel_library cel_lib_k8s_regex = {
    .name = "k8s_regex",
    .functions = k8s_functions,
    .function_count = ACT_COUNT(k8s_functions),
};

const cel_library cel_lib_regex = {
    .name = "regex",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
