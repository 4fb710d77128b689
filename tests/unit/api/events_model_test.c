/* ctest: labels=chdb timeout=300 */
/* The model of Events over a real engine, where states go from the log into the store. */
#include "unit/api/events_model.h"
#include "unit/api/query_help.h"

static void settle(void)
{
    assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
}

static void everything_adds_up(void **state)
{
    (void)state;
    char base[96];
    questions_start(NULL);
    act_api_server *replica = questions_start_replica(base);
    events_model_run(&api, base, settle);
    act_api_server_free(replica);
    questions_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(everything_adds_up) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
