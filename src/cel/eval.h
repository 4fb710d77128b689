/** @file
 *  State of an evaluation: the context, its meter and caches. For evaluator files only,
 *  but for the calls at the end, which library functions use as well. */
#ifndef CEL_EVAL_H
#define CEL_EVAL_H

#include "cel/env_internal.h"
#include "cel/regex.h"
#include "cel/tz.h"

enum {
    CEL_REGEX_CACHE = 32,      /**< dynamic patterns that a context keeps compiled */
    CEL_CHECK_COST = 10000,    /**< units between two questions for cancellation */
    CEL_CHECK_ITERATIONS = 100 /**< iterations between two of them */
};

/** Caches that outlive an evaluation; a zero value is empty. One thread. */
typedef struct cel_scratch {
    struct cel_cached_regex {
        act_str pattern; /**< owned copy */
        uint64_t hash;
        cel_regex *re;
    } regex[CEL_REGEX_CACHE];
    uint32_t regex_count;
    uint32_t regex_next; /**< the entry to replace next */
    cel_zones *zones;    /**< made on first use */
} cel_scratch;
void cel_scratch_done(cel_scratch *s) ACT_NONNULL(1);

/** What is known about one attribute path of the bound event. */
typedef struct {
    cel_value value; /**< or CEL_ERROR: the kind, and the number of the failing path */
    uint32_t epoch;  /**< of the context when it was found out */
    uint8_t failure; /**< enum cel_slot_failure */
    uint16_t place;  /**< of the last key in the last object that had it: a guess */
} cel_slot_state;

/** Why a path has no value; what has() makes of it differs. */
enum cel_slot_failure {
    CEL_SLOT_PRESENT,
    CEL_SLOT_EARLIER,  /**< a part before the last key failed */
    CEL_SLOT_ABSENT,   /**< the map before the last key does not have it */
    CEL_SLOT_NO_MAP,   /**< what is before the last key is no map */
    CEL_SLOT_OPTIONAL, /**< it is an optional: results need the arena, do it each time */
};

struct cel_ctx {
    cel_meter meter; /**< next_check is never above cost_limit */
    const cel_value *vars;
    cel_slot_state *slot;
    cel_value *frame; /**< locals of folds and binds */
    uint32_t epoch;   /**< changes with every binding */
    uint32_t slot_size;
    uint32_t frame_size;
    uint32_t var_count;
    cel_slots *slots; /**< whose numbers `slot` is for; a reference */
    const cel_env *env;
    act_arena *arena;
    const cel_limits *limits;
    cel_call call; /**< what functions see; node, overload and argc change with each */
    bool json_int;
    enum cel_error_kind error;
    uint64_t budget;      /**< units left; UINT64_MAX: no bound */
    uint64_t first_check; /**< meter.next_check at the start of an evaluation */
    bool (*cancelled)(void *);
    void *cancel_ud;
    cel_scratch scratch;
    cel_value *own_vars;
};

/** The meter passed next_check: ask for cancellation, compare with the limit. Returns
 *  CEL_E_NONE to go on, or the fatal kind. */
enum cel_error_kind cel_meter_check(cel_ctx *ctx) ACT_NONNULL(1);

/** Charge @units; on failure, the error value is what the op returns:
 *      CEL_CHARGE(ctx, op->cost, op->at);
 *  bench/ builds the evaluator without it as well, to see what it costs. */
#ifndef CEL_UNMETERED
#define CEL_CHARGE(ctx, units, place)                                                      \
    do {                                                                                   \
        (ctx)->meter.cost += (units);                                                      \
        if (ACT_UNLIKELY((ctx)->meter.cost > (ctx)->meter.next_check)) {                   \
            enum cel_error_kind stop_ = cel_meter_check(ctx);                              \
            if (stop_)                                                                     \
                return cel_error(stop_, (place), NULL);                                    \
        }                                                                                  \
    } while (0)
#else
#define CEL_CHARGE(ctx, units, place) ((void)(ctx), (void)sizeof(units), (void)(place))
#endif

/** State of slot @index, resolved if need be. */
const cel_slot_state *cel_slot_resolve(cel_ctx *ctx, uint32_t index) ACT_NONNULL(1);
static inline const cel_slot_state *cel_slot_get(cel_ctx *ctx, uint32_t index)
{
    const cel_slot_state *s = &ctx->slot[index];
    return ACT_LIKELY(s->epoch == ctx->epoch) ? s : cel_slot_resolve(ctx, index);
}

/** Equality that adds the steps beyond the first to @work (a tenth a byte, one a value).
 * Small values may share parts without end, so it gives up, with false, as soon as *work is
 * above
 *  @most, the units left: charging the work then fails. */
bool cel_value_equal_work(cel_value a, cel_value b, uint64_t most, uint64_t *work)
    ACT_NONNULL(4);

/* ---- for library functions ---------------------------------------------------------- */

/** Compiled form of @pattern, from the cache of the context. On failure *reterr is the
 *  error value to return. Valid until the next call of this function. */
int cel_call_regex(cel_call *call, act_str pattern, const cel_regex **ret,
                   cel_value *reterr) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;
/** Seconds east of UTC in zone @name ("Europe/Berlin", "+02:00") at @unix_seconds. */
int cel_call_zone_offset(cel_call *call, act_str name, int64_t unix_seconds, int32_t *ret,
                         cel_value *reterr) ACT_NONNULL(1, 4, 5) ACT_MUST_CHECK;

#endif
