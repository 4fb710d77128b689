/** @file
 *  Waiting for what must come. */
#ifndef ACT_TEST_PATIENCE_H
#define ACT_TEST_PATIENCE_H

#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/** How long tests wait for what must come; a busy machine is slow, not wrong. */
#define PATIENCE_NS (60 * ACT_NS_PER_S)
/** Wait until @condition holds; fail the test when patience is over. */
#define assert_soon(condition)                                                             \
    do {                                                                                   \
        int64_t end_ = act_mono_ns(act_clock_system()) + PATIENCE_NS;                      \
        while (!(condition)) {                                                             \
            if (act_mono_ns(act_clock_system()) > end_)                                    \
                fail_msg("never: %s", #condition);                                         \
            act_sleep_ns(5 * ACT_NS_PER_MS, NULL);                                         \
        }                                                                                  \
    } while (0)

#endif
