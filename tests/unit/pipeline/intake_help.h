/** @file
 *  A log and an intake into it, for tests of both its texts and its limits. */
#ifndef ACT_TEST_INTAKE_HELP_H
#define ACT_TEST_INTAKE_HELP_H

#include "pipeline/intake.h"
#include "unit/pipeline/log_help.h"

#include <stdlib.h>

typedef struct {
    test_log log;
    act_intake *in;
    act_intake_result got;
} fixture;

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    log_start(&f->log, 0);
    const act_intake_options o = { .broker = f->log.broker,
                                   .clock = act_clock_system(),
                                   .metrics = f->log.metrics };
    assert_ok(act_intake_new(&o, &f->in));
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    act_intake_free(f->in);
    log_stop(&f->log);
    free(f);
    return 0;
}

#endif
