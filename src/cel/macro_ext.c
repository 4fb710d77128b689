/* Expanders of the extension macros: bindings, optionals, math, lists, blocks. */
#include "cel/parse_internal.h"

/* cel.bind(x, init, body) */
static cel_node *expand_bind(cel_parser *p, cel_node *call)
{
    cel_node **args = call->as.call.args;
    if (!cel_macro_is_name(args[0]))
        return cel_macro_refuse(p, call, args[0],
                                "cel.bind() variable names must be simple identifiers");
    return cel_make_bind(p, call->offset, args[0]->as.ident.name, args[1], args[2]);
}

const cel_macro cel_macros_bindings[CEL_MACROS_BINDINGS] = {
    { .name = "bind", .target = "cel", .member = true, .argc = 3, .expand = expand_bind },
};

static cel_node *member(cel_parser *p, uint32_t offset, cel_node *target, act_str name)
{
    return target ? cel_make_call(p, offset, name, target, NULL, 0) : NULL;
}

/* optional.@name(args): the receiver is the namespace. */
static cel_node *optional_call(cel_parser *p, uint32_t offset, act_str name,
                               cel_node *const *args, uint32_t argc)
{
    cel_node *space = cel_make_ident(p, offset, ACT_STR("optional"));
    return space ? cel_make_call(p, offset, name, space, args, argc) : NULL;
}

/* opt.optMap(x, t): bind @opt to the receiver, then
 *     @opt.hasValue() ? optional.of(bind x to @opt.value() in t) : optional.none()     */
static cel_node *expand_opt(cel_parser *p, cel_node *call, bool wrap)
{
    static const act_str opt = ACT_STR("@opt");
    cel_node **args = call->as.call.args;
    uint32_t at = call->offset;
    if (!cel_macro_is_name(args[0]))
        return cel_macro_refuse(
            p, call, args[0],
            wrap ? "optMap() variable name must be a simple identifier"
                 : "optFlatMap() variable name must be a simple identifier");
    cel_node *value = member(p, at, cel_make_ident(p, at, opt), ACT_STR("value"));
    cel_node *then = cel_make_bind(p, at, args[0]->as.ident.name, value, args[1]);
    if (then && wrap)
        then = optional_call(p, at, ACT_STR("of"), &then, 1);
    cel_node *parts[] = {
        member(p, at, cel_make_ident(p, at, opt), ACT_STR("hasValue")),
        then,
        optional_call(p, at, ACT_STR("none"), NULL, 0),
    };
    cel_node *body = cel_make_call(p, at, ACT_STR("_?_:_"), NULL, parts, 3);
    return cel_make_bind(p, at, opt, call->as.call.target, body);
}

static cel_node *expand_opt_map(cel_parser *p, cel_node *call)
{
    return expand_opt(p, call, true);
}

static cel_node *expand_opt_flat_map(cel_parser *p, cel_node *call)
{
    return expand_opt(p, call, false);
}

const cel_macro cel_macros_optional[CEL_MACROS_OPTIONAL] = {
    { .name = "optMap", .member = true, .argc = 2, .expand = expand_opt_map },
    { .name = "optFlatMap",
      .member = true,
      .argc = 2,
      .since = 1,
      .expand = expand_opt_flat_map },
};

/* Literals that can be no number; everything else is seen when it runs. */
static bool numeric_literal(const cel_node *n)
{
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        return n->as.constant.kind == CEL_INT || n->as.constant.kind == CEL_UINT ||
               n->as.constant.kind == CEL_DOUBLE;
    case CEL_NODE_LIST:
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        return false;
    default:
        return true;
    }
}

/* The single argument: a number, or a list whose literal items are numbers. */
static bool extremum_argument(cel_parser *p, cel_node *call, const cel_node *arg)
{
    if (arg->kind != CEL_NODE_LIST) {
        if (numeric_literal(arg))
            return true;
        (void)cel_macro_refuse(p, call, arg, "math.%.*s() invalid single argument value",
                               ACT_STR_ARG(call->as.call.name));
        return false;
    }
    if (arg->as.list.count == 0) {
        (void)cel_macro_refuse(p, call, arg, "math.%.*s() empty list",
                               ACT_STR_ARG(call->as.call.name));
        return false;
    }
    for (uint32_t i = 0; i < arg->as.list.count; i++) {
        if (numeric_literal(arg->as.list.items[i]))
            continue;
        (void)cel_macro_refuse(p, call, arg->as.list.items[i],
                               "math.%.*s() invalid single argument value",
                               ACT_STR_ARG(call->as.call.name));
        return false;
    }
    return true;
}

/* math.greatest(a, b, ...): one or two arguments as they are, more of them as a list. */
static cel_node *expand_extremum(cel_parser *p, cel_node *call, act_str function)
{
    uint32_t argc = call->as.call.argc;
    cel_node **args = call->as.call.args;
    if (argc == 0)
        return cel_macro_refuse(p, call, call, "math.%.*s() requires at least one argument",
                                ACT_STR_ARG(call->as.call.name));
    if (argc == 1 && !extremum_argument(p, call, args[0]))
        return call;
    for (uint32_t i = 0; argc > 1 && i < argc; i++) {
        if (!numeric_literal(args[i]))
            return cel_macro_refuse(p, call, args[i],
                                    "math.%.*s() simple literal arguments must be numeric",
                                    ACT_STR_ARG(call->as.call.name));
    }
    if (argc <= 2)
        return cel_make_call(p, call->offset, function, call->as.call.target, args, argc);
    cel_node *list = cel_make_list(p, call->offset, args, NULL, argc);
    return cel_make_call(p, call->offset, function, call->as.call.target, &list, 1);
}

static cel_node *expand_greatest(cel_parser *p, cel_node *call)
{
    return expand_extremum(p, call, ACT_STR("@max"));
}

static cel_node *expand_least(cel_parser *p, cel_node *call)
{
    return expand_extremum(p, call, ACT_STR("@min"));
}

const cel_macro cel_macros_math[CEL_MACROS_MATH] = {
    { .name = "greatest",
      .target = "math",
      .member = true,
      .argc = CEL_MACRO_ANY_ARGS,
      .expand = expand_greatest },
    { .name = "least",
      .target = "math",
      .member = true,
      .argc = CEL_MACRO_ANY_ARGS,
      .expand = expand_least },
};

/* l.sortBy(x, key): bind @list to the receiver, then
 *     @list.@sortByAssociatedKeys(@list.map(x, key))                                   */
static cel_node *expand_sort_by(cel_parser *p, cel_node *call)
{
    static const act_str list = ACT_STR("@list");
    cel_node **args = call->as.call.args;
    uint32_t at = call->offset;
    if (!cel_macro_is_name(args[0]))
        return cel_macro_refuse(p, call, args[0], "argument must be a simple name");
    cel_node *keys = cel_make_fold(p, at, CEL_FOLD_MAP, cel_make_ident(p, at, list),
                                   args[0]->as.ident.name, (act_str){ 0 }, NULL, args[1]);
    cel_node *receiver = cel_make_ident(p, at, list);
    cel_node *body = receiver ? cel_make_call(p, at, ACT_STR("@sortByAssociatedKeys"),
                                              receiver, &keys, 1)
                              : NULL;
    return cel_make_bind(p, at, list, call->as.call.target, body);
}

const cel_macro cel_macros_lists[CEL_MACROS_LISTS] = {
    { .name = "sortBy", .member = true, .argc = 2, .since = 2, .expand = expand_sort_by },
};

static bool small_number(const cel_node *n, int64_t *ret)
{
    if (n->kind != CEL_NODE_CONST || n->as.constant.kind != CEL_INT ||
        n->as.constant.as.i64 < 0 || n->as.constant.as.i64 > UINT16_MAX)
        return false;
    *ret = n->as.constant.as.i64;
    return true;
}

static cel_node *named(cel_parser *p, cel_node *call, const char *text)
{
    act_str name;
    if (act_arena_str(p->arena, act_str_cstr(text), &name))
        return cel_parse_fail(p, ACT_ENOMEM, call->offset, "out of memory");
    return cel_make_ident(p, call->offset, name);
}

static cel_node *expand_index(cel_parser *p, cel_node *call)
{
    int64_t i;
    if (!small_number(call->as.call.args[0], &i))
        return cel_macro_refuse(
            p, call, call, "cel.index requires a single non-negative int constant arg");
    char text[32];
    (void)snprintf(text, sizeof(text), "@index%d", (int)i); /* fits: i is small */
    return named(p, call, text);
}

static cel_node *expand_iter_var(cel_parser *p, cel_node *call)
{
    int64_t depth, unique;
    if (!small_number(call->as.call.args[0], &depth) ||
        !small_number(call->as.call.args[1], &unique))
        return cel_macro_refuse(p, call, call,
                                "cel.iterVar requires two non-negative int constant args");
    char text[32];
    (void)snprintf(text, sizeof(text), "@it:%d:%d", (int)depth, (int)unique); /* fits */
    return named(p, call, text);
}

/* cel.block([a, b], body): bind @index0 to a, in that @index1 to b, in that the body. */
static cel_node *expand_block(cel_parser *p, cel_node *call)
{
    const cel_node *slots = call->as.call.args[0];
    if (slots->kind != CEL_NODE_LIST)
        return cel_macro_refuse(p, call, slots,
                                "cel.block requires the first arg to be a list literal");
    cel_node *n = call->as.call.args[1];
    for (uint32_t i = slots->as.list.count; n && i-- > 0;) {
        act_str name;
        if (act_arena_printf(p->arena, &name, "@index%u", i))
            return cel_parse_fail(p, ACT_ENOMEM, call->offset, "out of memory");
        n = cel_make_bind(p, call->offset, name, slots->as.list.items[i], n);
    }
    return n;
}

const cel_macro cel_macros_block[CEL_MACROS_BLOCK] = {
    { .name = "block", .target = "cel", .member = true, .argc = 2, .expand = expand_block },
    { .name = "index", .target = "cel", .member = true, .argc = 1, .expand = expand_index },
    { .name = "iterVar",
      .target = "cel",
      .member = true,
      .argc = 2,
      .expand = expand_iter_var },
};
