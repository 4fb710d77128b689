/* ctest: labels=chdb timeout=120 */
/* What ClickHouse reads otherwise than CEL means it, one test a trap: the rows that a
 * filter finds in real tables are those that the expression names. */
#include "unit/pipeline/filter_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static filter_table table;

/* Rows of audit logs. The number is the place in the list. */
static const char *const audit[] = {
    "{\"auditID\":\"0A1B2C3D-0000-4000-8000-00000000000F\",\"verb\":\"get\","
    "\"requestReceivedTimestamp\":\"2026-11-24T03:00:00.123456Z\","
    "\"responseStatus\":{\"code\":200},\"user\":{\"username\":\"a\\nb\",\"groups\":[\"x\"]"
    "}",
    "{\"auditID\":\"not a uuid\",\"verb\":\"200\","
    "\"requestReceivedTimestamp\":\"2026-11-24T03:00:00.123456789Z\","
    "\"responseStatus\":{\"code\":404},\"user\":{\"username\":\"a%b_c\"}",
    "{\"auditID\":\"\",\"verb\":\"list\",\"stageTimestamp\":\"2026-11-24T03:00:01Z\","
    "\"responseStatus\":{\"code\":65535},\"user\":{\"username\":\"axbyc\"}",
    "{\"auditID\":\"3\",\"verb\":\"\","
    "\"responseStatus\":{\"code\":70000},\"user\":{\"username\":\"back\\\\slash\\ttab'"
    "quote\"}",
    "{\"auditID\":\"4\",\"requestReceivedTimestamp\":\"1066-10-14T09:00:00Z\","
    "\"stageTimestamp\":\"tomorrow\",\"responseStatus\":{\"code\":\"200\"},"
    "\"user\":{\"username\":\"\xc3\x89t\xc3\xa9\"}",
    "{\"auditID\":\"5\",\"requestReceivedTimestamp\":\"9999-01-01T00:00:00Z\","
    "\"responseStatus\":null,\"user\":{\"username\":\"nul\\u0000byte\"}",
    "{\"auditID\":\"6\",\"requestReceivedTimestamp\":\"2026-11-24T03:00:00.123457Z\","
    "\"user\":{\"username\":\"lone\\ud800surrogate\"}",
    "{\"auditID\":\"7\",\"responseStatus\":{\"code\":-1},"
    "\"user\":{\"username\":\"\xf0\x9f\x98\x80\",\"groups\":[\"\",\"a'b\\\\c\",\"d,e\"]}",
};
enum { ROWS = ACT_COUNT(audit) };

static int setup(void **state)
{
    (void)state;
    filter_table_open(&table);
    char text[ROWS][512];
    act_str records[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        int n = snprintf(text[i], sizeof text[i], "%s,\"row\":%zu}", audit[i], i);
        records[i] = act_str_from(text[i], (size_t)n);
    }
    filter_table_insert(&table, ACT_FILTER_AUDIT, records, ROWS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    filter_table_close(&table);
    return 0;
}

#define ALL "0 1 2 3 4 5 6 7"

/* @want: the rows, or how the refusal begins. */
static void check(const char *filter, const char *want)
{
    const char *got = filter_table_found(&table, ACT_FILTER_AUDIT, filter);
    bool refusal = want[0] == '!';
    if (refusal ? strncmp(got, want, strlen(want)) != 0 : strcmp(got, want) != 0)
        fail_msg("%s: got %s, want %s (%s)", filter, got, want, table.sql);
}

static void trap_1_numbers_and_text_are_never_compared(void **state)
{
    check("responseStatus.code == '200'", "! 1:21: ");
    check("responseStatus.code == verb", "! 1:21: ");
    check("verb == 200", "! 1:6: ");
    check("user.username == 200", "! 1:15: ");
    check("verb == '200'", "1");
    check("responseStatus.code == 200", "0");
    (void)state;
}

static void trap_2_patterns_mean_what_they_mean_in_cel(void **state)
{
    check("user.username.matches('a.b')", "1 2");
    check("user.username.matches('a%.*c$')", "1");
    check("user.username.matches('(?s)a.b')", "0 1 2");
    check("user.username.matches('^a$')", "");
    check("user.username.matches('(?m)^a$')", "0");
    check("user.username.matches('z|a.b')", "1 2");
    check("user.username.matches('(?i)^\xc3\xa9T\xc3\x89$')", "4");
    check("user.username.matches('^.$')", "7");
    check("user.username.matches('')", ALL);
    check("user.username.matches('(?=a)')", "! 1:23: ");
    check("user.username.matches('[')", "! 1:23: ");
    check("user.username.matches('\\\\C')", "! 1:23: ");
    (void)state;
}

static void trap_3_parameters_arrive_byte_for_byte(void **state)
{
    check("user.username == 'back\\\\slash\\ttab\\'quote'", "3");
    check("user.username in ['a\\nb', 'back\\\\slash\\ttab\\'quote']", "0 3");
    check("user.username.contains('\\\\')", "3");
    check("user.username.contains('\\\\s')", "3");
    check("user.username.contains('\\t')", "3");
    check("user.username.endsWith('\\'quote')", "3");
    check("user.username.matches('\\\\\\\\s')", "3");
    check("user.username.matches('a\\\\nb')", "0");
    check("user.username == 'a\\nb'", "0");
    check("user.username == 'a\\\\nb'", "");
    check("'a\\'b\\\\c' in user.groups", "7");
    check("'d,e' in user.groups", "7");
    check("'d' in user.groups", "");
    check("user.username == 'nul\\u0000byte'", "5");
    check("user.username in ['nul\\u0000byte', '']", "5");
    (void)state;
}

static void trap_4_nothing_is_ever_null(void **state)
{
    assert_int_equal(
        filter_table_number(&table, "SELECT count() FROM system.columns WHERE "
                                    "database = 'audit' AND position(type, 'Nullable') "
                                    "> 0"),
        0);
    check("verb != 'get'", "1 2 3 4 5 6 7");
    check("!(verb == 'get')", "1 2 3 4 5 6 7");
    check("!(objectRef.name == 'x') && objectRef.name == ''", ALL);
    check("!(verb in ['get', 'list'])", "1 3 4 5 6 7");
    check("verb == 'get' ? true : false", "! 1:15: _?_:_ cannot be used");
    (void)state;
}

static void trap_5_an_empty_list_holds_nothing(void **state)
{
    check("verb in []", "");
    check("!(verb in [])", ALL);
    check("verb in [''] && verb in ['', 'x']", "3 4 5 6 7");
    (void)state;
}

static void trap_6_audit_ids_are_text(void **state)
{
    check("auditID == 'not a uuid'", "1");
    check("auditID == '0A1B2C3D-0000-4000-8000-00000000000F'", "0");
    check("auditID == '0a1b2c3d-0000-4000-8000-00000000000f'", "");
    check("auditID.startsWith('0A1B')", "0");
    check("auditID == ''", "2");
    check("auditID == '00000000-0000-0000-0000-000000000000'", "");
    (void)state;
}

static void trap_7_times_are_compared_by_the_microsecond(void **state)
{
#define T(fraction) "timestamp('2026-11-24T03:00:00" fraction "Z')"
    check("requestReceivedTimestamp == " T(".123456"), "0 1");
    check("requestReceivedTimestamp == " T(".123456000"), "0 1");
    check("requestReceivedTimestamp == " T(".123456789"), "");
    check("requestReceivedTimestamp != " T(".123456789"), ALL);
    check("requestReceivedTimestamp >= " T(".123456789"), "2 6");
    check("requestReceivedTimestamp > " T(".123456789"), "2 6");
    check("requestReceivedTimestamp <= " T(".123456789"), "0 1 3 4 5 7");
    check("requestReceivedTimestamp < " T(".123456789"), "0 1 3 4 5 7");
    check("requestReceivedTimestamp < " T(".123456"), "3 4 5 7");
    check("requestReceivedTimestamp > " T(".123456"), "2 6");
    check(T(".123456") " < requestReceivedTimestamp", "2 6");
    check("requestReceivedTimestamp == timestamp('2026-11-24T08:30:00.123457+05:30')", "6");
#undef T
    (void)state;
}

static void trap_8_times_beyond_the_columns_decide_for_all(void **state)
{
    static const char *const far[] = { "2260-01-01T00:00:01Z", "2299-12-31T23:59:59Z",
                                       "2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z" };
    static const char *const old[] = { "0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z",
                                       "1969-12-31T23:59:59.999999999Z" };
    char filter[128];
    for (size_t i = 0; i < ACT_COUNT(far); i++) {
        snprintf(filter, sizeof filter, "requestReceivedTimestamp < timestamp('%s')",
                 far[i]);
        check(filter, ALL);
        snprintf(filter, sizeof filter, "requestReceivedTimestamp == timestamp('%s')",
                 far[i]);
        check(filter, "");
    }
    for (size_t i = 0; i < ACT_COUNT(old); i++) {
        snprintf(filter, sizeof filter, "requestReceivedTimestamp > timestamp('%s')",
                 old[i]);
        check(filter, ALL);
        snprintf(filter, sizeof filter, "requestReceivedTimestamp <= timestamp('%s')",
                 old[i]);
        check(filter, "");
    }
    check("requestReceivedTimestamp > timestamp('10000-01-01T00:00:00Z')", "! ");
    (void)state;
}

static void trap_9_a_missing_time_is_never_the_time_of_insertion(void **state)
{
    check("requestReceivedTimestamp == timestamp('2026-11-24T03:00:01Z')", "2");
    check("requestReceivedTimestamp == timestamp('1970-01-01T00:00:00Z')", "3 4 5 7");
    check("!has(requestReceivedTimestamp.seconds)", "! ");
    (void)state;
}

static void trap_10_fractions_are_compared_with_integers_exactly(void **state)
{
    check("responseStatus.code == 200.0", "0");
    check("responseStatus.code == 200.5", "");
    check("responseStatus.code != 200.5", ALL);
    check("responseStatus.code != 0.0/0.0", ALL);
    check("responseStatus.code == 1e300", "");
    check("responseStatus.code > 403.5 && responseStatus.code < 404.5", "1");
    check("responseStatus.code >= 404.5", "2");
    check("responseStatus.code > 404.0 || responseStatus.code < 0.5", "2 3 4 5 6 7");
    check("responseStatus.code < 1e300 && responseStatus.code > -1e300", ALL);
    check("responseStatus.code > 9223372036854775808.0", "");
    check("responseStatus.code > -1", ALL);
    check("responseStatus.code > -1.5", ALL);
    check("responseStatus.code < 18446744073709551615u", ALL);
    check("responseStatus.code == 0.0/0.0", "");
    check("responseStatus.code >= 0.0/0.0", "! 1:21: NaN values cannot be ordered");
    (void)state;
}

static void trap_11_codes_beyond_the_column_are_zero(void **state)
{
    check("responseStatus.code == 65535", "2");
    check("responseStatus.code == 70000", "");
    check("responseStatus.code == 70000 - 65536", "");
    check("responseStatus.code == 0", "3 4 5 6 7");
    check("has(responseStatus.code)", "0 1 2");
    (void)state;
}

static void trap_12_contains_knows_no_wildcards(void **state)
{
    check("user.username.contains('%')", "1");
    check("user.username.contains('_')", "1");
    check("user.username.contains('a%b_c')", "1");
    check("user.username.contains('A')", "");
    check("user.username.lowerAscii().contains('\xc3\xa9')", "4");
    check("user.username.contains('\xc3\xa9')", "4");
    check("user.username.upperAscii() == 'AXBYC'", "2");
    check("user.username.lowerAscii() == '\xc3\xa9t\xc3\xa9'", "");
    (void)state;
}

static void trap_13_sizes_are_code_points_and_empty_is_everywhere(void **state)
{
    check("user.username.contains('')", ALL);
    check("user.username.startsWith('') && user.username.endsWith('')", ALL);
    check("size(user.username) == 1", "7");
    check("size(user.username) == 3", "0 4");
    check("size(verb) == 0", "3 4 5 6 7");
    check("size(user.groups) == 3", "7");
    (void)state;
}

static void trap_14_text_is_ordered_by_its_bytes(void **state)
{
    check("user.username < 'a'", "");
    check("user.username > 'z'", "4 7");
    check("user.username >= '\xf0\x9f\x98\x80'", "7");
    check("user.username < 'nul\\u0001'", "0 1 2 3 5 6");
    check("user.username.contains('\\u0000')", "5");
    check("user.username == 'lone\\ufffdsurrogate'", "6");
    check("size(user.username) == 14", "6");
    (void)state;
}

static void trap_15_columns_have_types_of_their_own(void **state)
{
    assert_int_equal(
        filter_table_number(&table, "SELECT count() FROM system.columns WHERE database = "
                                    "'audit' AND match(type, 'JSON|Dynamic|Variant|UUID')"),
        0);
    check("'' in user.groups", "7");
    (void)state;
}

static void trap_16_columns_are_not_calculated_with(void **state)
{
    check("responseStatus.code + 1 == 201", "! 1:21: only fields");
    check("responseStatus.code / 0 == 1", "! 1:21: ");
    check("verb + 'x' == 'getx'", "! 1:6: only fields");
    check("responseStatus.code == 9223372036854775807 + 1", "! 1:");
    check("-responseStatus.code == -200", "! ");
    check("responseStatus.code == 100 + 100", "0");
    (void)state;
}

static void trap_17_a_row_twice_is_one_row(void **state)
{
    char text[600];
    int n = snprintf(text, sizeof text, "%s,\"row\":1}", audit[1]);
    act_str again = act_str_from(text, (size_t)n);
    filter_table_insert(&table, ACT_FILTER_AUDIT, &again, 1);
    check("auditID == 'not a uuid'", "1");
    check("auditID != 'not a uuid'", "0 2 3 4 5 6 7");
    (void)state;
}

static void trap_18_fields_are_those_of_the_tree(void **state)
{
    static const struct {
        const char *filter, *field;
    } cases[] = {
        { "verb == 'user.username'", "verb" },
        { "user['username'] == 'objectRef.name'", "user.username" },
        { "has(user.uid) /* verb */", NULL },
        { "'sourceIPs' in user.groups // verb", "user.groups" },
    };
    size_t n;
    const act_filter_field *fields = act_filter_fields(ACT_FILTER_AUDIT, &n);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_arena_reset(table.questions);
        act_problems problems = act_problems_in(table.questions);
        act_filter f;
        int err =
            act_filter_translate(table.env, ACT_FILTER_AUDIT, act_str_cstr(cases[i].filter),
                                 table.questions, &problems, ACT_STR("spec.filter"), &f);
        assert_int_equal(err, cases[i].field ? ACT_OK : ACT_EINVAL); /* no such comment */
        for (size_t k = 0; !err && k < n; k++)
            assert_int_equal((f.fields >> k) & 1,
                             strcmp(fields[k].path, cases[i].field) == 0);
    }
    (void)state;
}

static void trap_19_constants_keep_their_places(void **state)
{
    check("404 == responseStatus.code && 'a%b_c' == user.username || "
          "200 == responseStatus.code && user.username.startsWith('a') && 'x' in "
          "user.groups",
          "0 1");
    check("'b' < user.username && user.username < 'm' || verb == 'get'", "0 3 6");
    check("verb in ['get', 'list'] && responseStatus.code in [404, 65535]", "2");
    (void)state;
}

static void trap_20_negations_agree_however_they_are_written(void **state)
{
    static const char *const same[][2] = {
        { "!(verb == 'get' && responseStatus.code == 200)",
          "verb != 'get' || responseStatus.code != 200" },
        { "!(verb == 'get' || has(user.groups))", "verb != 'get' && !has(user.groups)" },
        { "!(user.username < 'm')", "user.username >= 'm'" },
        { "!!has(user.groups)", "size(user.groups) > 0" },
        { "!user.username.matches('^a')", "!(user.username.startsWith('a'))" },
    };
    for (size_t i = 0; i < ACT_COUNT(same); i++) {
        char first[64];
        snprintf(first, sizeof first, "%s",
                 filter_table_found(&table, ACT_FILTER_AUDIT, same[i][0]));
        assert_true(first[0] != '!' && strcmp(first, ALL) != 0);
        check(same[i][1], first);
    }
    check("!true || false", "");
    check("!(verb == 'get') == true", "1 2 3 4 5 6 7");
    check("(verb == 'get') == (responseStatus.code == 200)", ALL);
    (void)state;
}

static void trap_21_a_filter_is_taken_whole_or_not_at_all(void **state)
{
    check("verb == 'get' && user.groups.exists(g, g == 'x')", "! 1:");
    check("user.groups.all(g, g == 'x') || true", "! 1:");
    check("true || verb.replace('g', 'x') == 'xet'", "! 1:");
    check("false && objectRef.uid.uid == 'x'", "! 1:");
    check("verb == 'get' && string(responseStatus.code) == '200'", "! 1:");
    check("requestReceivedTimestamp.getHours('Europe/Berlin') == 3", "! 1:");
    check("!('%s'.format([verb]) == 'get')", "! 1:");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trap_1_numbers_and_text_are_never_compared),
        cmocka_unit_test(trap_2_patterns_mean_what_they_mean_in_cel),
        cmocka_unit_test(trap_3_parameters_arrive_byte_for_byte),
        cmocka_unit_test(trap_4_nothing_is_ever_null),
        cmocka_unit_test(trap_5_an_empty_list_holds_nothing),
        cmocka_unit_test(trap_6_audit_ids_are_text),
        cmocka_unit_test(trap_7_times_are_compared_by_the_microsecond),
        cmocka_unit_test(trap_8_times_beyond_the_columns_decide_for_all),
        cmocka_unit_test(trap_9_a_missing_time_is_never_the_time_of_insertion),
        cmocka_unit_test(trap_10_fractions_are_compared_with_integers_exactly),
        cmocka_unit_test(trap_11_codes_beyond_the_column_are_zero),
        cmocka_unit_test(trap_12_contains_knows_no_wildcards),
        cmocka_unit_test(trap_13_sizes_are_code_points_and_empty_is_everywhere),
        cmocka_unit_test(trap_14_text_is_ordered_by_its_bytes),
        cmocka_unit_test(trap_15_columns_have_types_of_their_own),
        cmocka_unit_test(trap_16_columns_are_not_calculated_with),
        cmocka_unit_test(trap_17_a_row_twice_is_one_row),
        cmocka_unit_test(trap_18_fields_are_those_of_the_tree),
        cmocka_unit_test(trap_19_constants_keep_their_places),
        cmocka_unit_test(trap_20_negations_agree_however_they_are_written),
        cmocka_unit_test(trap_21_a_filter_is_taken_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
