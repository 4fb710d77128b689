#include "kube/duplicates.h"

#include "kube/field_path.h"

/* The text was parsed before, so it is well formed and not too deep. */
typedef struct {
    act_arena *arena;
    act_str *found;
    size_t max, n;
    act_json_parser *parser; /* of keys with escapes, once there is one */
    int err;
} search;

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
        at++;
    return at;
}

/* From the opening quote to behind the closing one. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static bool is_end_of_scalar(char c)
{
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\n' ||
           c == '\r';
}

/* The key that is written as @quoted. */
static act_str key_of(search *s, act_str quoted)
{
    act_str plain = act_str_from(quoted.ptr + 1, quoted.len - 2);
    const act_json *v = NULL;
    if (act_str_find_byte(plain, '\\') == SIZE_MAX || s->err)
        return plain;
    if (!s->parser)
        s->err = act_json_parser_new((act_json_limits){ 0 }, &s->parser);
    if (!s->err)
        s->err = act_json_parse(s->parser, s->arena, quoted, 0, &v, NULL);
    return s->err ? plain : act_json_string(v);
}

static void note(search *s, const act_field_path *where)
{
    if (s->n < s->max && !s->err)
        s->err = act_field_path_text(where, s->arena, &s->found[s->n]);
    s->n++;
}

static const char *walk(search *s, const char *at, const act_json *v,
                        const act_field_path *path);

/* The members of @v stand in the order of their first keys: a key that is not the next of
 * them was there before. @v is NULL for an object that did not become a value. */
static const char *walk_object(search *s, const char *at, const act_json *v,
                               const act_field_path *path)
{
    size_t n = 0, next = 0;
    const act_json_member *members = v ? act_json_members(v, &n) : NULL;
    for (at = skip_space(at + 1); *at != '}';) {
        const char *end = skip_string(at);
        act_field_path step = { .up = path };
        const act_json *value = NULL;
        if (v) {
            step.name = key_of(s, act_str_from(at, (size_t)(end - at)));
            value = act_json_get(v, step.name);
            if (next < n && act_str_eq(members[next].key, step.name))
                next++;
            else
                note(s, &step);
        }
        at = skip_space(skip_space(end) + 1); /* behind the colon */
        bool counts = value && value->raw.ptr == at;
        at = skip_space(walk(s, at, counts ? value : NULL, &step));
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return at + 1;
}

static const char *walk_array(search *s, const char *at, const act_json *v,
                              const act_field_path *path)
{
    size_t n = 0, i = 0;
    const act_json *items = v ? act_json_items(v, &n) : NULL;
    for (at = skip_space(at + 1); *at != ']'; i++) {
        at = skip_space(walk(s, at, items ? &items[i] : NULL,
                             &(act_field_path){ .up = path, .index = i }));
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return at + 1;
}

/* Behind the value that begins at @at. */
static const char *walk(search *s, const char *at, const act_json *v,
                        const act_field_path *path)
{
    if (*at == '{')
        return walk_object(s, at, v, path);
    if (*at == '[')
        return walk_array(s, at, v, path);
    if (*at == '"')
        return skip_string(at);
    while (!is_end_of_scalar(*at))
        at++;
    return at;
}

int act_duplicates_find(act_arena *a, const act_json *v, act_str *ret, size_t max,
                        size_t *ret_n)
{
    search s = { .arena = a, .found = ret, .max = max };
    /* Scalars have no keys; and only containers end before the text does. */
    if (v->raw.ptr && (v->type == ACT_JSON_OBJECT || v->type == ACT_JSON_ARRAY))
        (void)walk(&s, v->raw.ptr, v, NULL); /* the end is known */
    act_json_parser_free(s.parser);
    if (!s.err)
        *ret_n = s.n;
    return s.err;
}
