/* A compressed file whose end is missing is not taken for a whole one. */
#include "cmd/record_file.h"

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

static char path[] = "/tmp/record-file-XXXXXX";

static int on_record(void *ctx, enum act_record_form form, act_str json)
{
    (void)form;
    (void)json;
    ++*(unsigned *)ctx;
    return 0;
}

static void on_unreadable(void *ctx, uint64_t line, const char *why)
{
    (void)ctx;
    (void)line;
    (void)why;
}

/* Records, each a line, of which the compressor has given out all: then the file may end
 * there for who does not look at how it ends. */
static void write_lines(unsigned n, bool finish)
{
    gzFile f = gzopen(path, "wb");
    assert_non_null(f);
    for (unsigned i = 0; i < n; i++)
        assert_true(gzprintf(f,
                             "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","
                             "\"auditID\":\"%u\"}\n",
                             i) > 0);
    assert_int_equal(gzflush(f, Z_SYNC_FLUSH), Z_OK);
    long end = (long)gzoffset(f);
    assert_int_equal(gzclose(f), Z_OK);
    if (!finish)
        assert_int_equal(truncate(path, end), 0);
}

static int read_back(unsigned *seen, act_err *e)
{
    const act_record_sink sink = { .record = on_record,
                                   .unreadable = on_unreadable,
                                   .ctx = seen };
    *seen = 0;
    *e = ACT_ERR_INIT;
    return act_record_file_read(path, &sink, e);
}

static void a_missing_end_is_an_error(void **state)
{
    (void)state;
    unsigned seen;
    act_err e;
    write_lines(3, true);
    assert_int_equal(read_back(&seen, &e), ACT_OK);
    assert_int_equal(seen, 3);
    write_lines(3, false);
    assert_int_equal(read_back(&seen, &e), ACT_EIO);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(seen, 3); /* what is there is taken */
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    (void)close(fd);
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_missing_end_is_an_error) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
