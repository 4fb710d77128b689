/** @file
 *  What every registry must do, whatever its backend. */
#ifndef ACT_REGISTRY_SUITE_H
#define ACT_REGISTRY_SUITE_H

#include "registry/registry.h"

/** A backend under test. @state is made anew, and empty, for each test. */
typedef struct {
    const char *name;
    void *(*start)(void);
    void (*finish)(void *state);
    /** A registry on what the state holds; the test frees it, and may then open again. */
    act_registry *(*open)(void *state);
    /** Let @ns pass for the history, of which a minute is kept. NULL: cannot. */
    void (*advance)(void *state, int64_t ns);
} registry_backend;

/** Run the suite; the number of failed tests. */
int registry_suite_run(const registry_backend *backend);

#endif
