/* The nth allocation fails, for every n: compiling and evaluating end with an error, leak
 * nothing, and the next try succeeds. */
#include "eval_helper.h"

#include "base/alloc.h"

/* A failure that is got over (a message without a text) ends no loop: only so many
 * successes in a row do. */
enum { CALM = 8 };

static eval_bench bench;

static int open_bench(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    eval_bench_close(&bench);
    return 0;
}

/* Compile with shared slots, so that what was interned before a failure is used again. */
static void want_of_memory_stops_compiling(void **state)
{
    (void)state;
    static const unsigned flags[] = { 0, CEL_COMPILE_UNCHECKED, CEL_COMPILE_NO_FOLD,
                                      CEL_COMPILE_KEEP_TREE, CEL_COMPILE_CHECK_ONLY };
    for (size_t i = 0; i < eval_sample_count; i++) {
        ACT_AUTO(cel_slots) slots = NULL;
        assert_int_equal(cel_slots_new(bench.env, &slots), ACT_OK);
        unsigned flag = flags[i % ACT_COUNT(flags)];
        for (size_t n = 0, calm = 0; calm < CALM; n++) {
            cel_program *p = NULL;
            act_fail_after(n);
            int err = cel_compile(bench.env, act_str_cstr(eval_samples[i]), flag,
                                  i % 2 ? slots : NULL, bench.errors, &p);
            act_fail_after(SIZE_MAX);
            if (err && err != ACT_ENOMEM && !cel_errors_count(bench.errors))
                fail_msg("%s: %s", eval_samples[i], act_strerror(err));
            if (err && p)
                fail_msg("%s: a program beside an error", eval_samples[i]);
            assert_true(n < 2000);
            calm = err ? 0 : calm + 1;
            cel_program_free(p);
        }
    }
}

/* Contexts are made anew each time: a warm one does not allocate. */
static void want_of_memory_stops_evaluating(void **state)
{
    (void)state;
    const act_json *event = eval_bench_sample(&bench);
    for (size_t i = 0; i < eval_sample_count; i++) {
        ACT_AUTO(cel_program) p = NULL;
        assert_int_equal(
            cel_compile(bench.env, act_str_cstr(eval_samples[i]), 0, NULL, NULL, &p),
            ACT_OK);
        for (size_t n = 0, calm = 0; calm < CALM; n++) {
            ACT_AUTO(cel_ctx) ctx = NULL;
            cel_value v;
            act_err e = ACT_ERR_INIT;
            act_fail_after(n);
            int err = cel_ctx_new(bench.env, &ctx);
            if (!err && (cel_bind_json(ctx, 0, event) ||
                         cel_bind_value(ctx, 1, cel_string(ACT_STR("alice"))) ||
                         cel_bind_value(ctx, 2, cel_string(ACT_STR("deployments")))))
                abort();
            if (!err)
                err = cel_eval(p, ctx, &v, &e);
            act_fail_after(SIZE_MAX);
            if (err && err != ACT_ENOMEM && cel_ctx_error(ctx) != CEL_E_MEMORY_LIMIT)
                fail_msg("%s: %s, %s", eval_samples[i], act_strerror(err), e.text);
            assert_true(n < 2000);
            calm = err ? 0 : calm + 1;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(want_of_memory_stops_compiling),
        cmocka_unit_test(want_of_memory_stops_evaluating),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
