/* ctest: labels=threads,chdb timeout=300 */
/* Reindexing that is stopped, fails, or is done twice (reindex_help.h says over what). */
#include "unit/pipeline/reindex_help.h"

/* P-39: it goes on where it was, over the same range, with the policies of its beginning.
 */
static void a_stopped_job_goes_on_where_it_was(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 30);
    house_put(h, MAPS("maps", "true", "second words"));
    test_job j;
    job_init(h, &j);
    j.o.batch = 7;
    j.stop_after = 3; /* the beginning, and two batches */
    assert_int_equal(job_run(h, &j), ACT_ECLOSED);
    assert_int_equal(house_shown(h, "summary = 'second words'"), 14);
    assert_int_equal(j.saved.processed, 14);
    house_put(h, MAPS("maps", "true", "third words"));
    test_job next;
    job_resume(h, &j, &next);
    next.o.batch = 7;
    job_run_ok(h, &next);
    assert_int_equal(next.state.version, j.saved.version);
    assert_int_equal(next.state.processed, 30);
    assert_int_equal(next.state.written, 30);
    assert_int_equal(next.saves, 1 + 3);
    assert_int_equal(house_shown(h, "summary = 'second words'"), 30);
    assert_int_equal(house_rows(h), 60);
    job_done(&j);
    job_done(&next);
}

/* A batch whose state was not saved is done again, and nothing is there twice. */
static void a_batch_done_twice_changes_nothing(void **state)
{
    test_house *h = *state;
    house_put(h, MADE);
    house_take_maps(h, 30);
    house_put(h, MAPS("maps", "audit.verb == 'create'", "second words"));
    test_job j;
    job_init(h, &j);
    j.o.batch = 10;
    j.lost_after = 2; /* after the second batch is in the log */
    assert_int_equal(job_run(h, &j), ACT_ECLOSED);
    assert_int_equal(j.saved.processed, 10);
    assert_int_equal(house_rows(h), 30 + 20);
    test_job next;
    job_resume(h, &j, &next);
    next.o.batch = 10;
    job_run_ok(h, &next);
    assert_int_equal(next.state.processed, 30);
    assert_int_equal(next.state.generated, 15);
    assert_int_equal(house_rows(h), 30 + 30);
    assert_int_equal(house_shown(h, "1"), 15);
    assert_int_equal(house_shown(h, "summary = 'second words'"), 15);
    job_done(&j);
    job_done(&next);
}

/* Policies of the beginning may be compacted by then. */
static void compacted_policies_are_those_of_now(void **state)
{
    test_house *h = *state;
    house_put(h, MAPS("maps", "true", "first"));
    house_take_maps(h, 20);
    house_put(h, MAPS("maps", "true", "second"));
    test_job j;
    job_init(h, &j);
    j.o.batch = 10;
    j.stop_after = 2;
    assert_int_equal(job_run(h, &j), ACT_ECLOSED);
    house_put(h, MAPS("maps", "true", "third"));
    int64_t now;
    assert_ok(act_registry_revision(h->p.registry, &now));
    assert_ok(act_registry_compact(h->p.registry, now));
    test_job next;
    job_resume(h, &j, &next);
    job_run_ok(h, &next);
    assert_int_equal(house_shown(h, "summary = 'second'"), 10);
    assert_int_equal(house_shown(h, "summary = 'third'"), 10);
    job_done(&j);
    job_done(&next);
}

static void failures_of_backends_are_waited_out(void **state)
{
    test_house *h = *state;
    house_take_maps(h, 10);
    house_put(h, MAPS("maps", "true", "x"));
    test_job j;
    job_init(h, &j);
    atomic_store(&h->store.query_down, 3);
    j.fail_saves = 2;
    job_run_ok(h, &j);
    assert_int_equal(j.state.processed, 10);
    assert_int_equal(house_shown(h, "1"), 10);
    job_done(&j);
    /* But not for ever. */
    job_init(h, &j);
    j.o.patience_ns = ACT_NS_PER_S / 2;
    atomic_store(&h->store.query_down, 1000);
    assert_int_equal(job_run(h, &j), ACT_EIO);
    assert_true(j.e.text[0] != 0);
    atomic_store(&h->store.query_down, 0);
    job_done(&j);
}

/* Two jobs over one range: the younger one's word counts, whoever comes last. */
static void the_younger_job_wins(void **state)
{
    test_house *h = *state;
    house_take_maps(h, 20);
    house_put(h, MAPS("maps", "true", "old"));
    test_job old;
    job_init(h, &old);
    old.o.batch = 10;
    old.stop_after = 1;
    assert_int_equal(job_run(h, &old), ACT_ECLOSED);
    house_put(h, MAPS("maps", "true", "young"));
    assert_int_equal(job_of_the_hour(h).written, 20);
    test_job next;
    job_resume(h, &old, &next);
    job_run_ok(h, &next);
    assert_int_equal(next.state.written, 0);
    assert_int_equal(house_shown(h, "summary = 'young'"), 20);
    job_done(&old);
    job_done(&next);
}

static void the_rate_is_kept(void **state)
{
    test_house *h = *state;
    house_take_maps(h, 60);
    house_put(h, MAPS("maps", "true", "x"));
    test_job j;
    job_init(h, &j);
    j.o.batch = 20;
    j.o.rate = 60;
    int64_t start = act_mono_ns(act_clock_system());
    job_run_ok(h, &j);
    int64_t took = act_mono_ns(act_clock_system()) - start;
    assert_true(took >= ACT_NS_PER_S * 9 / 10);
    job_done(&j);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, house_next_hour)
    const struct CMUnitTest tests[] = {
        TEST(a_stopped_job_goes_on_where_it_was),
        TEST(a_batch_done_twice_changes_nothing),
        TEST(compacted_policies_are_those_of_now),
        TEST(failures_of_backends_are_waited_out),
        TEST(the_younger_job_wins),
        TEST(the_rate_is_kept),
    };
    return cmocka_run_group_tests(tests, house_open, house_close);
}
