/* Evaluating asks nothing of the heap once a context is warm: every op, real records,
 * failures included. */
#include "heap_count.h"

#include "eval_helper.h"

enum { RECORDS_MAX = 512, PROGRAMS_MAX = 128 };

static eval_bench bench;
static const act_json *records[RECORDS_MAX];
static size_t record_count;
static char *file;

static int open_all(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    FILE *f = fopen(ACT_TEST_DATA "/audit.jsonl", "r");
    assert_non_null(f);
    static const size_t most = 16 << 20;
    file = malloc(most);
    assert_non_null(file);
    act_str rest = act_str_from(file, fread(file, 1, most, f)), line;
    assert_true(rest.len > 0 && rest.len < most);
    fclose(f);
    while (rest.len && record_count < RECORDS_MAX) {
        rest = act_str_split(rest, '\n', &line);
        if (line.len)
            assert_int_equal(act_json_parse(bench.parser, bench.arena, line, 0,
                                            &records[record_count++], NULL),
                             ACT_OK);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    eval_bench_close(&bench);
    free(file);
    return 0;
}

/* All programs on all records; returns how many evaluations gave a value. */
static size_t evaluate_all(cel_program *const *programs, size_t count)
{
    size_t values = 0;
    for (size_t r = 0; r < record_count; r++) {
        const act_json *user = act_json_get(records[r], ACT_STR("user"));
        act_str name = act_json_string(act_json_get(user, ACT_STR("username")));
        cel_ctx_reset(bench.ctx);
        if (cel_bind_json(bench.ctx, 0, records[r]) ||
            cel_bind_value(bench.ctx, 1, cel_string(name)) ||
            cel_bind_value(bench.ctx, 2, cel_string(ACT_STR("kind"))))
            abort();
        for (size_t i = 0; i < count; i++) {
            cel_value v;
            values += cel_eval(programs[i], bench.ctx, &v, NULL) == ACT_OK;
        }
    }
    return values;
}

static void a_warm_context_allocates_nothing(void **state)
{
    (void)state;
    cel_program *programs[PROGRAMS_MAX];
    ACT_AUTO(cel_slots) slots = NULL;
    assert_int_equal(cel_slots_new(bench.env, &slots), ACT_OK);
    assert_true(eval_sample_count <= PROGRAMS_MAX);
    for (size_t i = 0; i < eval_sample_count; i++)
        assert_int_equal(cel_compile(bench.env, act_str_cstr(eval_samples[i]), 0, slots,
                                     NULL, &programs[i]),
                         ACT_OK);
    size_t evaluations = record_count * eval_sample_count;
    for (int warm_up = 0; warm_up < 2; warm_up++) {
        size_t values = evaluate_all(programs, eval_sample_count);
        assert_true(values > evaluations / 4 && values < evaluations); /* some fail */
    }
    size_t allocations = atomic_load(&heap_allocations), frees = atomic_load(&heap_frees);
    (void)evaluate_all(programs, eval_sample_count);
    allocations = atomic_load(&heap_allocations) - allocations;
    frees = atomic_load(&heap_frees) - frees;
    for (size_t i = 0; i < eval_sample_count; i++)
        cel_program_free(programs[i]);
    if (HEAP_COUNTS) {
        assert_int_equal(allocations, 0);
        assert_int_equal(frees, 0);
    }
}

/* The counters above count: compiling does allocate. */
static void the_heap_is_really_watched(void **state)
{
    (void)state;
    if (!HEAP_COUNTS)
        skip();
    size_t allocations = atomic_load(&heap_allocations), frees = atomic_load(&heap_frees);
    cel_program *p;
    assert_int_equal(cel_compile(bench.env, ACT_STR("actor"), 0, NULL, NULL, &p), ACT_OK);
    assert_true(atomic_load(&heap_allocations) > allocations);
    cel_program_free(p);
    assert_true(atomic_load(&heap_frees) > frees);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_context_allocates_nothing),
        cmocka_unit_test(the_heap_is_really_watched),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
