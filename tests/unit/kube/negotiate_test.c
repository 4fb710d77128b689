/* Accept headers: which form an answer gets. */
#include "kube/negotiate.h"

#include "support.h"

/* "yaml", "json", "Table v1" and the like; "none" for 406. */
static const char *chosen(const char *accept, act_kube_offer offer)
{
    static const char *const forms[] = { "", " Table", " Partial", " PartialList" };
    static char said[64];
    act_kube_accept a = { .media = ACT_KUBE_YAML };
    if (act_kube_negotiate(act_str_cstr(accept), offer, &a))
        return "none";
    (void)snprintf(said, sizeof said, "%s%s%s%.*s%.*s",
                   a.media == ACT_KUBE_YAML ? "yaml" : "json", forms[a.transform],
                   a.meta_version.len > 0 || a.as_version.len > 0 ? " " : "",
                   ACT_STR_ARG(a.meta_version), ACT_STR_ARG(a.as_version));
    return said;
}

#define TABLE "application/json;as=Table;g=meta.k8s.io;v=v1"
#define YAML_TABLE "application/yaml;as=Table;g=meta.k8s.io;v=v1"
#define PROTO "application/vnd.kubernetes.protobuf"
#define PARTIAL "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define GROUPS "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static void the_best_form_that_there_is(void **state)
{
    (void)state;
    const act_kube_offer tables = { .tables = true }, plain = { .tables = false },
                         discovery = { .discovery = true };
    const struct {
        const char *accept;
        act_kube_offer offer;
        const char *wanted;
    } rows[] = {
        { "", plain, "json" },
        { " ", plain, "json" },
        { "*/*", plain, "json" },
        { "application/*", plain, "json" },
        { "application/yaml", plain, "yaml" },
        { "APPLICATION/YAML; charset=utf-8", plain, "yaml" },
        { "text/html", plain, "none" },
        { PROTO, plain, "none" },
        { PROTO ", application/json", plain, "json" },
        { PROTO ",*/*", plain, "json" },
        { TABLE ", application/json", tables, "json Table v1" },
        { TABLE ", application/json", plain, "json" },
        { TABLE, plain, "none" },
        { YAML_TABLE, tables, "yaml Table v1" },
        { PARTIAL, plain, "json Partial v1" },
        { "application/json;as=Table;g=other.io;v=v1", tables, "none" },
        { GROUPS ",application/json", discovery, "json v2" },
        { GROUPS ",application/json", plain, "json" },
        /* Quality counts first; then who says more; then who comes first. */
        { "application/json;q=0.5, application/yaml;q=0.8", plain, "yaml" },
        { "application/yaml;q=0.001, application/json;q=0", plain, "yaml" },
        { "application/json;q=0", plain, "none" },
        { "*/*, application/yaml", plain, "yaml" },
        { "application/*, application/yaml", plain, "yaml" },
        { "*/*;q=0.9, application/yaml;q=0.8", plain, "json" },
        { "application/yaml, application/json", plain, "yaml" },
        { "text/html, application/xml;q=0.9, */*;q=0.8", plain, "json" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++)
        if (strcmp(chosen(rows[i].accept, rows[i].offer), rows[i].wanted) != 0)
            fail_msg("%s: %s instead of %s", rows[i].accept,
                     chosen(rows[i].accept, rows[i].offer), rows[i].wanted);
}

/* Frames of YAML cannot follow one another. */
static void streams_are_never_yaml(void **state)
{
    (void)state;
    const act_kube_offer stream = { .tables = true, .stream = true };
    assert_string_equal(chosen("application/yaml", stream), "none");
    assert_string_equal(chosen(YAML_TABLE, stream), "none");
    assert_string_equal(chosen(YAML_TABLE ", application/yaml", stream), "none");
    assert_string_equal(chosen("application/yaml, application/json;q=0.1", stream), "json");
    assert_string_equal(chosen("application/yaml, " TABLE, stream), "json Table v1");
    assert_string_equal(chosen("application/yaml, */*", stream), "json");
    assert_string_equal(chosen("application/json;stream=watch", stream), "json");
}

static int type_of(const char *accept)
{
    const act_str types[] = { ACT_STR("application/json"), ACT_STR("application/x+proto") };
    size_t i = 77;
    return act_kube_choose_type(act_str_cstr(accept), types, 2, &i) ? -1 : (int)i;
}

static void documents_have_their_types(void **state)
{
    (void)state;
    assert_int_equal(type_of(""), 0);
    assert_int_equal(type_of("*/*"), 0);
    assert_int_equal(type_of("application/*"), 0);
    assert_int_equal(type_of("application/x+proto"), 1);
    assert_int_equal(type_of("application/X+Proto;q=0.2"), 1);
    assert_int_equal(type_of("application/x+proto;q=0.2, application/json"), 0);
    assert_int_equal(type_of("text/*, application/x+proto"), 1);
    assert_int_equal(type_of("text/html"), -1);
    assert_int_equal(type_of("application/json;q=0"), -1);
    assert_int_equal(type_of("application/yaml, */*;q=0.1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_form_that_there_is),
        cmocka_unit_test(streams_are_never_yaml),
        cmocka_unit_test(documents_have_their_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
