/* ctest: labels=chdb timeout=300 */
/* docs/queries.md is true: its filters find something, the rest of its examples is
 * accepted, and no field is left out. */
#include "unit/api/query_help.h"

#include <dirent.h>
#include <stdlib.h>

static char *page;

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    size_t n = fread(text, 1, (1 << 20) - 1, f);
    assert_true(n > 0);
    (void)fclose(f);
    return text;
}

/* Call @each with every block of @language (what stands behind the backquotes). */
static size_t each_block(const char *language,
                         void (*each)(const char *language, char *text))
{
    char start[64];
    size_t n = 0;
    (void)snprintf(start, sizeof start, "\n```%s\n", language);
    for (char *at = strstr(page, start); at; at = strstr(at, start), n++) {
        at += strlen(start);
        char *end = strstr(at, "\n```");
        assert_non_null(end);
        char *text = strndup(at, (size_t)(end - at));
        each(language, text);
        free(text);
        at = end;
    }
    return n;
}

static void each_line(char *text, void (*each)(const char *line))
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        each(line);
}

/* As a part of a body: ' and " come out as ", \ as it is. */
static const char *escaped(const char *text)
{
    static char out[4096];
    size_t n = 0;
    for (; *text; text++) {
        if (*text == '"' || *text == '\'' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = '\0';
    return out;
}

/* ---- records ------------------------------------------------------------------------ */

static void take_record(const char *language, char *text)
{
    (void)language;
    questions_take(text);
}

static void load_policies(void)
{
    DIR *d = opendir(ACT_SOURCE_DIR "/examples/policies");
    assert_non_null(d);
    act_http_header yaml = { ACT_STR("Content-Type"), ACT_STR("application/yaml") };
    for (struct dirent *e; (e = readdir(d));) {
        char path[512], url[256];
        if (!strstr(e->d_name, ".yaml"))
            continue;
        (void)snprintf(path, sizeof path, ACT_SOURCE_DIR "/examples/policies/%s",
                       e->d_name);
        (void)snprintf(url, sizeof url, "%s" POLICIES, api.base);
        char *text = read_file(path);
        act_http_call call = ACT_HTTP_CALL_INIT;
        call.method = "POST";
        call.url = url;
        call.headers = &yaml;
        call.header_count = 1;
        call.has_body = true;
        call.body = act_str_cstr(text);
        call.bearer = ACT_STR(TOKEN_ADMIN);
        assert_ok(act_http_client_call(api.client, &call, &api.reply, NULL));
        assert_int_equal(api.reply.status, 201);
        free(text);
    }
    (void)closedir(d);
}

static int setup(void **state)
{
    (void)state;
    page = read_file(ACT_SOURCE_DIR "/docs/queries.md");
    questions_start(NULL);
    load_policies();
    questions_take_file("audit.jsonl");
    questions_take_file("events-k8sio.json");
    assert_int_equal(each_block("json record", take_record), 2);
    questions_process();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    questions_stop();
    free(page);
    return 0;
}

/* ---- filters ------------------------------------------------------------------------ */

static const char *asked_kind, *asked_member;

static void finds_something(const char *line)
{
    char spec[8192];
    (void)snprintf(spec, sizeof spec, EVER ",'limit':1,'%s':'%s'", asked_member,
                   escaped(line));
    if (ask_count(asked_kind, spec) != 1)
        fail_msg("%s finds nothing: %s", asked_kind, line);
}

static void lines_find_something(const char *language, char *text)
{
    (void)language;
    each_line(text, finds_something);
}

/* Does @path stand in an example as a whole? */
static bool names_field(const char *text, const char *path)
{
    size_t len = strlen(path);
    for (const char *at = strstr(text, path); at; at = strstr(at + 1, path)) {
        char before = at > text ? at[-1] : ' ', after = at[len];
        bool inside = before == '.' || before == '_' || (before >= 'a' && before <= 'z') ||
                      (before >= 'A' && before <= 'Z') || (after >= 'a' && after <= 'z') ||
                      (after >= 'A' && after <= 'Z') || (after >= '0' && after <= '9');
        if (!inside)
            return true;
    }
    return false;
}

static char examples[65536];

static void gather(const char *language, char *text)
{
    (void)language;
    size_t len = strlen(examples);
    (void)snprintf(examples + len, sizeof examples - len, "%s\n", text);
}

static void filters_find_something(void **state)
{
    (void)state;
    static const struct {
        enum act_filter_resource resource;
        const char *language, *kind;
    } kinds[] = {
        { ACT_FILTER_AUDIT, "cel audit", "AuditLogQuery" },
        { ACT_FILTER_ACTIVITY, "cel activity", "ActivityQuery" },
        { ACT_FILTER_EVENT, "cel event", "EventQuery" },
    };
    asked_member = "filter";
    for (size_t i = 0; i < ACT_COUNT(kinds); i++) {
        asked_kind = kinds[i].kind;
        assert_true(each_block(kinds[i].language, lines_find_something) > 0);
        examples[0] = '\0';
        (void)each_block(kinds[i].language, gather);
        size_t n;
        const act_filter_field *fields = act_filter_fields(kinds[i].resource, &n);
        for (size_t k = 0; k < n; k++)
            if (!names_field(examples, fields[k].path))
                fail_msg("docs/queries.md has no example of %s", fields[k].path);
    }
}

static void selectors_find_something(void **state)
{
    (void)state;
    asked_kind = "EventQuery";
    asked_member = "fieldSelector";
    assert_int_equal(each_block("selector", lines_find_something), 1);
}

static void searches_find_something(void **state)
{
    (void)state;
    asked_kind = "ActivityQuery";
    asked_member = "search";
    assert_int_equal(each_block("search", lines_find_something), 1);
}

static void answers_with_objects(const char *line)
{
    if (api_get(&api, line) != 200 || api_count(&api, "items") == 0)
        fail_msg("%s: %s", line, api_text(&api));
}

static void lines_answer_with_objects(const char *language, char *text)
{
    (void)language;
    each_line(text, answers_with_objects);
}

static void lists_find_something(void **state)
{
    (void)state;
    assert_int_equal(each_block("list", lines_answer_with_objects), 2);
}

/* ---- the rest ----------------------------------------------------------------------- */

static void is_a_time(const char *line)
{
    char spec[256];
    (void)snprintf(spec, sizeof spec, "'startTime':'2020-01-01T00:00:00Z','endTime':'%s'",
                   line);
    (void)ask_count("AuditLogQuery", spec);
}

static void lines_are_times(const char *language, char *text)
{
    (void)language;
    each_line(text, is_a_time);
}

static void times_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(each_block("time", lines_are_times), 1);
}

static void is_a_facet(const char *line)
{
    char spec[512];
    (void)snprintf(spec, sizeof spec,
                   "'timeRange':{'start':'2020-01-01T00:00:00Z'},'facets':[{'field':'%s'}]",
                   line);
    if (ask(asked_kind, spec) != 201)
        fail_msg("%s: %s", line, api_text(&api));
    if (facet(0)[0] == '\0')
        fail_msg("%s has no values", line);
}

static void lines_are_facets(const char *language, char *text)
{
    asked_kind = strchr(language, ' ') + 1;
    each_line(text, is_a_facet);
    /* The page has all of them: each is named by the refusal of another. */
    assert_int_equal(ask(asked_kind, "'facets':[{'field':'other'}]"), 422);
    char *rest = NULL, *message = strdup(api_at(&api, "details.causes.0.message"));
    char *list = strstr(message, "fields: ");
    assert_non_null(list);
    for (char *name = strtok_r(list + 8, ", ", &rest); name;
         name = strtok_r(NULL, ", ", &rest)) {
        char line[128];
        (void)snprintf(line, sizeof line, "\n%s\n", name);
        assert_non_null(strstr(page, line));
    }
    free(message);
}

static void facets_have_values(void **state)
{
    (void)state;
    assert_int_equal(each_block("facet AuditLogFacetsQuery", lines_are_facets), 1);
    assert_int_equal(each_block("facet ActivityFacetQuery", lines_are_facets), 1);
    assert_int_equal(each_block("facet EventFacetQuery", lines_are_facets), 1);
}

static void is_an_object(const char *language, char *text)
{
    static const struct {
        const char *kind, *plural;
    } kinds[] = { { "kind: AuditLogQuery\n", "auditlogqueries" },
                  { "kind: EventFacetQuery\n", "eventfacetqueries" },
                  { "kind: PolicyPreview\n", "policypreviews" } };
    (void)language;
    for (size_t i = 0; i < ACT_COUNT(kinds); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, GROUP "%s?fieldValidation=Strict",
                       kinds[i].plural);
        if (strstr(text, kinds[i].kind) &&
            api_call(&api, "POST", path, "application/yaml", text) != 201)
            fail_msg("%s: %s", text, api_text(&api));
    }
}

static void objects_are_accepted(void **state)
{
    (void)state;
    assert_int_equal(each_block("yaml query", is_an_object), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_find_something),
        cmocka_unit_test(selectors_find_something),
        cmocka_unit_test(searches_find_something),
        cmocka_unit_test(lists_find_something),
        cmocka_unit_test(times_are_accepted),
        cmocka_unit_test(facets_have_values),
        cmocka_unit_test(objects_are_accepted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
