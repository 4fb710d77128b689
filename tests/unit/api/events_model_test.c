/* ctest: labels=chdb timeout=300 */
/* The model of Events over a real engine, where states go from the log into the store. */
#include "unit/api/events_model.h"
#include "unit/api/query_help.h"

static test_questions q;

static void settle(void)
{
    assert_ok(act_ingester_drain(q.api.ingester, 60 * ACT_NS_PER_S));
}

static void everything_adds_up(void **state)
{
    (void)state;
    char base[96];
    questions_start(&q, NULL);
    act_api_server *replica = questions_start_replica(&q.api, base);
    events_model_run(&q.api, base, settle);
    act_api_server_free(replica);
    questions_stop(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(everything_adds_up) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
