/** @file
 *  What a watch begins with: objects, encoded as they are read, a page after the other. */
#ifndef ACT_API_HUB_INITIAL_H
#define ACT_API_HUB_INITIAL_H

#include "api/hub_record.h"
#include "api/hub_seen.h"

enum { ACT_HUB_INITIAL_BYTES = 32 << 20 }; /**< most of them; one object more is no error */

/** One thread. */
struct act_hub_initial {
    bool notes; /**< objects of this kind change: the watch remembers them */
    act_hub_form form;
    act_hub_seen seen;
    act_buf frames;
};

/** For a watch of @c in the form @shape (act_hub_watch.form). */
act_hub_initial act_hub_initial_begin(const act_hub_kind *kind, const act_call *c,
                                      unsigned shape) ACT_NONNULL(1, 2);
/** Add objects as the watch shows them, each with its resourceVersion; nothing of them is
 *  needed afterwards. ACT_ELIMIT: there are too many bytes; ACT_ENOMEM. */
int act_hub_initial_add(act_hub_initial *i, const act_call *c,
                        const act_json *const *objects, size_t n)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_hub_initial_done(act_hub_initial *i) ACT_NONNULL(1);

#endif
