/* Filters of queries: any text is refused with a place, or becomes SQL that is balanced,
 * names its parameters once each and holds nothing of the text. */
#include "core/filter.h"
#include "fuzz/support/fuzz.h"

#include <ctype.h>

/* Everything that SQL of a filter may consist of, columns and parameters aside. */
static const char *const words[] = {
    "AND",         "OR",          "NOT",        "IN",       "lower",
    "upper",       "has",         "startsWith", "endsWith", "position",
    "match",       "length",      "lengthUTF8", "notEmpty", "toUnixTimestamp64Micro",
    "mapContains", "arrayExists", "x",          "empty",    "0",
    "1",
};

static bool is_word(act_str word, enum act_filter_resource resource)
{
    size_t n;
    const act_filter_field *fields = act_filter_fields(resource, &n);
    for (size_t i = 0; i < ACT_COUNT(words); i++)
        if (act_str_eq_cstr(word, words[i]))
            return true;
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(word, fields[i].column))
            return true;
    return false;
}

/* "{f3:Type}" at the front of @sql: its length. */
static size_t parameter(act_str sql, const act_filter *f, size_t index)
{
    static const char *const types[] = {
        [ACT_SQL_STRING] = "String",
        [ACT_SQL_I64] = "Int64",
        [ACT_SQL_TIME] = "DateTime64(6, 'UTC')",
        [ACT_SQL_STRINGS] = "Array(String)",
    };
    char want[64];
    fuzz_require(index < f->n_params, "no parameter too many");
    int n = snprintf(want, sizeof want, "{f%zu:%s}", index, types[f->params[index].type]);
    fuzz_require(act_str_starts(sql, act_str_from(want, (size_t)n)), "parameters in order");
    fuzz_require(strlen(f->params[index].name) == (size_t)(strchr(want, ':') - want - 1),
                 "parameter has its name");
    return (size_t)n;
}

static void check_sql(const act_filter *f, enum act_filter_resource resource)
{
    act_str sql = f->sql;
    size_t params = 0, depth = 0;
    fuzz_require(sql.len > 0 && sql.ptr[0] == '(', "SQL is in parentheses");
    while (sql.len) {
        size_t n = 1;
        char c = sql.ptr[0];
        if (c == '{') {
            n = parameter(sql, f, params++);
        } else if (isalnum((unsigned char)c) || c == '_') {
            while (n < sql.len && (isalnum((unsigned char)sql.ptr[n]) || sql.ptr[n] == '_'))
                n++;
            fuzz_require(is_word(act_str_head(sql, n), resource), "only known words");
        } else if (c == '(' || c == ')') {
            fuzz_require(c == '(' || depth > 0, "no parenthesis too many");
            depth = c == '(' ? depth + 1 : depth - 1;
            fuzz_require(depth > 0 || sql.len == 1, "one expression");
        } else if (act_str_starts(sql, ACT_STR("''"))) {
            n = 2;
        } else {
            fuzz_require(strchr(" ,=!<>-[]", c) != NULL, "only known signs");
        }
        sql = act_str_cut(sql, n);
    }
    fuzz_require(depth == 0, "balanced");
    fuzz_require(params == f->n_params, "all parameters are used");
}

static void check_filter(const act_filter_env *env, enum act_filter_resource resource,
                         act_str text)
{
    ACT_AUTO(act_arena) a = NULL;
    act_filter f = { 0 };
    fuzz_require(act_arena_new(64 << 20, 0, &a) == 0, "arena");
    act_problems problems = act_problems_in(a);
    int err =
        act_filter_translate(env, resource, text, a, &problems, ACT_STR("filter"), &f);
    if (!err) {
        fuzz_require(problems.first == NULL, "no problem");
        check_sql(&f, resource);
        return;
    }
    fuzz_require(err == ACT_EINVAL, "refused");
    fuzz_require(problems.first && problems.first->detail.len, "a refusal has a reason");
    fuzz_require(f.sql.ptr == NULL, "outputs stay untouched");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static act_filter_env *env; /* one for all inputs; never freed */
    if (!env)
        fuzz_require(act_filter_env_new(&env) == 0, "environment");
    act_str text = act_str_from(data, size);
    for (int i = 0; i < ACT_FILTER_RESOURCES; i++)
        check_filter(env, (enum act_filter_resource)i, text);
    return 0;
}
