#include "base/arena.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void memory_is_zeroed_aligned_and_separate(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(1 << 20, 64, &a), ACT_OK);
    for (int round = 0; round < 3; round++) {
        unsigned char *last = NULL;
        for (size_t size = 1; size < 200; size += 7) {
            unsigned char *p = act_arena_alloc(a, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAB, size);
            assert_true(!last || *last == 0xAB);
            last = p;
            assert_non_null(act_arena_bytes(a, 1)); /* upsets the alignment */
        }
        act_arena_reset(a);
        assert_int_equal(act_arena_used(a), 0);
    }
    assert_non_null(act_arena_alloc(a, 0));
}

static void cap_counts_what_is_handed_out(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(100, 0, &a), ACT_OK);
    assert_int_equal(act_arena_room(a), 100);
    assert_non_null(act_arena_bytes(a, 60));
    assert_int_equal(act_arena_used(a), 60);
    assert_int_equal(act_arena_room(a), 40);
    assert_null(act_arena_bytes(a, 41));
    assert_non_null(act_arena_bytes(a, 40));
    assert_null(act_arena_bytes(a, 1));
    assert_null(act_arena_raw(a, 1));
    assert_int_equal(act_arena_room(a), 0);
    act_arena_reset(a);
    assert_non_null(act_arena_bytes(a, 100));
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(SIZE_MAX, 0, &a), ACT_OK);
    assert_null(act_arena_array(a, SIZE_MAX / 2, 3));
    volatile size_t huge = SIZE_MAX; /* hidden, or the compiler warns of what we test */
    assert_null(act_arena_alloc(a, huge));
    assert_null(act_arena_alloc(a, huge - 8));
    act_str s = ACT_STR("old");
    assert_int_equal(act_arena_str(a, act_str_from("x", huge), &s), ACT_ENOMEM);
    assert_true(act_str_eq_cstr(s, "old"));
    int *four = act_arena_make_n(a, int, 4);
    assert_non_null(four);
    assert_int_equal(four[3], 0);
}

static void restore_frees_what_came_after_the_mark(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(1 << 20, 64, &a), ACT_OK);
    char *kept = act_arena_bytes(a, 10);
    memset(kept, 'k', 10);
    act_arena_mark mark = act_arena_save(a);
    size_t held = 0;
    for (int i = 0; i < 100; i++) {
        assert_non_null(act_arena_bytes(a, 500)); /* several blocks */
        assert_non_null(act_arena_bytes(a, 5000));
        act_arena_restore(a, mark);
        assert_int_equal(act_arena_used(a), 10);
        assert_true(i == 0 || act_arena_held(a) == held);
        held = act_arena_held(a);
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(kept[i], 'k');

    act_arena_reset(a);
    ACT_AUTO(act_arena) empty = NULL;
    assert_int_equal(act_arena_new(1 << 20, 64, &empty), ACT_OK);
    act_arena_mark nothing = act_arena_save(empty);
    assert_non_null(act_arena_bytes(empty, 500));
    act_arena_restore(empty, nothing);
    assert_int_equal(act_arena_used(empty), 0);
}

static void reset_keeps_the_largest_block(void **state)
{
    (void)state;
#ifdef ACT_ARENA_DEBUG
    skip(); /* there every allocation is a block of its own */
#endif
    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(1 << 20, 64, &a), ACT_OK);
    assert_non_null(act_arena_bytes(a, 100000));
    assert_non_null(act_arena_bytes(a, 10));
    act_arena_reset(a);
    assert_true(act_arena_held(a) >= 100000);
    act_fail_after(0); /* a second round takes nothing from the system */
    assert_non_null(act_arena_bytes(a, 100000));
    act_fail_after(SIZE_MAX);
}

static void text_is_copied_and_formatted(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    act_str s;
    assert_int_equal(act_arena_new(64, 0, &a), ACT_OK);
    assert_int_equal(act_arena_str(a, ACT_STR("a\0b"), &s), ACT_OK);
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.ptr, "a\0b", 4);
    assert_int_equal(act_arena_str(a, (act_str){ 0 }, &s), ACT_OK);
    assert_string_equal(s.ptr, "");
    assert_int_equal(act_arena_printf(a, &s, "%d-%s", 7, "x"), ACT_OK);
    assert_string_equal(s.ptr, "7-x");
    assert_int_equal(s.len, 3);
    assert_int_equal(act_arena_printf(a, &s, "%100d", 7), ACT_ENOMEM);
    assert_string_equal(s.ptr, "7-x");
}

static void failed_allocations_leave_the_arena_usable(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        ACT_AUTO(act_arena) a = NULL;
        act_fail_after(n);
        int err = act_arena_new(1 << 20, 64, &a);
        size_t got = 0;
        for (int i = 0; !err && i < 5; i++)
            got += act_arena_alloc(a, 100) != NULL;
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || (err == ACT_ENOMEM && !a));
        assert_true(err || act_arena_used(a) >= got * 100);
        assert_true(err || act_arena_alloc(a, 100) != NULL);
        if (!err && got == 5)
            break;
        assert_true(n < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_separate),
        cmocka_unit_test(cap_counts_what_is_handed_out),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(restore_frees_what_came_after_the_mark),
        cmocka_unit_test(reset_keeps_the_largest_block),
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(failed_allocations_leave_the_arena_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
