#include "core/filter_match.h"

#include "base/alloc.h"
#include "core/filter_tree.h"
#include "core/row_values.h"

struct act_filter_matcher {
    act_arena *arena;
    act_filter_build filter;
};

enum { MATCHER_BYTES_MAX = 1 << 20 };

int act_filter_matcher_new(const act_filter_env *e, enum act_filter_resource resource,
                           act_str text, act_problems *problems, act_str field,
                           act_filter_matcher **ret)
{
    ACT_AUTO(act_filter_matcher) m = act_zalloc(1, sizeof *m);
    if (!m)
        return ACT_ENOMEM;
    int err = act_arena_new(MATCHER_BYTES_MAX, 0, &m->arena);
    if (err)
        return err;
    m->filter = (act_filter_build){
        .env = e, .resource = resource, .arena = m->arena, .keeps_regexes = true
    };
    err = act_filter_check(&m->filter, text, problems, field);
    if (err)
        return err;
    *ret = m;
    m = NULL;
    return ACT_OK;
}

void act_filter_matcher_free(act_filter_matcher *m)
{
    if (!m)
        return;
    act_filter_free_kept(&m->filter);
    act_arena_free(m->arena);
    act_dealloc(m);
}

/* ---- what a record holds ---------------------------------------------------------------
 */

static const act_json *value_at(const act_json *record, const char *path)
{
    act_str key, rest = act_str_cstr(path);
    const act_json *v = record;
    while (v && rest.len > 0) {
        rest = act_str_split(rest, '.', &key);
        v = act_json_get(v, key);
    }
    return v;
}

static const act_json *value_of(const act_filter_field *f, const act_json *record)
{
    return value_at(record, f->path);
}

static act_str text_of(const act_pred_operand *o, const act_json *record)
{
    if (o->is_entry)
        return act_json_string(act_json_get(value_of(o->field, record), o->key));
    switch (o->field->source) {
    case ACT_SOURCE_EVENT_REPORTER:
        return act_row_event_reporter(record);
    case ACT_SOURCE_EVENT_INSTANCE:
        return act_row_event_instance(record);
    case ACT_SOURCE_TENANT_TYPE:
        return act_scope_type_name(act_row_activity_tenant(record).type);
    case ACT_SOURCE_TENANT_NAME:
        return act_row_activity_tenant(record).name;
    case ACT_SOURCE_PATH:
    case ACT_SOURCE_AUDIT_RECEIVED:
    case ACT_SOURCE_AUDIT_STAGED:
    case ACT_SOURCE_EVENT_COUNT:
        break;
    }
    return act_json_string(value_of(o->field, record));
}

static int64_t number_of(const act_filter_field *f, const act_json *record)
{
    switch (f->source) {
    case ACT_SOURCE_AUDIT_RECEIVED:
        return act_row_audit_received(record);
    case ACT_SOURCE_AUDIT_STAGED:
        return act_row_audit_staged(record);
    case ACT_SOURCE_EVENT_COUNT:
        return act_row_event_count(record);
    case ACT_SOURCE_PATH:
    case ACT_SOURCE_EVENT_REPORTER:
    case ACT_SOURCE_EVENT_INSTANCE:
    case ACT_SOURCE_TENANT_TYPE:
    case ACT_SOURCE_TENANT_NAME:
        break;
    }
    return (int64_t)act_row_number(value_of(f, record), f->most);
}

/* ---- predicates
 * -------------------------------------------------------------------------- */

static char with_case(char c, enum act_pred_case letters)
{
    if (letters == ACT_CASE_LOWER && c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    if (letters == ACT_CASE_UPPER && c >= 'a' && c <= 'z')
        return (char)(c - ('a' - 'A'));
    return c;
}

/* The operand's text; where letters are changed, a copy in @copy. */
static act_str read_text(const act_pred_operand *o, const act_json *record, act_buf *copy)
{
    act_str text = text_of(o, record);
    if (!o->letters)
        return text;
    for (size_t i = 0; i < text.len; i++)
        act_buf_add_byte(copy, with_case(text.ptr[i], o->letters));
    return act_buf_str(copy);
}

static bool holds(enum act_pred_op op, int order)
{
    switch (op) {
    case ACT_OP_EQ:
        return order == 0;
    case ACT_OP_NE:
        return order != 0;
    case ACT_OP_LT:
        return order < 0;
    case ACT_OP_LE:
        return order <= 0;
    case ACT_OP_GT:
        return order > 0;
    case ACT_OP_GE:
        return order >= 0;
    }
    return false;
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static bool is_among(const act_pred *p, act_str text)
{
    for (size_t i = 0; i < p->n_strings; i++)
        if (act_str_eq(p->strings[i], text))
            return true;
    return false;
}

static bool is_member(const act_pred *p, const act_json *record)
{
    const act_json *v = value_of(p->of.field, record);
    if (p->of.field->class == ACT_FILTER_MAP) {
        const act_json *entry = act_json_get(v, p->string);
        return entry && entry->type == ACT_JSON_STRING;
    }
    size_t n;
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n; i++)
        if (act_json_is(&items[i], p->string))
            return true;
    return false;
}

static size_t code_points(act_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* Only strings count, of a list's items and a map's members. */
static size_t size_of(const act_pred_operand *o, const act_json *record)
{
    if (act_pred_class(o) == ACT_FILTER_STRING)
        return code_points(text_of(o, record));
    const act_json *v = value_of(o->field, record);
    size_t n, size = 0;
    if (o->field->class == ACT_FILTER_MAP) {
        const act_json_member *members = act_json_members(v, &n);
        for (size_t i = 0; i < n; i++)
            size += members[i].value.type == ACT_JSON_STRING;
        return size;
    }
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n; i++)
        size += items[i].type == ACT_JSON_STRING;
    return size;
}

static bool is_there(const act_pred_operand *o, const act_json *record)
{
    if (o->is_entry) {
        const act_json *entry = act_json_get(value_of(o->field, record), o->key);
        return entry && entry->type == ACT_JSON_STRING;
    }
    switch (o->field->class) {
    case ACT_FILTER_STRING:
        return text_of(o, record).len > 0;
    case ACT_FILTER_INT:
    case ACT_FILTER_TIME:
        return number_of(o->field, record) != 0;
    case ACT_FILTER_STRINGS:
    case ACT_FILTER_MAP:
        return size_of(o, record) > 0;
    }
    return false;
}

/* Predicates over one text. */
static bool text_matches(const act_pred *p, act_str text)
{
    switch (p->kind) {
    case ACT_PRED_CMP:
        return holds(p->op, act_str_cmp(text, p->string));
    case ACT_PRED_IN:
        return is_among(p, text);
    case ACT_PRED_STARTS:
        return act_str_starts(text, p->string);
    case ACT_PRED_ENDS:
        return act_str_ends(text, p->string);
    case ACT_PRED_CONTAINS:
        return act_str_find(text, p->string) != SIZE_MAX;
    case ACT_PRED_MATCHES:
        return cel_regex_matches(p->regex, text);
    case ACT_PRED_CONST:
    case ACT_PRED_AND:
    case ACT_PRED_OR:
    case ACT_PRED_NOT:
    case ACT_PRED_SAME:
    case ACT_PRED_CMP2:
    case ACT_PRED_MEMBER:
    case ACT_PRED_SIZE:
    case ACT_PRED_HAS:
        break;
    }
    return false;
}

static bool text_predicate(const act_pred *p, const act_json *record)
{
    act_buf copy = ACT_BUF_INIT, other = ACT_BUF_INIT;
    act_str text = read_text(&p->of, record, &copy);
    bool is = p->kind == ACT_PRED_CMP2
                  ? holds(p->op, act_str_cmp(text, read_text(&p->other, record, &other)))
                  : text_matches(p, text);
    act_buf_done(&copy);
    act_buf_done(&other);
    return is;
}

static bool compares(const act_pred *p, const act_json *record)
{
    if (act_pred_class(&p->of) == ACT_FILTER_STRING)
        return text_predicate(p, record);
    int64_t with = p->kind == ACT_PRED_CMP2 ? number_of(p->other.field, record) : p->i64;
    return holds(p->op, order_of(number_of(p->of.field, record), with));
}

/* Depth is that of the tree, bounded when it was built. */
static bool is_true(const act_pred *p, const act_json *record)
{
    switch (p->kind) {
    case ACT_PRED_CONST:
        return p->boolean;
    case ACT_PRED_AND:
        return is_true(p->left, record) && is_true(p->right, record);
    case ACT_PRED_OR:
        return is_true(p->left, record) || is_true(p->right, record);
    case ACT_PRED_NOT:
        return !is_true(p->left, record);
    case ACT_PRED_SAME:
        return (is_true(p->left, record) == is_true(p->right, record)) ==
               (p->op == ACT_OP_EQ);
    case ACT_PRED_CMP:
    case ACT_PRED_CMP2:
        return compares(p, record);
    case ACT_PRED_IN:
    case ACT_PRED_STARTS:
    case ACT_PRED_ENDS:
    case ACT_PRED_CONTAINS:
    case ACT_PRED_MATCHES:
        return text_predicate(p, record);
    case ACT_PRED_MEMBER:
        return is_member(p, record);
    case ACT_PRED_SIZE:
        return holds(p->op, order_of((int64_t)size_of(&p->of, record), p->i64));
    case ACT_PRED_HAS:
        return is_there(&p->of, record);
    }
    return false;
}

bool act_filter_matches(const act_filter_matcher *m, const act_json *record)
{
    return is_true(m->filter.root, record);
}
