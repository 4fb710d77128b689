/* ctest: labels=chdb timeout=300 */
/* Random questions about odd records beside a plain evaluation: tenants whose names are
 * beginnings or patterns of others', values that are empty, missing, long or mean something
 * to SQL, many records of one time; by queries, facets, selectors, search and lists, page
 * by page. (Filters of every form are held to rows in
 * unit/pipeline/filter_property_test.c.) */
#include "unit/api/odd_records.h"
#include "unit/api/query_help.h"

#include "base/json_write.h"

#include <stdlib.h>

enum { QUESTIONS = 120, VALUE_MAX = 2048 };

/* ---- conditions ---------------------------------------------------------------------- */

enum op { EQ, NE, LT, GE, CONTAINS, STARTS, ENDS, IN, HAS, OPS };

typedef struct {
    int slot;
    enum op op;
    const char *value, *other;
} condition;

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *s, const char *with)
{
    size_t n = strlen(s), k = strlen(with);
    return n >= k && strcmp(s + n - k, with) == 0;
}

static bool holds(const odd_record *r, const condition *c)
{
    const char *v = odd_value(r, c->slot);
    switch (c->op) {
    case EQ:
        return strcmp(v, c->value) == 0;
    case NE:
        return strcmp(v, c->value) != 0;
    case LT:
        return strcmp(v, c->value) < 0;
    case GE:
        return strcmp(v, c->value) >= 0;
    case CONTAINS:
        return strstr(v, c->value) != NULL;
    case STARTS:
        return starts(v, c->value);
    case ENDS:
        return ends(v, c->value);
    case IN:
        return strcmp(v, c->value) == 0 || strcmp(v, c->other) == 0;
    case HAS:
        return v[0] != '\0';
    case OPS:
        break;
    }
    return false;
}

/* A literal of CEL. */
static void write_literal(const char *text, act_buf *out)
{
    act_buf_add_byte(out, '"');
    for (const char *p = text; *p; p++)
        if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20)
            act_buf_printf(out, "\\x%02x", (unsigned char)*p);
        else
            act_buf_add_byte(out, *p);
    act_buf_add_byte(out, '"');
}

static void write_call(const char *field, const char *function, const char *value,
                       act_buf *out)
{
    act_buf_printf(out, "%s.%s(", field, function);
    write_literal(value, out);
    act_buf_add_byte(out, ')');
}

static void write_condition(int kind, const condition *c, act_buf *out)
{
    static const char *const signs[] = { "==", "!=", "<", ">=" };
    const char *field = odd_slots[kind][c->slot].filter;
    switch (c->op) {
    case EQ:
    case NE:
    case LT:
    case GE:
        act_buf_printf(out, "%s %s ", field, signs[c->op]);
        write_literal(c->value, out);
        return;
    case CONTAINS:
        write_call(field, "contains", c->value, out);
        return;
    case STARTS:
        write_call(field, "startsWith", c->value, out);
        return;
    case ENDS:
        write_call(field, "endsWith", c->value, out);
        return;
    case IN:
        act_buf_printf(out, "%s in [", field);
        write_literal(c->value, out);
        act_buf_add_byte(out, ',');
        write_literal(c->other, out);
        act_buf_add_byte(out, ']');
        return;
    case HAS:
        act_buf_printf(out, strchr(field, '.') ? "has(%s)" : "%s != \"\"", field);
        return;
    case OPS:
        return;
    }
}

static condition random_condition(int kind)
{
    const odd_record *r = &odd_records[kind][odd_roll(ODD_RECORDS)];
    condition c = { .slot = odd_roll(ODD_SLOTS), .op = (enum op)odd_roll(OPS) };
    c.value = odd_roll(3) ? odd_value(r, c.slot) : odd_text(true);
    c.other = odd_text(false);
    return c;
}

/* ---- questions ----------------------------------------------------------------------- */

enum way { BY_QUERY, BY_FACET, BY_LIST, WAYS };

typedef struct {
    int kind, scope; /* scope: a tenant; 0 is the platform */
    enum way way;
    int from, to; /* seconds */
    int n;        /* conditions of the filter */
    bool any;     /* of them must hold, else all */
    condition conditions[3];
    bool has_selector;
    condition selector; /* EQ or NE */
    const char *word;   /* that is searched; NULL: nothing is */
    int label;          /* 0: no selector, see label_selectors */
    int limit;
} question;

static const char *const label_selectors[] = { "",     "k",          "!k",           "k=a",
                                               "k!=a", "k in (a,b)", "k notin (a,b)" };

static bool label_holds(const odd_record *r, int selector)
{
    const char *v = r->label;
    bool a = v && strcmp(v, "a") == 0, b = v && strcmp(v, "b") == 0;
    const bool answers[] = { true, v != NULL, v == NULL, a, !a, a || b, !(a || b) };
    return answers[selector];
}

static bool is_visible(int kind, const odd_record *r, int scope)
{
    if (scope == 0)
        return true;
    if (strcmp(odd_tenants[scope].type, "user") == 0 && kind != ODD_EVENT)
        return strcmp(odd_performers[r->performer], odd_tenants[scope].name) == 0;
    return r->tenant == scope;
}

static bool has_word(const odd_record *r, const char *word)
{
    char lower[VALUE_MAX];
    const char *text = odd_value(r, 0);
    size_t i = 0;
    for (; text[i]; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    lower[i] = '\0';
    return strstr(lower, word) != NULL;
}

static bool is_found(const question *ask, const odd_record *r)
{
    bool any = false, all = true;
    for (int i = 0; i < ask->n; i++) {
        bool one = holds(r, &ask->conditions[i]);
        any = any || one;
        all = all && one;
    }
    return is_visible(ask->kind, r, ask->scope) && r->second >= ask->from &&
           r->second < ask->to && (ask->n == 0 || (ask->any ? any : all)) &&
           (!ask->has_selector || holds(r, &ask->selector)) &&
           (!ask->word || has_word(r, ask->word)) && label_holds(r, ask->label);
}

static question random_question(void)
{
    static const char *const words[] = { "a", "ab", "%", "_", "a'b", "long", "\\", "null" };
    static const int limits[] = { 2, 5, 9, 30, 1000 };
    question q = { .kind = odd_roll(ODD_KINDS),
                   .way = (enum way)odd_roll(WAYS),
                   .scope = odd_roll(3) ? odd_roll(ODD_TENANTS) : 0,
                   .to = 60,
                   .limit = limits[odd_roll(5)] };
    if (q.kind == ODD_AUDIT && q.way == BY_LIST)
        q.way = BY_QUERY;
    q.n = q.kind == ODD_EVENT && q.way == BY_LIST ? 0 : odd_roll(4);
    q.any = odd_roll(2);
    for (int i = 0; i < q.n; i++)
        q.conditions[i] = random_condition(q.kind);
    if (q.way != BY_LIST && odd_roll(2)) {
        q.from = odd_roll(ODD_SECONDS);
        q.to = q.from + 1 + odd_roll(ODD_SECONDS + 1 - q.from);
    }
    bool selects = q.way == BY_LIST || (q.kind == ODD_EVENT && q.way == BY_QUERY);
    if (selects && odd_roll(2)) {
        q.selector = random_condition(q.kind);
        q.selector.op = odd_roll(2) ? EQ : NE;
        q.has_selector = odd_slots[q.kind][q.selector.slot].selector != NULL;
    }
    if (q.kind == ODD_ACTIVITY && q.way == BY_LIST)
        q.label = odd_roll((int)ACT_COUNT(label_selectors));
    if (q.kind == ODD_ACTIVITY && q.way == BY_QUERY && odd_roll(3) == 0)
        q.word = words[odd_roll((int)ACT_COUNT(words))];
    return q;
}

/* ---- how they are asked ---------------------------------------------------------------
 */

static void write_filter(const question *ask, act_buf *out)
{
    for (int i = 0; i < ask->n; i++) {
        if (i > 0)
            act_buf_add(out, ask->any ? ACT_STR(" || ") : ACT_STR(" && "));
        write_condition(ask->kind, &ask->conditions[i], out);
    }
}

static void write_selector(const question *ask, act_buf *out)
{
    const condition *c = &ask->selector;
    if (!ask->has_selector)
        return;
    act_buf_printf(out, "%s%s", odd_slots[ask->kind][c->slot].selector,
                   c->op == EQ ? "=" : "!=");
    for (const char *p = c->value; *p; p++) {
        if (*p == '\\' || *p == ',' || *p == '=')
            act_buf_add_byte(out, '\\');
        act_buf_add_byte(out, *p);
    }
}

static void write_text(act_json_writer *w, const char *key,
                       void (*write)(const question *, act_buf *), const question *ask)
{
    act_buf text = ACT_BUF_INIT;
    write(ask, &text);
    if (text.len > 0)
        act_jw_kv_string(w, key, act_buf_str(&text));
    act_buf_done(&text);
}

static void write_second(act_json_writer *w, const char *key, int second)
{
    char text[40];
    (void)snprintf(text, sizeof text, "2026-03-01T00:%02d:%02dZ", second / 60, second % 60);
    act_jw_kv_string(w, key, act_str_cstr(text));
}

static const char *const query_kinds[ODD_KINDS] = { "AuditLogQuery", "ActivityQuery",
                                                    "EventQuery" };
static const char *const query_paths[ODD_KINDS] = { "auditlogqueries", "activityqueries",
                                                    "eventqueries" };
static const char *const facet_kinds[ODD_KINDS] = { "AuditLogFacetsQuery",
                                                    "ActivityFacetQuery",
                                                    "EventFacetQuery" };
static const char *const facet_paths[ODD_KINDS] = { "auditlogfacetsqueries",
                                                    "activityfacetqueries",
                                                    "eventfacetqueries" };

/* In bodies a single quote stands for a double one. */
static void post(const char *path, const act_buf *body)
{
    act_buf text = ACT_BUF_INIT;
    char url[128];
    for (size_t i = 0; i < body->len; i++)
        if (body->ptr[i] == '\'')
            act_buf_add(&text, ACT_STR("\\u0027"));
        else
            act_buf_add_byte(&text, body->ptr[i]);
    act_buf_add_byte(&text, '\0');
    (void)snprintf(url, sizeof url, GROUP "%s", path);
    if (api_post(&api, url, text.ptr) != 201)
        fail_msg("%s: %s", text.ptr, api_text(&api));
    act_buf_done(&text);
}

static void begin_body(act_json_writer *w, const char *kind)
{
    act_jw_object(w);
    act_jw_kv_string(w, "apiVersion", ACT_STR("activity.miloapis.com/v1alpha1"));
    act_jw_kv_string(w, "kind", act_str_cstr(kind));
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_object(w);
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("spec"));
    act_jw_object(w);
}

static void ask_query(const question *ask, const char *token)
{
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    begin_body(&w, query_kinds[ask->kind]);
    write_second(&w, "startTime", ask->from);
    write_second(&w, "endTime", ask->to);
    act_jw_kv_i64(&w, "limit", ask->limit);
    write_text(&w, "filter", write_filter, ask);
    write_text(&w, "fieldSelector", write_selector, ask);
    if (ask->word)
        act_jw_kv_string(&w, "search", act_str_cstr(ask->word));
    act_jw_kv_string(&w, "continue", act_str_cstr(token));
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    post(query_paths[ask->kind], &body);
    act_buf_done(&body);
}

static void add_param(act_buf *url, const char *name, act_str value)
{
    act_buf_printf(url, "&%s=", name);
    for (size_t i = 0; i < value.len; i++)
        act_buf_printf(url, "%%%02X", (unsigned char)value.ptr[i]);
}

static void ask_list(const question *ask, const char *token)
{
    act_buf url = ACT_BUF_INIT, text = ACT_BUF_INIT;
    act_buf_printf(&url, "%s?limit=%d",
                   ask->kind == ODD_ACTIVITY ? ACTIVITIES
                   : ask->any                ? "/api/v1/events"
                                             : "/apis/events.k8s.io/v1/events",
                   ask->limit);
    write_selector(ask, &text);
    add_param(&url, "fieldSelector", act_buf_str(&text));
    act_buf_clear(&text);
    write_filter(ask, &text);
    if (text.len > 0)
        add_param(&url, "filter", act_buf_str(&text));
    add_param(&url, "labelSelector", act_str_cstr(label_selectors[ask->label]));
    add_param(&url, "continue", act_str_cstr(token));
    act_buf_add_byte(&url, '\0');
    if (api_get(&api, url.ptr) != 200)
        fail_msg("%s: %s", url.ptr, api_text(&api));
    act_buf_done(&url);
    act_buf_done(&text);
}

/* "id id ..." of all pages. */
static void read_pages(const question *ask, act_buf *out)
{
    char token[4096] = "", path[96];
    bool lists = ask->way == BY_LIST;
    const char *at = lists ? "items" : "status.results",
               *id = ask->kind == ODD_AUDIT ? "auditID" : "metadata.name";
    do {
        (lists ? ask_list : ask_query)(ask, token);
        size_t n = api_count(&api, at);
        assert_true(n <= (size_t)ask->limit);
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(path, sizeof path, "%s.%zu.%s", at, i, id);
            act_buf_printf(out, "%s ", api_at(&api, path));
        }
        (void)snprintf(token, sizeof token, "%s",
                       api_at(&api, lists ? "metadata.continue" : "status.continue"));
    } while (token[0]);
    act_buf_add_byte(out, '\0');
}

static int newest_first(const void *a, const void *b)
{
    const odd_record *x = *(const odd_record *const *)a, *y = *(const odd_record *const *)b;
    return x->second != y->second ? y->second - x->second : strcmp(y->id, x->id);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const odd_record *const *)a)->id, (*(const odd_record *const *)b)->id);
}

static size_t find_all(const question *ask, const odd_record *found[ODD_RECORDS])
{
    size_t n = 0;
    for (int i = 0; i < ODD_RECORDS; i++)
        if (is_found(ask, &odd_records[ask->kind][i]))
            found[n++] = &odd_records[ask->kind][i];
    qsort(found, n, sizeof *found,
          ask->kind == ODD_EVENT && ask->way == BY_LIST ? by_name : newest_first);
    return n;
}

static void fail_question(const question *ask, int number, const char *found,
                          const char *expected)
{
    act_buf text = ACT_BUF_INIT;
    write_filter(ask, &text);
    act_buf_add(&text, ACT_STR(" / "));
    write_selector(ask, &text);
    act_buf_add_byte(&text, '\0');
    fail_msg("question %d: kind %d way %d as %s/%s, %d to %d, by %d, %s, search %s, label "
             "%s:\n%s\nnot\n%s",
             number, ask->kind, ask->way, odd_tenants[ask->scope].type,
             odd_tenants[ask->scope].name, ask->from, ask->to, ask->limit, text.ptr,
             ask->word ? ask->word : "", label_selectors[ask->label], found, expected);
}

static size_t assert_found(const question *ask, int number)
{
    const odd_record *expected[ODD_RECORDS];
    act_buf found = ACT_BUF_INIT, wanted = ACT_BUF_INIT;
    size_t n = find_all(ask, expected);
    for (size_t i = 0; i < n; i++)
        act_buf_printf(&wanted, "%s ", expected[i]->id);
    act_buf_add_byte(&wanted, '\0');
    read_pages(ask, &found);
    if (strcmp(found.ptr, wanted.ptr) != 0)
        fail_question(ask, number, found.ptr, wanted.ptr);
    act_buf_done(&found);
    act_buf_done(&wanted);
    return n;
}

/* ---- facets ---------------------------------------------------------------------------
 */

typedef struct {
    const char *value;
    int n;
} counted;

static int most_first(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    return x->n != y->n ? y->n - x->n : strcmp(x->value, y->value);
}

static size_t count_all(const question *ask, int s, counted out[ODD_RECORDS])
{
    const odd_record *found[ODD_RECORDS];
    size_t n = 0, all = find_all(ask, found);
    bool skip_empty = starts(odd_slots[ask->kind][s].facet, "related.");
    for (size_t i = 0; i < all; i++) {
        const char *v = odd_value(found[i], s);
        size_t k = 0;
        while (k < n && strcmp(out[k].value, v) != 0)
            k++;
        if (skip_empty && !v[0])
            continue;
        if (k == n)
            out[n++] = (counted){ v, 0 };
        out[k].n++;
    }
    qsort(out, n, sizeof *out, most_first);
    return n;
}

static void assert_counts(const question *ask, int number)
{
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    begin_body(&w, facet_kinds[ask->kind]);
    act_jw_key(&w, ACT_STR("timeRange"));
    act_jw_object(&w);
    write_second(&w, "start", ask->from);
    write_second(&w, "end", ask->to);
    act_jw_object_end(&w);
    write_text(&w, "filter", write_filter, ask);
    act_jw_key(&w, ACT_STR("facets"));
    act_jw_array(&w);
    for (int s = 0; s < ODD_SLOTS; s++) {
        if (!odd_slots[ask->kind][s].facet)
            continue;
        act_jw_object(&w);
        act_jw_kv_string(&w, "field", act_str_cstr(odd_slots[ask->kind][s].facet));
        act_jw_kv_i64(&w, "limit", ask->limit);
        act_jw_object_end(&w);
    }
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    post(facet_paths[ask->kind], &body);
    act_buf_done(&body);
    for (int s = 0, at = 0; s < ODD_SLOTS; s++) {
        counted expected[ODD_RECORDS];
        act_buf wanted = ACT_BUF_INIT;
        if (!odd_slots[ask->kind][s].facet)
            continue;
        size_t n = count_all(ask, s, expected);
        size_t most = ask->limit < 100 ? (size_t)ask->limit : 100;
        for (size_t i = 0; i < n && i < most; i++)
            act_buf_printf(&wanted, "%s%s=%d", i > 0 ? " " : "", expected[i].value,
                           expected[i].n);
        act_buf_add_byte(&wanted, '\0');
        const char *found = facet((size_t)at++);
        if (strcmp(found, wanted.ptr) != 0)
            fail_question(ask, number, found, wanted.ptr);
        act_buf_done(&wanted);
    }
}

/* ---- the test -------------------------------------------------------------------------
 */

static void random_questions_are_answered_as_they_should(void **state)
{
    (void)state;
    size_t found = 0, answered = 0;
    const char *other = getenv("ACT_TEST_SEED"); /* to look further by hand */
    if (other)
        assert_ok(act_str_to_u64(act_str_cstr(other), &odd_seed));
    for (int kind = 0; kind < ODD_KINDS; kind++)
        odd_send(kind);
    questions_settle();
    for (int i = 0; i < QUESTIONS; i++) {
        char token[16];
        question ask = random_question();
        (void)snprintf(token, sizeof token, "t%d", ask.scope);
        api.token = token;
        if (ask.way == BY_FACET) {
            assert_counts(&ask, i);
        } else {
            size_t n = assert_found(&ask, i);
            found += n;
            answered += n > 0;
        }
    }
    assert_true(answered > QUESTIONS / 5 && found > (size_t)QUESTIONS);
}

static int setup(void **state)
{
    act_buf lines = ACT_BUF_INIT;
    (void)state;
    for (int i = 0; i < ODD_TENANTS; i++) {
        act_buf_printf(&lines, "t%d,u%d,uid-%d,system:masters", i, i, i);
        if (i > 0)
            act_buf_printf(&lines,
                           ",iam.miloapis.com/parent-type=%s;"
                           "iam.miloapis.com/parent-name=%s",
                           odd_tenants[i].type, odd_tenants[i].name);
        act_buf_add_byte(&lines, '\n');
    }
    act_buf_add_byte(&lines, '\0');
    questions_start_with(lines.ptr, (act_api_limits){ .query_slice_rows = 2 });
    act_buf_done(&lines);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_questions_are_answered_as_they_should, setup,
                                        questions_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
