#include "core/template.h"

#include "base/alloc.h"

typedef struct {
    uint32_t line, column; /* 1-based, column in code points */
} place;

/* One stretch of plain text and the expression behind it; the last may have none. */
typedef struct {
    act_str text; /* owned copy */
    cel_program *program;
    place begin; /* of the expression in the template */
} piece;

struct act_template {
    size_t count;
    piece pieces[];
};

static place place_at(act_str text, size_t offset)
{
    place p = { 1, 1 };
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) {
            p.column++;
        }
    }
    return p;
}

static int fail_at(act_err *e, act_str text, size_t offset, int err, const char *why)
{
    place p = place_at(text, offset);
    return act_fail_at(e, err, p.line, p.column, offset, "%s", why);
}

/* Offset behind the string literal that starts at @i (at its quote). A raw literal has no
 * escapes. Unterminated: the end of the text; CEL's parser will say so. */
static size_t skip_string(act_str s, size_t i, bool raw)
{
    char quote = s.ptr[i];
    size_t n = s.len - i >= 3 && s.ptr[i + 1] == quote && s.ptr[i + 2] == quote ? 3 : 1;
    for (i += n; i < s.len; i++) {
        if (s.ptr[i] == '\\' && !raw) {
            i++;
        } else if (s.ptr[i] == quote) {
            size_t run = 1;
            while (run < n && i + run < s.len && s.ptr[i + run] == quote)
                run++;
            if (run == n)
                return i + n;
        }
    }
    return s.len;
}

static bool is_raw_prefix(act_str s, size_t begin, size_t quote)
{
    if (quote == begin || (s.ptr[quote - 1] != 'r' && s.ptr[quote - 1] != 'R'))
        return false;
    /* 'r' as the end of a name is no prefix: `bar'x'` is not valid CEL anyway, but `br'x'`
     * is, so one letter b may stand before it. */
    return true;
}

/* Offset of the "}}" that ends the expression starting at @begin, or SIZE_MAX. */
static size_t find_close(act_str s, size_t begin)
{
    size_t depth = 0;
    for (size_t i = begin; i < s.len;) {
        char c = s.ptr[i];
        if (c == '"' || c == '\'') {
            i = skip_string(s, i, is_raw_prefix(s, begin, i));
            continue;
        }
        if (c == '/' && i + 1 < s.len && s.ptr[i + 1] == '/') {
            while (i < s.len && s.ptr[i] != '\n')
                i++;
            continue;
        }
        if (c == '{') {
            depth++;
        } else if (c == '}') {
            if (depth == 0)
                return i + 1 < s.len && s.ptr[i + 1] == '}' ? i : SIZE_MAX;
            depth--;
        }
        i++;
    }
    return SIZE_MAX;
}

static int compile_expression(const cel_env *env, cel_slots *slots, act_str text,
                              size_t offset, act_str source, piece *ret, act_err *e)
{
    size_t lead = 0;
    while (lead < source.len && (source.ptr[lead] == ' ' || source.ptr[lead] == '\t' ||
                                 source.ptr[lead] == '\n' || source.ptr[lead] == '\r'))
        lead++;
    offset += lead;
    source = act_str_trim(source);
    if (source.len == 0)
        return fail_at(e, text, offset, ACT_EPARSE, "empty expression in {{ }}");

    ACT_AUTO(cel_errors) errors = NULL;
    ACT_AUTO(cel_program) program = NULL;
    int err = cel_errors_new(&errors);
    if (err)
        return err;
    err = cel_compile(env, source, 0, slots, errors, &program);
    if (err) {
        if (cel_errors_count(errors) == 0)
            return err;
        cel_error_item item = cel_errors_at(errors, 0);
        place p = place_at(text, offset + item.offset);
        return act_fail_at(e, err, p.line, p.column, offset + item.offset, "%.*s",
                           ACT_STR_ARG(item.message));
    }
    const char *type = cel_program_type(program);
    if (strcmp(type, "string") != 0 && strcmp(type, "dyn") != 0) {
        place p = place_at(text, offset);
        return act_fail_at(e, ACT_EPARSE, p.line, p.column, offset,
                           "expression must be a string, but is %s; use string(...)", type);
    }
    ret->begin = place_at(text, offset);
    ret->program = program;
    program = NULL;
    return ACT_OK;
}

static int count_expressions(act_str text, size_t *ret, act_err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len;) {
        act_str rest = act_str_cut(text, i);
        size_t open = act_str_find(rest, ACT_STR("{{"));
        size_t stray = act_str_find(rest, ACT_STR("}}"));
        if (stray != SIZE_MAX && (open == SIZE_MAX || stray < open))
            return fail_at(e, text, i + stray, ACT_EPARSE,
                           "\"}}\" without \"{{\" before it");
        if (open == SIZE_MAX)
            break;
        size_t close = find_close(text, i + open + 2);
        if (close == SIZE_MAX)
            return fail_at(e, text, i + open, ACT_EPARSE,
                           "\"{{\" without \"}}\" behind it");
        if (++n > ACT_TEMPLATE_EXPRESSIONS_MAX)
            return fail_at(e, text, i + open, ACT_ELIMIT, "more than 64 expressions");
        i = close + 2;
    }
    *ret = n;
    return ACT_OK;
}

int act_template_new(const cel_env *env, cel_slots *slots, act_str text, act_template **ret,
                     act_err *reterr)
{
    if (text.len > ACT_TEMPLATE_BYTES_MAX)
        return act_fail(reterr, ACT_ELIMIT, "longer than 16 KiB");
    size_t n = 0;
    int err = count_expressions(text, &n, reterr);
    if (err)
        return err;
    act_template *t = act_zalloc(1, sizeof *t + (n + 1) * sizeof(piece));
    if (!t)
        return ACT_ENOMEM;

    size_t at = 0;
    for (t->count = 0; t->count <= n && !err; t->count++) {
        piece *p = &t->pieces[t->count];
        act_str rest = act_str_cut(text, at);
        size_t open = t->count < n ? act_str_find(rest, ACT_STR("{{")) : rest.len;
        err = act_str_dup(act_str_head(rest, open), &p->text);
        if (err || t->count == n)
            continue;
        size_t begin = at + open + 2, close = find_close(text, begin);
        err = compile_expression(env, slots, text, begin,
                                 (act_str){ text.ptr + begin, close - begin }, p, reterr);
        at = close + 2;
    }
    if (err) {
        act_template_free(t);
        return err;
    }
    *ret = t;
    return ACT_OK;
}

void act_template_free(act_template *t)
{
    for (size_t i = 0; t && i < t->count; i++) {
        act_str_free(t->pieces[i].text);
        cel_program_free(t->pieces[i].program);
    }
    act_dealloc(t);
}

const cel_program *act_template_expression(const act_template *t, size_t i,
                                           uint32_t *retline, uint32_t *retcolumn)
{
    if (i >= t->count || !t->pieces[i].program) /* all pieces but the last have one */
        return NULL;
    *retline = t->pieces[i].begin.line;
    *retcolumn = t->pieces[i].begin.column;
    return t->pieces[i].program;
}

/* A place in the expression is one in the template. */
static void move_place(const piece *p, act_err *e)
{
    if (!e || e->line == 0)
        return;
    if (e->line == 1)
        e->column += p->begin.column - 1;
    e->line += p->begin.line - 1;
}

static int render_piece(const piece *p, cel_ctx *ctx, act_buf *out, act_err *e)
{
    act_buf_add(out, p->text);
    if (!p->program)
        return act_buf_err(out);
    cel_value v;
    int err = cel_eval_more(p->program, ctx, &v, e);
    if (err) {
        move_place(p, e);
        return err;
    }
    err = cel_value_write_text_max(v, ACT_TEMPLATE_PIECE_MAX, out);
    if (err == ACT_ELIMIT)
        return act_fail(e, err, "an expression gave more than 5 KiB of text");
    if (err)
        return act_fail(e, err == ACT_EUNSUPPORTED ? ACT_EEVAL : err,
                        "a value of type %.*s has no text",
                        ACT_STR_ARG(cel_value_type_name(v)));
    return ACT_OK;
}

int act_template_render(const act_template *t, cel_ctx *ctx, act_buf *out, act_err *reterr)
{
    size_t before = out->len;
    for (size_t i = 0; i < t->count; i++) {
        int err = render_piece(&t->pieces[i], ctx, out, reterr);
        if (!err && out->len - before > ACT_TEMPLATE_SUMMARY_MAX)
            err = act_fail(reterr, ACT_ELIMIT, "the summary is longer than 16 KiB");
        if (err) {
            out->len = before;
            return err;
        }
    }
    return ACT_OK;
}
