/* Files of records: JSON lines, lists, documents over many lines, gzip; what is no record
 * is told with its line. */
#include "cmd/record_file.h"

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#define AUDIT(id)                                                                          \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"" id "\"}"
#define BARE(id) "{\"metadata\":{\"uid\":\"" id "\"}}"

/* Everything that came out, as lines "form json" and "!line why". */
typedef struct {
    act_buf seen;
    size_t stop_after; /* 0: never */
} collected;

static int on_record(void *ctx, enum act_record_form form, act_str json)
{
    collected *c = ctx;
    act_buf_printf(&c->seen, "%d %.*s\n", form, ACT_STR_ARG(json));
    return c->stop_after > 0 && --c->stop_after == 0 ? ACT_ECLOSED : 0;
}

static void on_unreadable(void *ctx, uint64_t line, const char *why)
{
    collected *c = ctx;
    (void)why;
    act_buf_printf(&c->seen, "!%lu\n", (unsigned long)line);
}

static char path[] = "/tmp/record-file-XXXXXX";

static void write_file(const char *text, size_t len, bool compressed)
{
    gzFile f = gzopen(path, compressed ? "wb" : "wbT");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, text, (unsigned)len), len);
    assert_int_equal(gzclose(f), Z_OK);
}

static int read_back(collected *c, act_err *e)
{
    const act_record_sink sink = { .record = on_record,
                                   .unreadable = on_unreadable,
                                   .ctx = c };
    act_buf_clear(&c->seen);
    *e = ACT_ERR_INIT;
    return act_record_file_read(path, &sink, e);
}

static void expect(const char *text, const char *wanted)
{
    for (int compressed = 0; compressed < 2; compressed++) {
        collected c = { .seen = ACT_BUF_INIT };
        act_err e;
        write_file(text, strlen(text), compressed);
        assert_int_equal(read_back(&c, &e), 0);
        act_buf_add_byte(&c.seen, '\0');
        assert_string_equal(c.seen.ptr, wanted);
        act_buf_done(&c.seen);
    }
}

static void lines_and_lists_are_read(void **state)
{
    (void)state;
    expect("", "");
    expect("\n\n", "");
    expect(AUDIT("1") "\n\n" AUDIT("2"), "0 " AUDIT("1") "\n0 " AUDIT("2") "\n");
    expect("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[" BARE(
               "1") "," BARE("2") "]}\n" AUDIT("3") "\n",
           "0 " BARE("1") "\n0 " BARE("2") "\n0 " AUDIT("3") "\n");
    expect("{\n \"apiVersion\": \"v1\",\n \"kind\": \"List\",\n \"items\": [\n"
           "{\"kind\":\"Event\",\"apiVersion\":\"v1\"},"
           "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\"}]}",
           "1 {\"kind\":\"Event\",\"apiVersion\":\"v1\"}\n"
           "2 {\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\"}\n");
}

static void what_is_no_record_is_told_with_its_line(void **state)
{
    (void)state;
    expect(AUDIT("1") "\n{broken\n\n" BARE("2") "\n" AUDIT("3"),
           "0 " AUDIT("1") "\n!2\n!4\n0 " AUDIT("3") "\n");
    expect("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "!1\n");
    expect("{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[1]}", "!1\n");
}

static void failures_are_told(void **state)
{
    (void)state;
    collected c = { .seen = ACT_BUF_INIT };
    act_err e;
    write_file("{\n\"a\": ", 7, false);
    assert_int_equal(read_back(&c, &e), ACT_EPARSE);
    assert_non_null(strstr(e.text, path));
    c.stop_after = 1;
    write_file(AUDIT("1") "\n" AUDIT("2"), sizeof(AUDIT("1") "\n" AUDIT("2")) - 1, false);
    assert_int_equal(read_back(&c, &e), ACT_ECLOSED);
    const act_record_sink sink = { .record = on_record,
                                   .unreadable = on_unreadable,
                                   .ctx = &c };
    assert_int_equal(act_record_file_read("/nowhere/at/all", &sink, &e), ACT_ENOTFOUND);
    act_buf_done(&c.seen);
}

static void a_line_past_the_limit_is_skipped(void **state)
{
    (void)state;
    size_t len = (ACT_RECORD_LINE_MAX) + (2 << 20);
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, AUDIT("1") "\n{", sizeof AUDIT("1") + 1);
    memcpy(text + len - sizeof AUDIT("2"), "\n" AUDIT("2"), sizeof AUDIT("2"));
    write_file(text, len, false);
    free(text);
    collected c = { .seen = ACT_BUF_INIT };
    act_err e;
    assert_int_equal(read_back(&c, &e), 0);
    act_buf_add_byte(&c.seen, '\0');
    assert_string_equal(c.seen.ptr, "0 " AUDIT("1") "\n!2\n0 " AUDIT("2") "\n");
    act_buf_done(&c.seen);
}

static int on_object(void *ctx, uint64_t line, const act_json *object)
{
    collected *c = ctx;
    act_buf_printf(&c->seen, "%lu %.*s\n", (unsigned long)line, ACT_STR_ARG(object->raw));
    return 0;
}

static void objects_of_any_kind_can_be_read(void **state)
{
    (void)state;
    static const char text[] =
        "{\"kind\":\"ThingList\",\"items\":[{\"a\":1},{\"a\":2}]}\n\n"
        "{\"kind\":\"Thing\",\"a\":3}\n";
    collected c = { .seen = ACT_BUF_INIT };
    act_err e = ACT_ERR_INIT;
    const act_record_sink sink = { .object = on_object,
                                   .unreadable = on_unreadable,
                                   .ctx = &c };
    write_file(text, sizeof text - 1, false);
    assert_int_equal(act_record_file_read(path, &sink, &e), 0);
    act_buf_add_byte(&c.seen, '\0');
    assert_string_equal(c.seen.ptr,
                        "1 {\"a\":1}\n1 {\"a\":2}\n3 {\"kind\":\"Thing\",\"a\":3}\n");
    act_buf_done(&c.seen);
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_lists_are_read),
        cmocka_unit_test(what_is_no_record_is_told_with_its_line),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(a_line_past_the_limit_is_skipped),
        cmocka_unit_test(objects_of_any_kind_can_be_read),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
