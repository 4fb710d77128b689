/* Static errors beyond types: literal arguments that can only fail, and map keys. */
#include "cel/check_internal.h"
#include "cel/regex.h"

struct cel_validation {
    cel_checker *checker;
};

const cel_limits *cel_validation_limits(const cel_validation *v)
{
    return &v->checker->env->limits;
}

void cel_validation_error(cel_validation *v, const cel_node *at, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* a cut message is good enough */
    va_end(args);
    (void)cel_check_error(v->checker, at, "%s", text);
}

void cel_validate_pattern(cel_validation *v, const cel_node *pattern)
{
    cel_checker *c = v->checker;
    const cel_limits *limits = &c->env->limits;
    cel_regex_limits of_regex = cel_limits_of_regex(limits);
    cel_regex *re = NULL;
    act_err e = ACT_ERR_INIT;
    if (pattern->kind != CEL_NODE_CONST || pattern->as.constant.kind != CEL_STRING)
        return;
    /* A short text may hold many patterns that each take long. */
    if (c->pattern_size > CEL_PATTERNS_MAX * (uint64_t)limits->regex_program) {
        cel_check_stop(c, pattern, ACT_ELIMIT,
                       "the regular expressions of the expression are too large together");
        return;
    }
    int err = cel_regex_compile(cel_value_str(pattern->as.constant), &of_regex, &re, &e);
    c->pattern_size += err == ACT_ELIMIT ? limits->regex_program
                       : re              ? cel_regex_size(re)
                                         : 0;
    cel_regex_free(re);
    if (err == ACT_ENOMEM)
        cel_check_stop(c, pattern, err, "out of memory");
    else if (err)
        cel_validation_error(v, pattern, "%s", e.text);
}

/* All arguments as constants into @args; false when one is none. */
static bool constants(const cel_node *n, cel_value *args, uint32_t max, uint32_t *retn)
{
    const cel_node *child;
    uint32_t i = 0;
    for (; (child = cel_node_child(n, i)) != NULL; i++) {
        if (i == max || child->kind != CEL_NODE_CONST)
            return false;
        args[i] = child->as.constant;
    }
    *retn = i;
    return true;
}

/* timestamp('yesterday'): run it now, and report what it says. */
static void try_literals(cel_checker *c, const cel_node *n, const cel_overload *o)
{
    cel_value args[4];
    uint32_t argc;
    if (!o->def.fn || !constants(n, args, ACT_COUNT(args), &argc))
        return;
    cel_value v = cel_fold_call(c->env, c->arena, o, args, argc);
    if (!cel_is_error(v))
        return;
    const char *text = (v.flags & CEL_V_OPERAND) ? NULL : v.as.text;
    (void)cel_check_error(c, argc > 0 ? cel_node_child(n, argc - 1) : n,
                          "invalid %.*s argument: %s", ACT_STR_ARG(n->as.call.name),
                          text ? text : cel_error_text((enum cel_error_kind)v.aux));
}

void cel_check_valid_call(cel_checker *c, const cel_node *n)
{
    if (!c->checked || (c->env->options & CEL_OPT_NO_VALIDATORS) ||
        n->as.call.overload_count != 1)
        return;
    const cel_overload *o = n->as.call.overloads[0];
    cel_validation v = { .checker = c };
    if (o->def.flags & CEL_FN_LITERAL)
        try_literals(c, n, o);
    if (o->def.validate)
        o->def.validate(&v, n);
}

static bool can_be_key(cel_value v)
{
    return v.kind == CEL_INT || v.kind == CEL_UINT || v.kind == CEL_BOOL ||
           v.kind == CEL_STRING;
}

/* Keys of a literal in a hash set of @size slots (a power of two): numbers that are equal
 * are the same key. */
static bool seen_before(const cel_node **slots, uint32_t size, const cel_node *key)
{
    uint32_t i = (uint32_t)cel_value_hash(key->as.constant) & (size - 1);
    for (; slots[i]; i = (i + 1) & (size - 1)) {
        if (cel_value_equal(slots[i]->as.constant, key->as.constant))
            return true;
    }
    slots[i] = key;
    return false;
}

void cel_check_valid_map(cel_checker *c, const cel_node *n)
{
    uint32_t size = 8;
    while (size < n->as.map.count * 2)
        size *= 2;
    if (!c->checked || n->as.map.count == 0)
        return;
    const cel_node **slots = act_arena_make_n(c->arena, const cel_node *, size);
    if (!slots) {
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
        return;
    }
    for (uint32_t i = 0; i < n->as.map.count; i++) {
        const cel_node *key = n->as.map.entries[i].key;
        if (key->kind != CEL_NODE_CONST)
            continue;
        if (!can_be_key(key->as.constant))
            (void)cel_check_error(c, key, "unsupported key type");
        else if (seen_before(slots, size, key))
            (void)cel_check_error(c, key, "duplicate map key");
    }
}
