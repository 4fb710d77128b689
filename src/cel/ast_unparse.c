/* Trees back to source text that parses to an equal tree. */
#include "cel/ast.h"
#include "cel/ast_text.h"
#include "cel/lex.h"

static void write(const cel_node *n, act_buf *out);

static void put(act_buf *out, const char *text)
{
    act_buf_add(out, act_str_cstr(text));
}

/* The sign between or before operands; NULL for names that are no operators. */
static const char *operator_sign(const cel_node *n, uint32_t argc)
{
    static const struct {
        const char *function;
        const char *sign;
    } signs[] = {
        { "_&&_", " && " }, { "_||_", " || " }, { "_==_", " == " }, { "_!=_", " != " },
        { "_<_", " < " },   { "_<=_", " <= " }, { "_>_", " > " },   { "_>=_", " >= " },
        { "@in", " in " },  { "_+_", " + " },   { "_-_", " - " },   { "_*_", " * " },
        { "_/_", " / " },   { "_%_", " % " },   { "!_", "!" },      { "-_", "-" },
    };
    for (size_t i = 0; i < ACT_COUNT(signs); i++) {
        uint32_t operands = signs[i].sign[0] == ' ' ? 2 : 1;
        if (operands == argc && cel_node_is_call(n, signs[i].function, argc))
            return signs[i].sign;
    }
    return NULL;
}

/* Does @n, as text, hold together next to operators and in front of a dot? */
static bool is_tight(const cel_node *n)
{
    if (n->macro || n->kind != CEL_NODE_CALL || n->as.call.target)
        return true;
    return !operator_sign(n, n->as.call.argc) && !cel_node_is_call(n, "_?_:_", 3);
}

static void write_tight(const cel_node *n, act_buf *out)
{
    bool tight = is_tight(n);
    put(out, tight ? "" : "(");
    write(n, out);
    put(out, tight ? "" : ")");
}

static void write_field(act_str name, act_buf *out)
{
    cel_lexer lexer = { .src = name };
    cel_token t = cel_lex_next(&lexer);
    bool plain = t.kind == CEL_TOK_IDENT && t.start == 0 && t.end == name.len;
    put(out, plain ? "" : "`");
    act_buf_add(out, name);
    put(out, plain ? "" : "`");
}

static void write_arguments(const cel_node *n, act_buf *out)
{
    put(out, "(");
    for (uint32_t i = 0; i < n->as.call.argc; i++) {
        put(out, i > 0 ? ", " : "");
        write(n->as.call.args[i], out);
    }
    put(out, ")");
}

/* e.?f, e[i], e[?i], c ? a : b; false for other calls. */
static bool write_special(const cel_node *n, act_buf *out)
{
    cel_node *const *args = n->as.call.args;
    if (cel_node_is_call(n, "_?._", 2)) {
        write_tight(args[0], out);
        put(out, ".?");
        write_field(cel_value_str(args[1]->as.constant), out);
    } else if (cel_node_is_call(n, "_[_]", 2) || cel_node_is_call(n, "_[?_]", 2)) {
        write_tight(args[0], out);
        put(out, n->as.call.name.len == 4 ? "[" : "[?");
        write(args[1], out);
        put(out, "]");
    } else if (cel_node_is_call(n, "_?_:_", 3)) {
        write_tight(args[0], out);
        put(out, " ? ");
        write_tight(args[1], out);
        put(out, " : ");
        write_tight(args[2], out);
    } else {
        return false;
    }
    return true;
}

/* The sign of -5 belongs to the literal, so the operand of a negation needs parentheses. */
static void write_operator(const cel_node *n, const char *sign, act_buf *out)
{
    cel_node *const *args = n->as.call.args;
    if (n->as.call.argc == 1) {
        put(out, sign);
        put(out, "(");
        write(args[0], out);
        put(out, ")");
        return;
    }
    write_tight(args[0], out);
    put(out, sign);
    write_tight(args[1], out);
}

static void write_call(const cel_node *n, act_buf *out)
{
    const char *sign = NULL;
    if (n->as.call.target) {
        write_tight(n->as.call.target, out);
        put(out, ".");
    } else {
        sign = operator_sign(n, n->as.call.argc);
        if (sign)
            write_operator(n, sign, out);
        if (sign || write_special(n, out))
            return;
    }
    act_buf_add(out, n->as.call.name);
    write_arguments(n, out);
}

static void write_list(const cel_node *n, act_buf *out)
{
    put(out, "[");
    for (uint32_t i = 0; i < n->as.list.count; i++) {
        put(out, i > 0 ? ", " : "");
        put(out, n->as.list.optional && n->as.list.optional[i] ? "?" : "");
        write(n->as.list.items[i], out);
    }
    put(out, "]");
}

static void write_map(const cel_node *n, act_buf *out)
{
    act_buf_add(out, n->as.map.name);
    put(out, "{");
    for (uint32_t i = 0; i < n->as.map.count; i++) {
        const cel_node_entry *e = &n->as.map.entries[i];
        put(out, i > 0 ? ", " : "");
        put(out, e->optional ? "?" : "");
        if (e->key)
            write(e->key, out);
        else
            write_field(e->field, out);
        put(out, ": ");
        write(e->value, out);
    }
    put(out, "}");
}

static void write(const cel_node *n, act_buf *out)
{
    if (n->macro) {
        write_call(n->macro, out);
        return;
    }
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        cel_ast_write_constant(n->as.constant, true, out);
        return;
    case CEL_NODE_IDENT:
        act_buf_add(out, n->as.ident.name);
        return;
    case CEL_NODE_SELECT:
        write_tight(n->as.select.operand, out);
        put(out, ".");
        write_field(n->as.select.field, out);
        return;
    case CEL_NODE_CALL:
        write_call(n, out);
        return;
    case CEL_NODE_LIST:
        write_list(n, out);
        return;
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        write_map(n, out);
        return;
    case CEL_NODE_FOLD:
    case CEL_NODE_BIND:
        act_buf_add(out, ACT_STR("?")); /* only inside a macro's expansion */
        return;
    }
}

void cel_ast_unparse(const cel_node *n, act_buf *out)
{
    write(n, out);
}
