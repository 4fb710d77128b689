#include "registry_suite.h"

#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

typedef struct {
    const registry_backend *backend;
    void *state;
    act_registry *r;
    act_arena *arena;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->backend = *state;
    f->state = f->backend->start();
    f->r = f->backend->open(f->state);
    *state = f;
    return act_arena_new(64 << 20, 0, &f->arena);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    *state = (void *)f->backend;
    act_registry_free(f->r);
    act_arena_free(f->arena);
    f->backend->finish(f->state);
    free(f);
    return 0;
}

static void reopen(fixture *f)
{
    act_registry_free(f->r);
    f->r = f->backend->open(f->state);
}

static int64_t create(fixture *f, const char *key, const char *value)
{
    int64_t revision = 0;
    assert_ok(act_registry_create(f->r, act_str_cstr(key), act_str_cstr(value), &revision));
    return revision;
}

static int64_t update(fixture *f, const char *key, const char *value, int64_t expected)
{
    int64_t revision = 0;
    assert_ok(act_registry_update(f->r, act_str_cstr(key), act_str_cstr(value), expected,
                                  &revision));
    return revision;
}

static int64_t delete_key(fixture *f, const char *key)
{
    int64_t revision = 0;
    assert_ok(act_registry_delete(f->r, act_str_cstr(key), 0, &revision));
    return revision;
}

/* The list of @o as "key=value@revision ..." text. */
static void expect_list(fixture *f, act_list_options o, const char *expected)
{
    act_list_result got;
    assert_ok(act_registry_list(f->r, &o, f->arena, &got));
    act_buf text = ACT_BUF_INIT;
    for (size_t i = 0; i < got.n; i++)
        act_buf_printf(&text, "%s%.*s=%.*s@%lld", i ? " " : "",
                       ACT_STR_ARG(got.entries[i].key), ACT_STR_ARG(got.entries[i].value),
                       (long long)got.entries[i].mod_revision);
    act_buf_add_byte(&text, '\0');
    assert_string_equal(text.ptr, expected);
    act_buf_done(&text);
}

/* All events that are there, as "+key=value@r" (created), "~key=new<old@r", "-key=last@r".
 */
static void expect_events(fixture *f, act_registry_watch *w, const char *expected)
{
    act_buf text = ACT_BUF_INIT;
    const act_registry_event *got;
    size_t n;
    while (act_registry_watch_next(w, 3, 0, f->arena, &got, &n, NULL) == ACT_OK)
        for (size_t i = 0; i < n; i++) {
            const act_registry_event *e = &got[i];
            char mark = e->change == ACT_CHANGE_DELETE ? '-' : e->created ? '+' : '~';
            act_buf_printf(&text, "%s%c%.*s=%.*s", text.len ? " " : "", mark,
                           ACT_STR_ARG(e->entry.key), ACT_STR_ARG(e->entry.value));
            if (mark == '~')
                act_buf_printf(&text, "<%.*s", ACT_STR_ARG(e->previous));
            act_buf_printf(&text, "@%lld", (long long)e->entry.mod_revision);
        }
    act_buf_add_byte(&text, '\0');
    assert_string_equal(text.ptr, expected);
    act_buf_done(&text);
}

static void revisions_count_changes_from_one(void **state)
{
    fixture *f = *state;
    int64_t revision = 0;
    assert_ok(act_registry_ping(f->r));
    assert_ok(act_registry_revision(f->r, &revision));
    assert_int_equal(revision, 1);
    assert_int_equal(create(f, "p/a", "1"), 2);
    assert_int_equal(create(f, "p/b", "2"), 3);
    assert_int_equal(update(f, "p/a", "3", 2), 4);
    assert_int_equal(delete_key(f, "p/b"), 5);
    reopen(f);
    assert_ok(act_registry_revision(f->r, &revision));
    assert_int_equal(revision, 5);
    act_entry e;
    assert_ok(act_registry_get(f->r, ACT_STR("p/a"), f->arena, &e));
    assert_true(act_str_eq_cstr(e.value, "3"));
    assert_true(act_str_eq_cstr(e.key, "p/a"));
    assert_int_equal(e.create_revision, 2);
    assert_int_equal(e.mod_revision, 4);
    for (size_t i = 0; i < ACT_REGISTRY_PADDING; i++)
        assert_int_equal(e.value.ptr[e.value.len + i], 0);
    assert_int_equal(act_registry_get(f->r, ACT_STR("p/b"), f->arena, &e), ACT_ENOTFOUND);
    assert_int_equal(act_registry_get(f->r, ACT_STR("p"), f->arena, &e), ACT_ENOTFOUND);
}

static void writes_compare_before_they_swap(void **state)
{
    fixture *f = *state;
    int64_t revision = 77;
    act_str a = ACT_STR("p/a"), v = ACT_STR("v");
    assert_int_equal(act_registry_update(f->r, a, v, 1, &revision), ACT_ENOTFOUND);
    assert_int_equal(act_registry_delete(f->r, a, 0, &revision), ACT_ENOTFOUND);
    create(f, "p/a", "1");
    assert_int_equal(act_registry_create(f->r, a, v, &revision), ACT_EEXISTS);
    assert_int_equal(act_registry_update(f->r, a, v, 1, &revision), ACT_ECONFLICT);
    assert_int_equal(act_registry_update(f->r, a, v, 0, &revision), ACT_ECONFLICT);
    assert_int_equal(act_registry_delete(f->r, a, 3, &revision), ACT_ECONFLICT);
    assert_int_equal(revision, 77);
    assert_ok(act_registry_delete(f->r, a, 2, &revision));
    assert_int_equal(act_registry_update(f->r, a, v, 3, &revision), ACT_ENOTFOUND);
    assert_int_equal(create(f, "p/a", "again"), 4);
    expect_list(f, (act_list_options){ 0 }, "p/a=again@4");
}

static void keys_and_values_have_limits(void **state)
{
    fixture *f = *state;
    static char big[ACT_REGISTRY_VALUE_MAX + 1];
    int64_t revision;
    act_str k = ACT_STR("k");
    memset(big, 'x', sizeof big);
    assert_int_equal(act_registry_create(f->r, ACT_STR(""), k, &revision), ACT_EINVAL);
    assert_int_equal(act_registry_create(f->r, act_str_from(big, ACT_REGISTRY_KEY_MAX + 1),
                                         k, &revision),
                     ACT_EINVAL);
    assert_int_equal(act_registry_create(f->r, k, act_str_from(big, sizeof big), &revision),
                     ACT_ELIMIT);
    assert_ok(act_registry_create(f->r, act_str_from(big, ACT_REGISTRY_KEY_MAX),
                                  act_str_from(big, ACT_REGISTRY_VALUE_MAX), &revision));
    assert_int_equal(act_registry_update(f->r, act_str_from(big, ACT_REGISTRY_KEY_MAX),
                                         act_str_from(big, sizeof big), revision,
                                         &revision),
                     ACT_ELIMIT);
    ACT_AUTO(act_arena) small = NULL;
    act_entry e;
    act_list_result all;
    act_list_options o = { 0 };
    assert_ok(act_arena_new(4096, 0, &small));
    assert_int_equal(
        act_registry_get(f->r, act_str_from(big, ACT_REGISTRY_KEY_MAX), small, &e),
        ACT_ENOMEM);
    assert_int_equal(act_registry_list(f->r, &o, small, &all), ACT_ENOMEM);
}

static void lists_select_by_prefix_and_page_at_one_revision(void **state)
{
    fixture *f = *state;
    create(f, "p/c", "3");
    create(f, "p/a", "1");
    create(f, "p/b", "2");
    create(f, "p0", "x");
    create(f, "o/z", "y");
    create(f, "\xff\xff", "z");
    expect_list(f, (act_list_options){ .prefix = ACT_STR("p/") },
                "p/a=1@3 p/b=2@4 p/c=3@2");
    expect_list(f, (act_list_options){ .prefix = ACT_STR("\xff") }, "\xff\xff=z@7");
    expect_list(f, (act_list_options){ .prefix = ACT_STR("q") }, "");
    expect_list(f, (act_list_options){ 0 },
                "o/z=y@6 p/a=1@3 p/b=2@4 p/c=3@2 p0=x@5 \xff\xff=z@7");

    act_list_options o = { .prefix = ACT_STR("p/"), .limit = 2 };
    act_list_result page;
    assert_ok(act_registry_list(f->r, &o, f->arena, &page));
    assert_int_equal(page.n, 2);
    assert_true(page.more);
    assert_int_equal(page.remaining, 1);
    assert_int_equal(page.revision, 7);
    /* The pages of one list show one state, whatever comes between. */
    create(f, "p/bb", "new");
    delete_key(f, "p/c");
    o.after = page.entries[1].key;
    o.at_revision = page.revision;
    assert_ok(act_registry_list(f->r, &o, f->arena, &page));
    assert_int_equal(page.n, 1);
    assert_true(act_str_eq_cstr(page.entries[0].key, "p/c"));
    assert_int_equal(page.revision, 7);
    assert_false(page.more);
    expect_list(f, (act_list_options){ .prefix = ACT_STR("p/") },
                "p/a=1@3 p/b=2@4 p/bb=new@8");
    o = (act_list_options){ .prefix = ACT_STR("p/"), .limit = 3 };
    assert_ok(act_registry_list(f->r, &o, f->arena, &page));
    assert_int_equal(page.n, 3);
    assert_false(page.more);
    o = (act_list_options){ .at_revision = 10 };
    assert_int_equal(act_registry_list(f->r, &o, f->arena, &page), ACT_EINVAL);
}

static void lists_show_the_past_until_it_is_compacted(void **state)
{
    fixture *f = *state;
    create(f, "a", "1");    /* 2 */
    update(f, "a", "2", 2); /* 3 */
    create(f, "b", "1");    /* 4 */
    delete_key(f, "a");     /* 5 */
    create(f, "a", "3");    /* 6 */
    const char *at[] = {
        NULL, "", "a=1@2", "a=2@3", "a=2@3 b=1@4", "b=1@4", "a=3@6 b=1@4"
    };
    for (int64_t r = 1; r <= 6; r++)
        expect_list(f, (act_list_options){ .at_revision = r }, at[r]);
    assert_int_equal(act_registry_compact(f->r, 7), ACT_EINVAL);
    assert_ok(act_registry_compact(f->r, 5));
    assert_ok(act_registry_compact(f->r, 5));
    assert_int_equal(act_registry_compact(f->r, 4), ACT_EGONE);
    for (int round = 0; round < 2; round++, reopen(f)) {
        act_list_options old = { .at_revision = 4 };
        act_list_result got;
        assert_int_equal(act_registry_list(f->r, &old, f->arena, &got), ACT_EGONE);
        expect_list(f, (act_list_options){ .at_revision = 5 }, at[5]);
        expect_list(f, (act_list_options){ .at_revision = 6 }, at[6]);
    }
    assert_ok(act_registry_compact(f->r, 6));
    expect_list(f, (act_list_options){ 0 }, at[6]);
    assert_int_equal(delete_key(f, "a"), 7);
    assert_ok(act_registry_compact(f->r, 7));
    expect_list(f, (act_list_options){ 0 }, "b=1@4");
    reopen(f);
    assert_int_equal(create(f, "a", "4"), 8); /* the revision outlives its row */
}

static void a_watch_tells_every_change_under_its_prefix_in_order(void **state)
{
    fixture *f = *state;
    create(f, "p/a", "1");    /* 2 */
    create(f, "q/a", "1");    /* 3 */
    update(f, "p/a", "2", 2); /* 4 */
    act_registry_watch *all, *late, *some;
    assert_ok(act_registry_watch_open(f->r, ACT_STR(""), 1, &all));
    assert_ok(act_registry_watch_open(f->r, ACT_STR("p/"), 2, &some));
    assert_ok(act_registry_watch_open(f->r, ACT_STR("p/"), 4, &late));
    assert_int_equal(act_registry_watch_open(f->r, ACT_STR("p/"), 5, &late), ACT_EINVAL);
    expect_events(f, all, "+p/a=1@2 +q/a=1@3 ~p/a=2<1@4");
    expect_events(f, some, "~p/a=2<1@4");
    expect_events(f, late, "");
    delete_key(f, "p/a");  /* 5 */
    delete_key(f, "q/a");  /* 6 */
    create(f, "p/a", "3"); /* 7 */
    create(f, "q/b", "4"); /* 8 */
    expect_events(f, all, "-p/a=2@5 -q/a=1@6 +p/a=3@7 +q/b=4@8");
    expect_events(f, some, "-p/a=2@5 +p/a=3@7");
    const act_registry_event *got;
    size_t n;
    int64_t revision = 0;
    assert_int_equal(act_registry_watch_next(some, 1, 0, f->arena, &got, &n, &revision),
                     ACT_EAGAIN);
    assert_int_equal(revision, 8); /* q/b was looked at: a bookmark may say so */
    act_registry_watch_close(all);
    act_registry_watch_close(some);
    act_registry_watch_close(late);
}

static void a_watch_that_falls_behind_a_compaction_is_told(void **state)
{
    fixture *f = *state;
    create(f, "a", "1");    /* 2 */
    update(f, "a", "2", 2); /* 3 */
    update(f, "a", "3", 3); /* 4 */
    act_registry_watch *behind, *at, *w;
    const act_registry_event *got;
    size_t n;
    assert_ok(act_registry_watch_open(f->r, ACT_STR(""), 2, &behind));
    assert_ok(act_registry_watch_open(f->r, ACT_STR(""), 3, &at));
    assert_ok(act_registry_compact(f->r, 3));
    assert_int_equal(act_registry_watch_next(behind, 9, 0, f->arena, &got, &n, NULL),
                     ACT_EGONE);
    expect_events(f, at, "~a=3<2@4");
    assert_int_equal(act_registry_watch_open(f->r, ACT_STR(""), 2, &w), ACT_EGONE);
    act_registry_watch_close(behind);
    act_registry_watch_close(at);
}

static void old_history_goes_by_itself(void **state)
{
    fixture *f = *state;
    if (!f->backend->advance)
        skip();
    create(f, "a", "1");    /* 2 */
    update(f, "a", "2", 2); /* 3 */
    f->backend->advance(f->state, 50 * ACT_NS_PER_S);
    update(f, "a", "3", 3); /* 4 */
    expect_list(f, (act_list_options){ .at_revision = 2 }, "a=1@2");
    f->backend->advance(f->state, 20 * ACT_NS_PER_S);
    create(f, "b", "1"); /* 5 */
    act_list_options old = { .at_revision = 2 };
    act_list_result got;
    assert_int_equal(act_registry_list(f->r, &old, f->arena, &got), ACT_EGONE);
    expect_list(f, (act_list_options){ .at_revision = 3 }, "a=2@3");
    f->backend->advance(f->state, 120 * ACT_NS_PER_S);
    reopen(f);
    old.at_revision = 4;
    assert_int_equal(act_registry_list(f->r, &old, f->arena, &got), ACT_EGONE);
    expect_list(f, (act_list_options){ 0 }, "a=3@4 b=1@5");
}

static void a_full_arena_cuts_events_short_and_loses_none(void **state)
{
    fixture *f = *state;
    static char value[10000];
    memset(value, 'v', sizeof value - 1);
    for (int i = 0; i < 5; i++) {
        char key[] = { 'k', (char)('a' + i), '\0' };
        create(f, key, value);
    }
    ACT_AUTO(act_arena) small = NULL;
    ACT_AUTO(act_arena) tiny = NULL;
    assert_ok(act_arena_new(30000, 0, &small));
    assert_ok(act_arena_new(2000, 0, &tiny));
    act_registry_watch *w;
    assert_ok(act_registry_watch_open(f->r, ACT_STR(""), 1, &w));
    const act_registry_event *got = NULL;
    size_t n = 0;
    for (int64_t revision = 2; revision <= 6; revision += (int64_t)n) {
        assert_int_equal(act_registry_watch_next(w, 5, 0, tiny, &got, &n, NULL),
                         ACT_ENOMEM);
        assert_ok(act_registry_watch_next(w, 5, 0, small, &got, &n, NULL));
        assert_int_equal(got[0].entry.mod_revision, revision);
        act_arena_reset(small);
    }
    act_registry_watch_close(w);
}

typedef struct {
    act_registry_watch *w;
    int err;
    int64_t revision;
} waiter;

static void *wait_for_event(void *arg)
{
    waiter *w = arg;
    ACT_AUTO(act_arena) a = NULL;
    const act_registry_event *got;
    size_t n;
    w->err = act_arena_new(1 << 20, 0, &a);
    if (!w->err)
        w->err = act_registry_watch_next(w->w, 10, -1, a, &got, &n, NULL);
    if (!w->err)
        w->revision = got[0].entry.mod_revision;
    return NULL;
}

static void a_waiting_watch_wakes_with_the_next_change_and_with_stop(void **state)
{
    fixture *f = *state;
    waiter w = { 0 };
    assert_ok(act_registry_watch_open(f->r, ACT_STR("p/"), 1, &w.w));
    for (int round = 0; round < 2; round++) {
        pthread_t thread;
        assert_ok(act_thread_start(&thread, "watch", wait_for_event, &w));
        act_sleep_ns(30 * ACT_NS_PER_MS, NULL);
        if (round == 0) {
            create(f, "q/other", "x");
            create(f, "p/mine", "x");
        } else {
            act_registry_stop(f->r);
        }
        pthread_join(thread, NULL);
        assert_int_equal(w.err, round ? ACT_ECLOSED : ACT_OK);
        assert_int_equal(w.revision, 3);
    }
    int64_t revision;
    act_entry e;
    assert_int_equal(act_registry_create(f->r, ACT_STR("k"), ACT_STR("v"), &revision),
                     ACT_ECLOSED);
    assert_int_equal(act_registry_get(f->r, ACT_STR("k"), f->arena, &e), ACT_ECLOSED);
    assert_int_equal(act_registry_ping(f->r), ACT_ECLOSED);
    act_registry_watch_close(w.w);
}

enum { WRITERS = 4, INCREMENTS = 25 };

/* A counter in one key, raised by compare-and-swap. */
static void *count_up(void *arg)
{
    act_registry *r = arg;
    ACT_AUTO(act_arena) a = NULL;
    if (act_arena_new(1 << 20, 0, &a))
        return (void *)"arena";
    for (int done = 0; done < INCREMENTS;) {
        act_entry e;
        uint64_t n;
        char text[24];
        int64_t revision;
        act_arena_reset(a);
        if (act_registry_get(r, ACT_STR("n"), a, &e) || act_str_to_u64(e.value, &n))
            return (void *)"get";
        snprintf(text, sizeof text, "%llu", (unsigned long long)n + 1);
        int err = act_registry_update(r, ACT_STR("n"), act_str_cstr(text), e.mod_revision,
                                      &revision);
        if (err && err != ACT_ECONFLICT)
            return (void *)"update";
        done += err == ACT_OK;
    }
    return NULL;
}

static void concurrent_writers_lose_no_update_and_a_watch_sees_all(void **state)
{
    fixture *f = *state;
    create(f, "n", "0");
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        assert_ok(act_thread_start(&threads[i], "writer", count_up, f->r));
    act_registry_watch *w;
    assert_ok(act_registry_watch_open(f->r, ACT_STR("n"), 1, &w));
    int64_t expected = 2;
    while (expected < 2 + WRITERS * INCREMENTS + 1) {
        const act_registry_event *got;
        size_t n;
        act_arena_reset(f->arena);
        assert_ok(
            act_registry_watch_next(w, 10, 60 * ACT_NS_PER_S, f->arena, &got, &n, NULL));
        for (size_t i = 0; i < n; i++, expected++) {
            uint64_t value;
            assert_int_equal(got[i].entry.mod_revision, expected);
            assert_ok(act_str_to_u64(got[i].entry.value, &value));
            assert_int_equal(value, expected - 2);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
    act_registry_watch_close(w);
}

int registry_suite_run(const registry_backend *backend)
{
#define SUITE(test)                                                                        \
    cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, (void *)backend)
    const struct CMUnitTest tests[] = {
        SUITE(revisions_count_changes_from_one),
        SUITE(writes_compare_before_they_swap),
        SUITE(keys_and_values_have_limits),
        SUITE(lists_select_by_prefix_and_page_at_one_revision),
        SUITE(lists_show_the_past_until_it_is_compacted),
        SUITE(a_watch_tells_every_change_under_its_prefix_in_order),
        SUITE(a_watch_that_falls_behind_a_compaction_is_told),
        SUITE(old_history_goes_by_itself),
        SUITE(a_full_arena_cuts_events_short_and_loses_none),
        SUITE(a_waiting_watch_wakes_with_the_next_change_and_with_stop),
        SUITE(concurrent_writers_lose_no_update_and_a_watch_sees_all),
    };
    return _cmocka_run_group_tests(backend->name, tests, ACT_COUNT(tests), NULL, NULL);
}
