/* Tables and metadata-only forms; durations as kubectl shows them. */
#include "kube/table.h"

#include "base/clock.h"
#include "support.h"

static void durations_read_as_kubectl_prints_them(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        { -5, "0s" },       { 0, "0s" },          { 119, "119s" },     { 120, "2m" },
        { 150, "2m30s" },   { 600, "10m" },       { 601, "10m" },      { 10799, "179m" },
        { 10800, "3h" },    { 11700, "3h15m" },   { 28800, "8h" },     { 172799, "47h" },
        { 172800, "2d" },   { 180000, "2d2h" },   { 691200, "8d" },    { 63071999, "729d" },
        { 63072000, "2y" }, { 63158400, "2y1d" }, { 252288000, "8y" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        act_buf out = ACT_BUF_INIT;
        act_duration_text(rows[i].seconds * ACT_NS_PER_S, &out);
        act_buf_add_byte(&out, '\0');
        assert_string_equal(out.ptr, rows[i].text);
        act_buf_done(&out);
    }
}

static void size_cell(const act_json *object, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add_i64(out, act_json_get(object, ACT_STR("size"))->as.i64);
}

static const act_column columns[] = {
    { "Name", ACT_CELL_STRING, "Its name.", act_cell_name, false },
    { "Size", ACT_CELL_INTEGER, "How large.", size_cell, false },
    { "Age", ACT_CELL_DATE, "How old.", act_cell_age, false },
};

static const char *table(enum act_include include, bool headers, const act_list_meta *meta)
{
    const act_json *objects[] = { json_of("{'kind':'T','metadata':{'name':'a\\n',"
                                          "'creationTimestamp':'2026-01-31T08:00:00Z'},"
                                          "'size':3}") };
    act_table_options o = { .columns = { columns, ACT_COUNT(columns) },
                            .include = include,
                            .headers = headers,
                            .meta_version = ACT_STR("v1"),
                            .now_ns = INT64_C(1769846460) * ACT_NS_PER_S };
    act_buf out = ACT_BUF_INIT;
    act_str kept;
    act_table_write(&o, objects, 1, meta, &out);
    assert_int_equal(act_arena_str(test_arena, act_buf_str(&out), &kept), 0);
    act_buf_done(&out);
    return kept.ptr;
}

static void tables_hold_cells_and_what_was_asked_for(void **state)
{
    (void)state;
    act_list_meta meta = { ACT_STR("7"), ACT_STR("next"), 2 };
    const char *text = table(ACT_INCLUDE_NONE, false, &meta);
    assert_string_equal(text,
                        "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\","
                        "\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"next\","
                        "\"remainingItemCount\":2},\"columnDefinitions\":null,"
                        "\"rows\":[{\"cells\":[\"a\\n\",3,\"60s\"]}]}");
    text = table(ACT_INCLUDE_METADATA, true, &meta);
    assert_non_null(strstr(text, "\"name\":\"Size\",\"type\":\"integer\""));
    assert_non_null(strstr(text, "\"object\":{\"kind\":\"PartialObjectMetadata\""));
    assert_null(strstr(text, "\"size\""));
    text = table(ACT_INCLUDE_OBJECT, true, &meta);
    assert_non_null(strstr(text, "\"size\":3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_kubectl_prints_them),
        cmocka_unit_test(tables_hold_cells_and_what_was_asked_for),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
