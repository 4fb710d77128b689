/* ctest: labels=threads timeout=120
 * Programs and environments are shared: many threads evaluate the same programs, each in a
 * context of its own, while another compiles, and all of them get what one alone gets. */
#include "eval_helper.h"

#include "base/thread.h"

enum { THREADS = 4, ROUNDS = 20, COMPILATIONS = 200, PROGRAMS_MAX = 128 };

static eval_bench bench;
static const act_json *event;

/* What all threads read. */
static struct {
    cel_program *programs[PROGRAMS_MAX];
    act_buf texts[PROGRAMS_MAX]; /* the results */
    uint64_t costs[PROGRAMS_MAX];
} shared;

static void bind(cel_ctx *ctx)
{
    if (cel_bind_json(ctx, 0, event) ||
        cel_bind_value(ctx, 1, cel_string(ACT_STR("alice"))) ||
        cel_bind_value(ctx, 2, cel_string(ACT_STR("deployments"))))
        abort();
}

static bool evaluate(size_t i, cel_ctx *ctx, act_buf *text)
{
    cel_value v;
    act_buf_clear(text);
    return cel_eval(shared.programs[i], ctx, &v, NULL) == ACT_OK &&
           cel_value_write_text(v, text) == ACT_OK;
}

static int open_all(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    assert_true(eval_sample_count <= PROGRAMS_MAX);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < eval_sample_count; i++) {
        cel_program_free(shared.programs[i]);
        act_buf_done(&shared.texts[i]);
    }
    eval_bench_close(&bench);
    return 0;
}

/* ---- the threads: no assertions in here -----------------------------------------------
 */

/* Evaluates all programs; the number of wrong results comes back as a pointer. */
static void *evaluate_all(void *arg)
{
    (void)arg;
    size_t wrong = 0;
    cel_ctx *ctx;
    act_buf text = ACT_BUF_INIT;
    if (cel_ctx_new(bench.env, &ctx))
        return (void *)1;
    for (int round = 0; round < ROUNDS; round++) {
        bind(ctx);
        for (size_t i = 0; i < eval_sample_count; i++)
            wrong += !evaluate(i, ctx, &text) || cel_ctx_cost(ctx) != shared.costs[i] ||
                     !act_str_eq(act_buf_str(&text), act_buf_str(&shared.texts[i]));
    }
    act_buf_done(&text);
    cel_ctx_free(ctx);
    return (void *)wrong;
}

/* Compiles in the same environment; the number of failures comes back. */
static void *compile_all(void *arg)
{
    (void)arg;
    size_t wrong = 0;
    for (size_t i = 0; i < COMPILATIONS; i++) {
        cel_program *p = NULL;
        wrong += cel_compile(bench.env, act_str_cstr(eval_samples[i % eval_sample_count]),
                             0, NULL, NULL, &p) != ACT_OK;
        cel_program_free(p);
    }
    return (void *)wrong;
}

static void run_threads(cel_slots *slots)
{
    for (size_t i = 0; i < eval_sample_count; i++) {
        cel_program_free(shared.programs[i]);
        assert_int_equal(cel_compile(bench.env, act_str_cstr(eval_samples[i]), 0, slots,
                                     NULL, &shared.programs[i]),
                         ACT_OK);
        bind(bench.ctx);
        assert_true(evaluate(i, bench.ctx, &shared.texts[i]));
        shared.costs[i] = cel_ctx_cost(bench.ctx);
    }
    pthread_t thread[THREADS + 1];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(act_thread_start(&thread[i], "evaluate", evaluate_all, NULL),
                         ACT_OK);
    assert_int_equal(act_thread_start(&thread[THREADS], "compile", compile_all, NULL),
                     ACT_OK);
    for (size_t i = 0; i < ACT_COUNT(thread); i++) {
        void *wrong;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
}

/* ---- the tests ------------------------------------------------------------------------
 */

static void programs_are_shared_by_threads(void **state)
{
    (void)state;
    event = eval_bench_sample(&bench);
    run_threads(NULL);
}

static void programs_with_common_slots_are_shared_by_threads(void **state)
{
    (void)state;
    ACT_AUTO(cel_slots) slots = NULL;
    assert_int_equal(cel_slots_new(bench.env, &slots), ACT_OK);
    event = eval_bench_sample(&bench);
    run_threads(slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_shared_by_threads),
        cmocka_unit_test(programs_with_common_slots_are_shared_by_threads),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
