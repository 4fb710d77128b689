/* The debug form of trees, as cel-go's printer shows them: golden data is in this form. */
#include "cel/ast.h"
#include "cel/ast_text.h"

typedef struct {
    act_buf *out;
    uint32_t indent;
} printer;

static void print(printer *p, const cel_node *n);

static void put(printer *p, const char *text)
{
    act_buf_add(p->out, act_str_cstr(text));
}

static void newline(printer *p)
{
    put(p, "\n");
    for (uint32_t i = 0; i < p->indent; i++)
        put(p, "  ");
}

static void kind(printer *p, const char *name)
{
    put(p, "^#*expr.");
    put(p, name);
    put(p, "#");
}

/* ---- pieces that the parser does not make but the generic fold has --------------------
 */

static void accumulator(printer *p)
{
    put(p, "@result");
    kind(p, "Expr_IdentExpr");
}

static void boolean(printer *p, bool value)
{
    put(p, value ? "true" : "false");
    kind(p, "Constant_BoolValue");
}

static void number(printer *p, const char *text)
{
    put(p, text);
    kind(p, "Constant_Int64Value");
}

static void open_call(printer *p, const char *function)
{
    put(p, function);
    put(p, "(");
    p->indent++;
    newline(p);
}

static void next_argument(printer *p)
{
    put(p, ",");
    newline(p);
}

static void close_call(printer *p)
{
    p->indent--;
    newline(p);
    put(p, ")");
    kind(p, "Expr_CallExpr");
}

/* ---- the tree -------------------------------------------------------------------------
 */

static void print_constant(printer *p, cel_value v)
{
    static const char *const kinds[CEL_KIND_COUNT] = {
        [CEL_NULL] = "Constant_NullValue",     [CEL_BOOL] = "Constant_BoolValue",
        [CEL_INT] = "Constant_Int64Value",     [CEL_UINT] = "Constant_Uint64Value",
        [CEL_DOUBLE] = "Constant_DoubleValue", [CEL_STRING] = "Constant_StringValue",
        [CEL_BYTES] = "Constant_BytesValue",
    };
    if (v.kind == CEL_TYPE) {
        act_buf_add(p->out, cel_value_str(v));
        kind(p, "Expr_IdentExpr");
        return;
    }
    cel_ast_write_constant(v, false, p->out);
    kind(p, kinds[v.kind] ? kinds[v.kind] : "Constant");
}

static void print_arguments(printer *p, const cel_node *n)
{
    put(p, "(");
    if (n->as.call.argc > 0) {
        p->indent++;
        newline(p);
        for (uint32_t i = 0; i < n->as.call.argc; i++) {
            if (i > 0)
                next_argument(p);
            print(p, n->as.call.args[i]);
        }
        p->indent--;
        newline(p);
    }
    put(p, ")");
    kind(p, "Expr_CallExpr");
}

static void print_call(printer *p, const cel_node *n)
{
    if (n->as.call.target) {
        print(p, n->as.call.target);
        put(p, ".");
    }
    act_buf_add(p->out, n->as.call.name);
    print_arguments(p, n);
}

static void print_list(printer *p, const cel_node *n)
{
    put(p, "[");
    p->indent++;
    for (uint32_t i = 0; i < n->as.list.count; i++) {
        if (i > 0)
            put(p, ",");
        newline(p);
        if (n->as.list.optional && n->as.list.optional[i])
            put(p, "?");
        print(p, n->as.list.items[i]);
    }
    p->indent--;
    if (n->as.list.count > 0)
        newline(p);
    put(p, "]");
    kind(p, "Expr_ListExpr");
}

static void print_entry(printer *p, const cel_node_entry *e)
{
    if (e->optional)
        put(p, "?");
    if (e->key)
        print(p, e->key);
    else
        act_buf_add(p->out, e->field);
    put(p, ":");
    print(p, e->value);
    kind(p, "Expr_CreateStruct_Entry");
}

static void print_map(printer *p, const cel_node *n)
{
    act_buf_add(p->out, n->as.map.name);
    put(p, "{");
    p->indent++;
    for (uint32_t i = 0; i < n->as.map.count; i++) {
        if (i > 0)
            put(p, ",");
        newline(p);
        print_entry(p, &n->as.map.entries[i]);
    }
    p->indent--;
    if (n->as.map.count > 0)
        newline(p);
    put(p, "}");
    kind(p, "Expr_StructExpr");
}

/* ---- folds in their generic form ------------------------------------------------------
 */

static void print_init(printer *p, enum cel_fold_kind fold)
{
    switch (fold) {
    case CEL_FOLD_ALL:
    case CEL_FOLD_EXISTS:
        boolean(p, fold == CEL_FOLD_ALL);
        return;
    case CEL_FOLD_EXISTS_ONE:
        number(p, "0");
        return;
    case CEL_FOLD_MAP:
    case CEL_FOLD_FILTER:
    case CEL_FOLD_TRANSFORM_LIST:
        put(p, "[]");
        kind(p, "Expr_ListExpr");
        return;
    case CEL_FOLD_TRANSFORM_MAP:
    case CEL_FOLD_TRANSFORM_MAP_ENTRY:
        put(p, "{}");
        kind(p, "Expr_StructExpr");
        return;
    }
}

static void print_condition(printer *p, enum cel_fold_kind fold)
{
    if (fold != CEL_FOLD_ALL && fold != CEL_FOLD_EXISTS) {
        boolean(p, true);
        return;
    }
    open_call(p, "@not_strictly_false");
    if (fold == CEL_FOLD_EXISTS)
        open_call(p, "!_");
    accumulator(p);
    if (fold == CEL_FOLD_EXISTS)
        close_call(p);
    close_call(p);
}

static void print_name(printer *p, act_str name)
{
    act_buf_add(p->out, name);
    kind(p, "Expr_IdentExpr");
}

/* acc + [item], or the insertion into a map. */
static void print_append(printer *p, const cel_node *n)
{
    bool map = n->as.fold.kind == CEL_FOLD_TRANSFORM_MAP ||
               n->as.fold.kind == CEL_FOLD_TRANSFORM_MAP_ENTRY;
    open_call(p, map ? "cel.@mapInsert" : "_+_");
    accumulator(p);
    next_argument(p);
    if (n->as.fold.kind == CEL_FOLD_TRANSFORM_MAP) {
        print_name(p, n->as.fold.var1);
        next_argument(p);
    }
    if (map) {
        print(p, n->as.fold.step);
    } else {
        put(p, "[");
        p->indent++;
        newline(p);
        if (n->as.fold.step)
            print(p, n->as.fold.step);
        else
            print_name(p, n->as.fold.var1);
        p->indent--;
        newline(p);
        put(p, "]");
        kind(p, "Expr_ListExpr");
    }
    close_call(p);
}

/* condition ? then : acc */
static void print_step(printer *p, const cel_node *n)
{
    enum cel_fold_kind fold = (enum cel_fold_kind)n->as.fold.kind;
    if (fold == CEL_FOLD_ALL || fold == CEL_FOLD_EXISTS) {
        open_call(p, fold == CEL_FOLD_ALL ? "_&&_" : "_||_");
        accumulator(p);
        next_argument(p);
        print(p, n->as.fold.step);
        close_call(p);
        return;
    }
    bool one = fold == CEL_FOLD_EXISTS_ONE;
    const cel_node *condition = one ? n->as.fold.step : n->as.fold.filter;
    if (!condition) {
        print_append(p, n);
        return;
    }
    open_call(p, "_?_:_");
    print(p, condition);
    next_argument(p);
    if (one) {
        open_call(p, "_+_");
        accumulator(p);
        next_argument(p);
        number(p, "1");
        close_call(p);
    } else {
        print_append(p, n);
    }
    next_argument(p);
    accumulator(p);
    close_call(p);
}

static void print_result(printer *p, enum cel_fold_kind fold)
{
    if (fold != CEL_FOLD_EXISTS_ONE) {
        accumulator(p);
        return;
    }
    open_call(p, "_==_");
    accumulator(p);
    next_argument(p);
    number(p, "1");
    close_call(p);
}

static void section(printer *p, const char *title)
{
    newline(p);
    put(p, "// ");
    put(p, title);
    newline(p);
}

static void comprehension_head(printer *p, act_str var1, act_str var2)
{
    put(p, "__comprehension__(");
    p->indent++;
    section(p, "Variable");
    act_buf_add(p->out, var1);
    put(p, ",");
    if (var2.ptr) {
        section(p, "Variable2");
        act_buf_add(p->out, var2);
        put(p, ",");
    }
}

static void comprehension_tail(printer *p)
{
    p->indent--;
    put(p, ")");
    kind(p, "Expr_ComprehensionExpr");
}

static void print_fold(printer *p, const cel_node *n)
{
    enum cel_fold_kind fold = (enum cel_fold_kind)n->as.fold.kind;
    comprehension_head(p, n->as.fold.var1, n->as.fold.var2);
    section(p, "Target");
    print(p, n->as.fold.range);
    put(p, ",");
    section(p, "Accumulator");
    put(p, "@result,");
    section(p, "Init");
    print_init(p, fold);
    put(p, ",");
    section(p, "LoopCondition");
    print_condition(p, fold);
    put(p, ",");
    section(p, "LoopStep");
    print_step(p, n);
    put(p, ",");
    section(p, "Result");
    print_result(p, fold);
    comprehension_tail(p);
}

/* A bind is a fold over nothing whose accumulator is the variable. */
static void print_bind(printer *p, const cel_node *n)
{
    comprehension_head(p, ACT_STR("#unused"), (act_str){ 0 });
    section(p, "Target");
    put(p, "[]");
    kind(p, "Expr_ListExpr");
    put(p, ",");
    section(p, "Accumulator");
    act_buf_add(p->out, n->as.bind.var);
    put(p, ",");
    section(p, "Init");
    print(p, n->as.bind.init);
    put(p, ",");
    section(p, "LoopCondition");
    boolean(p, false);
    put(p, ",");
    section(p, "LoopStep");
    print_name(p, n->as.bind.var);
    put(p, ",");
    section(p, "Result");
    print(p, n->as.bind.body);
    comprehension_tail(p);
}

static void print(printer *p, const cel_node *n)
{
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        print_constant(p, n->as.constant);
        return;
    case CEL_NODE_IDENT:
        print_name(p, n->as.ident.name);
        return;
    case CEL_NODE_SELECT:
        print(p, n->as.select.operand);
        put(p, ".");
        act_buf_add(p->out, n->as.select.field);
        put(p, n->as.select.test_only ? "~test-only~" : "");
        kind(p, "Expr_SelectExpr");
        return;
    case CEL_NODE_CALL:
        print_call(p, n);
        return;
    case CEL_NODE_LIST:
        print_list(p, n);
        return;
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        print_map(p, n);
        return;
    case CEL_NODE_FOLD:
        print_fold(p, n);
        return;
    case CEL_NODE_BIND:
        print_bind(p, n);
        return;
    }
}

void cel_ast_print(const cel_node *n, act_buf *out)
{
    printer p = { .out = out };
    print(&p, n);
}
