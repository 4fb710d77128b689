#include "store/row_reader.h"
#include "unit/store/fake_store.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *const every_type[] = {
    "s",  "String",
    "lc", "LowCardinality(String)",
    "n",  "LowCardinality(Nullable(String))",
    "b",  "Bool",
    "u2", "UInt16",
    "u8", "UInt64",
    "i1", "Int8",
    "i4", "Int32",
    "f",  "Float64",
    "t",  "DateTime64(6, 'UTC')",
    "nu", "Nullable(UInt32)",
    "a",  "Array(LowCardinality(String))",
};
enum { EVERY_TYPE = ACT_COUNT(every_type) / 2 };

static void put_row(act_buf *b)
{
    act_buf_add(b, ACT_STR("\2hi"
                           "\1x"
                           "\1" /* NULL */
                           "\1"
                           "\x34\x12"
                           "\xff\xff\xff\xff\xff\xff\xff\xff"
                           "\xfe"
                           "\xfd\xff\xff\xff"
                           "\0\0\0\0\0\0\xf0\x3f"
                           "\x40\x42\x0f\0\0\0\0\0"
                           "\0\7\0\0\0"
                           "\2\0\3abc"));
}

static void expect_row(const act_row_reader *r)
{
    assert_int_equal(act_row_reader_columns(r), EVERY_TYPE);
    assert_true(act_str_eq_cstr(act_row_reader_str(r, 0), "hi"));
    assert_true(act_str_eq_cstr(act_row_reader_str(r, 1), "x"));
    assert_int_equal(act_row_reader_str(r, 2).len, 0);
    assert_int_equal(act_row_reader_u64(r, 3), 1);
    assert_int_equal(act_row_reader_u64(r, 4), 0x1234);
    assert_true(act_row_reader_u64(r, 5) == UINT64_MAX);
    assert_int_equal(act_row_reader_i64(r, 6), -2);
    assert_int_equal(act_row_reader_i64(r, 7), -3);
    assert_true(act_row_reader_f64(r, 8) == 1.0);
    assert_int_equal(act_row_reader_i64(r, 9), 1000000);
    assert_int_equal(act_row_reader_u64(r, 10), 7);
    assert_int_equal(act_row_reader_count(r, 11), 2);
    assert_int_equal(act_row_reader_item(r, 11, 0).len, 0);
    assert_true(act_str_eq_cstr(act_row_reader_item(r, 11, 1), "abc"));
}

/* Two rows, cut into pieces of @size; each piece is freed as soon as the next is fed. */
static int read_in_pieces(act_str all, size_t size, size_t *ret_rows)
{
    ACT_AUTO(act_row_reader) r = NULL;
    int err = act_row_reader_new(&r);
    char *piece = NULL;
    size_t rows = 0;
    while (!err) {
        int got = act_row_reader_next(r, NULL);
        if (got > 0) {
            expect_row(r);
            rows++;
            continue;
        }
        if (got < 0) {
            err = got;
            break;
        }
        if (all.len == 0)
            break;
        act_str head = act_str_head(all, size);
        char *copy = malloc(head.len);
        memcpy(copy, head.ptr, head.len);
        err = act_row_reader_feed(r, act_str_from(copy, head.len));
        free(piece);
        piece = copy;
        all = act_str_cut(all, size);
    }
    if (!err)
        assert_true(act_row_reader_is_at_end(r));
    free(piece);
    *ret_rows = rows;
    return err;
}

static void rows_are_read_whatever_the_pieces(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    put_header(&b, EVERY_TYPE, every_type);
    put_row(&b);
    put_row(&b);
    for (size_t size = 1; size <= b.len; size++) {
        size_t rows;
        assert_int_equal(read_in_pieces(act_buf_str(&b), size, &rows), ACT_OK);
        assert_int_equal(rows, 2);
    }
    act_buf_done(&b);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    put_header(&b, EVERY_TYPE, every_type);
    put_row(&b);
    put_row(&b);
    size_t failures = 0, rows = 0;
    for (size_t n = 0;; n++) {
        act_fail_after(n);
        int err = read_in_pieces(act_buf_str(&b), 7, &rows);
        act_fail_after(SIZE_MAX);
        if (err == ACT_OK)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        failures++;
    }
    assert_true(failures >= 4);
    act_buf_done(&b);
}

static void unknown_types_are_named(void **state)
{
    (void)state;
    static const char *const names[] = { "id", "UUID" };
    act_buf b = ACT_BUF_INIT;
    put_header(&b, 1, names);
    ACT_AUTO(act_row_reader) r = NULL;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_row_reader_new(&r), ACT_OK);
    assert_int_equal(act_row_reader_feed(r, act_buf_str(&b)), ACT_OK);
    assert_int_equal(act_row_reader_next(r, &e), ACT_EUNSUPPORTED);
    assert_non_null(strstr(e.text, "id"));
    assert_non_null(strstr(e.text, "UUID"));
    act_buf_done(&b);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const act_str nonsense[] = {
        { "\0", 1 },                                        /* no columns */
        { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10 }, /* an endless varint */
        { "\x81\x20", 2 },                                  /* 4097 columns */
        { "\1\xff\xff\xff\xff\x7f", 6 },                    /* a name of 34 GB */
    };
    for (size_t i = 0; i < ACT_COUNT(nonsense); i++) {
        ACT_AUTO(act_row_reader) r = NULL;
        assert_int_equal(act_row_reader_new(&r), ACT_OK);
        assert_int_equal(act_row_reader_feed(r, nonsense[i]), ACT_OK);
        assert_int_equal(act_row_reader_next(r, NULL), ACT_ECORRUPT);
    }
}

/* ---- act_rows over a backend ------------------------------------------------------- */

static const char *const one_column[] = { "s", "String" };

static void documents_that_repeat_the_header_are_one_result(void **state)
{
    (void)state;
    act_buf one = ACT_BUF_INIT, two = ACT_BUF_INIT;
    put_header(&one, 1, one_column);
    put_text(&one, "a");
    put_header(&two, 1, one_column);
    put_text(&two, "b");
    put_text(&two, "c");
    const act_str pieces[] = { act_buf_str(&one), act_buf_str(&two) };
    fake_store s;
    assert_int_equal(fake_store_init(&s), ACT_OK);
    s.pieces = pieces;
    s.piece_count = 2;
    s.repeats_header = true;
    act_rows *rows;
    assert_int_equal(act_store_query(&s.base, ACT_STR(""), NULL, 0, NULL, &rows, NULL), 0);
    char got[4] = "";
    size_t n = 0;
    while (act_rows_next(rows, NULL) == 1)
        got[n++] = act_rows_str(rows, 0).ptr[0];
    assert_string_equal(got, "abc");
    assert_int_equal(act_rows_next(rows, NULL), 0);
    act_store_cost cost;
    act_rows_close(rows, &cost);
    assert_int_equal(cost.rows_read, 2);
    assert_int_equal(s.open_queries, 0);
    act_store_free(&s.base);
    act_buf_done(&one);
    act_buf_done(&two);
}

static void a_result_cut_inside_a_row_is_corrupt(void **state)
{
    (void)state;
    act_buf one = ACT_BUF_INIT;
    put_header(&one, 1, one_column);
    act_buf_add(&one, ACT_STR("\5abc"));
    const act_str pieces[] = { act_buf_str(&one) };
    fake_store s;
    assert_int_equal(fake_store_init(&s), ACT_OK);
    s.pieces = pieces;
    s.piece_count = 1;
    act_rows *rows;
    assert_int_equal(act_store_query(&s.base, ACT_STR(""), NULL, 0, NULL, &rows, NULL), 0);
    assert_int_equal(act_rows_next(rows, NULL), ACT_ECORRUPT);
    act_rows_close(rows, NULL);
    act_store_free(&s.base);
    act_buf_done(&one);
}

static void a_failure_midway_stays(void **state)
{
    (void)state;
    act_buf one = ACT_BUF_INIT;
    put_header(&one, 1, one_column);
    put_text(&one, "a");
    const act_str pieces[] = { act_buf_str(&one) };
    fake_store s;
    assert_int_equal(fake_store_init(&s), ACT_OK);
    s.pieces = pieces;
    s.piece_count = 1;
    s.end = ACT_ELIMIT;
    act_rows *rows;
    assert_int_equal(act_store_query(&s.base, ACT_STR(""), NULL, 0, NULL, &rows, NULL), 0);
    assert_int_equal(act_rows_next(rows, NULL), 1);
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_rows_next(rows, &e), ACT_ELIMIT);
    assert_string_equal(e.text, "told to fail");
    assert_int_equal(act_rows_next(rows, NULL), ACT_ELIMIT);
    act_rows_close(rows, NULL);
    act_store_free(&s.base);
    act_buf_done(&one);
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    fake_store s;
    assert_int_equal(fake_store_init(&s), ACT_OK);
    static act_store_param params[ACT_STORE_PARAMS_MAX + 1];
    act_rows *rows;
    assert_int_equal(
        act_store_query(&s.base, ACT_STR(""), params, ACT_COUNT(params), NULL, &rows, NULL),
        ACT_ELIMIT);
    assert_int_equal(act_store_exec(&s.base, ACT_STR(""), params, ACT_COUNT(params), NULL),
                     ACT_ELIMIT);
    act_store_free(&s.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_whatever_the_pieces),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(unknown_types_are_named),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(documents_that_repeat_the_header_are_one_result),
        cmocka_unit_test(a_result_cut_inside_a_row_is_corrupt),
        cmocka_unit_test(a_failure_midway_stays),
        cmocka_unit_test(too_many_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
