/* ctest: labels=threads timeout=60 */
#include "base/metrics.h"
#include "base/alloc.h"
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* The text of @m as a C string in @b. */
static const char *text_of(act_metrics *m, act_buf *b)
{
    act_buf_clear(b);
    act_metrics_text(m, b);
    act_buf_add_byte(b, '\0');
    assert_int_equal(act_buf_err(b), ACT_OK);
    return b->ptr;
}

static void text_is_sorted_and_exact(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    act_buf b = ACT_BUF_INIT;
    const double bounds[] = { 0.5, 1, 2.5 };
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    act_histogram *h = act_metrics_histogram(m, "act_wait_seconds", "Waiting.", bounds, 3,
                                             (const char *[]){ "verb", "get", NULL });
    act_gauge_set(act_metrics_gauge(m, "act_queue_length", "Now.", NULL), -3);
    act_counter_add(
        act_metrics_counter(m, "act_requests_total", "Lines\nand \\.",
                            (const char *[]){ "code", "200", "verb", "w", NULL }),
        7);
    act_counter_add(
        act_metrics_counter(m, "act_requests_total", "ignored",
                            (const char *[]){ "code", "200", "verb", "get", NULL }),
        1);
    act_histogram_observe(h, 0.5); /* a bound belongs to its bucket */
    act_histogram_observe(h, 0.75);
    act_histogram_observe(h, 100);
    assert_string_equal(text_of(m, &b),
                        "# HELP act_queue_length Now.\n"
                        "# TYPE act_queue_length gauge\n"
                        "act_queue_length -3\n"
                        "# HELP act_requests_total Lines\\nand \\\\.\n"
                        "# TYPE act_requests_total counter\n"
                        "act_requests_total{code=\"200\",verb=\"get\"} 1\n"
                        "act_requests_total{code=\"200\",verb=\"w\"} 7\n"
                        "# HELP act_wait_seconds Waiting.\n"
                        "# TYPE act_wait_seconds histogram\n"
                        "act_wait_seconds_bucket{verb=\"get\",le=\"0.5\"} 1\n"
                        "act_wait_seconds_bucket{verb=\"get\",le=\"1\"} 2\n"
                        "act_wait_seconds_bucket{verb=\"get\",le=\"2.5\"} 2\n"
                        "act_wait_seconds_bucket{verb=\"get\",le=\"+Inf\"} 3\n"
                        "act_wait_seconds_sum{verb=\"get\"} 101.25\n"
                        "act_wait_seconds_count{verb=\"get\"} 3\n");
    act_buf_done(&b);
}

static void label_values_are_escaped_cut_and_made_utf8(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    act_buf b = ACT_BUF_INIT;
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    (void)act_metrics_gauge(m, "g", "h",
                            (const char *[]){ "l", "a\"b\\c\nd\xFF\xC3\xA9", NULL });
    assert_string_equal(text_of(m, &b), "# HELP g h\n# TYPE g gauge\n"
                                        "g{l=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\xC3\xA9\"} 0\n");
    char big[1000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    (void)act_metrics_gauge(m, "g", "h", (const char *[]){ "l", big, NULL });
    const char *x = strchr(text_of(m, &b), 'x');
    assert_int_equal(strspn(x, "x"), 256);
    act_buf_done(&b);
}

static void same_labels_give_the_same_series(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    const char *const get[] = { "verb", "get", NULL };
    const char *const list[] = { "verb", "list", NULL };
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    act_counter *c = act_metrics_counter(m, "c", "h", get);
    assert_ptr_equal(act_metrics_counter(m, "c", "h", get), c);
    assert_ptr_not_equal(act_metrics_counter(m, "c", "h", list), c);
    assert_ptr_not_equal(act_metrics_counter(m, "d", "h", get), c);
    act_counter_add(c, UINT64_MAX - 1);
    assert_int_equal(act_counter_value(c), UINT64_MAX - 1);
    act_gauge *g = act_metrics_gauge(m, "g", "h", NULL);
    act_gauge_add(g, 5);
    act_gauge_add(g, -7);
    assert_int_equal(act_gauge_value(g), -2);
}

static void series_past_the_cap_share_one(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    act_buf b = ACT_BUF_INIT;
    char value[16];
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    for (int i = 0; i < ACT_METRIC_SERIES_MAX + 50; i++) {
        (void)snprintf(value, sizeof value, "v%d", i);
        act_counter_add(
            act_metrics_counter(m, "c", "h", (const char *[]){ "who", value, NULL }), 1);
    }
    assert_non_null(strstr(text_of(m, &b), "c{who=\"_other\"} 50\n"));
    assert_non_null(strstr(b.ptr, "c{who=\"v999\"} 1\n"));
    assert_null(strstr(b.ptr, "v1000"));
    act_counter *known =
        act_metrics_counter(m, "c", "h", (const char *[]){ "who", "v7", NULL });
    assert_int_equal(act_counter_value(known), 1); /* old series stay reachable */
    act_buf_done(&b);
}

static void without_a_registry_calls_do_no_harm(void **state)
{
    (void)state;
    act_counter_add(act_metrics_counter(NULL, "c", "h", NULL), 1);
    act_gauge_set(act_metrics_gauge(NULL, "g", "h", NULL), 1);
    act_histogram_observe(
        act_metrics_histogram(NULL, "h", "h", act_buckets_seconds, 11, NULL), 1);
}

static void set_depth(void *ctx)
{
    act_gauge_add(act_metrics_gauge(ctx, "depth", "Read when asked.", NULL), 1);
}

static void collectors_run_before_each_output(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    act_buf b = ACT_BUF_INIT;
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    assert_int_equal(act_metrics_on_collect(m, set_depth, m), ACT_OK);
    assert_non_null(strstr(text_of(m, &b), "\ndepth 1\n"));
    assert_non_null(strstr(text_of(m, &b), "\ndepth 2\n"));
    act_metrics_off_collect(m, set_depth, NULL); /* of another */
    assert_non_null(strstr(text_of(m, &b), "\ndepth 3\n"));
    act_metrics_off_collect(m, set_depth, m);
    assert_non_null(strstr(text_of(m, &b), "\ndepth 3\n"));
    assert_int_equal(act_metrics_on_collect(NULL, set_depth, NULL), ACT_OK);
    act_metrics_off_collect(NULL, set_depth, NULL);
    act_buf_done(&b);
}

static void allocation_failures_give_the_dummy_and_no_half_series(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        ACT_AUTO(act_metrics) m = NULL;
        act_buf b = ACT_BUF_INIT;
        assert_int_equal(act_metrics_new(&m), ACT_OK);
        act_fail_after(n);
        act_histogram *h = act_metrics_histogram(m, "h", "help", act_buckets_seconds, 11,
                                                 (const char *[]){ "a", "b", NULL });
        act_fail_after(SIZE_MAX);
        act_histogram_observe(h, 1);
        bool made = strstr(text_of(m, &b), "h_count{a=\"b\"} 1\n") != NULL;
        assert_true(made || strstr(b.ptr, "_count") == NULL);
        act_buf_done(&b);
        if (made)
            break;
        assert_true(n < 50);
    }
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *work(void *arg)
{
    act_metrics *m = arg;
    act_counter *c = act_metrics_counter(m, "c", "h", NULL);
    act_histogram *h = act_metrics_histogram(m, "h", "h", act_buckets_seconds, 11, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        act_counter_add(c, 1);
        act_histogram_observe(h, 0.5);
        if (i % 1000 == 0) {
            char value[16];
            (void)snprintf(value, sizeof value, "%d", i);
            act_gauge_add(
                act_metrics_gauge(m, "g", "h", (const char *[]){ "i", value, NULL }), 1);
        }
    }
    return NULL;
}

static void threads_lose_no_update(void **state)
{
    (void)state;
    ACT_AUTO(act_metrics) m = NULL;
    act_buf b = ACT_BUF_INIT;
    pthread_t thread[THREADS];
    assert_int_equal(act_metrics_new(&m), ACT_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(act_thread_start(&thread[i], "worker", work, m), ACT_OK);
    (void)text_of(m, &b); /* reading at the same time is allowed */
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    const char *text = text_of(m, &b);
    assert_non_null(strstr(text, "\nc 80000\n"));
    assert_non_null(strstr(text, "\nh_sum 40000\n"));
    assert_non_null(strstr(text, "\nh_count 80000\n"));
    assert_non_null(strstr(text, "\ng{i=\"19000\"} 4\n"));
    act_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_sorted_and_exact),
        cmocka_unit_test(label_values_are_escaped_cut_and_made_utf8),
        cmocka_unit_test(same_labels_give_the_same_series),
        cmocka_unit_test(series_past_the_cap_share_one),
        cmocka_unit_test(without_a_registry_calls_do_no_harm),
        cmocka_unit_test(collectors_run_before_each_output),
        cmocka_unit_test(allocation_failures_give_the_dummy_and_no_half_series),
        cmocka_unit_test(threads_lose_no_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
