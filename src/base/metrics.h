/** @file
 *  Counters, gauges and histograms with labels, written as Prometheus text. */
#ifndef ACT_METRICS_H
#define ACT_METRICS_H

#include "base/buf.h"

/** All metrics of a process (or of a test). Internally locked; a series, once found, is
 *  updated with relaxed atomics. Everything lives as long as the registry. */
typedef struct act_metrics act_metrics;
typedef struct act_counter act_counter;     /**< one series that only grows */
typedef struct act_gauge act_gauge;         /**< one series that moves */
typedef struct act_histogram act_histogram; /**< one series of observations */

int act_metrics_new(act_metrics **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_metrics_free(act_metrics *m);
ACT_DEFINE_AUTO(act_metrics)

enum {
    ACT_METRIC_LABELS_MAX = 4,
    /** Series of one name; past it all further label values share one series whose labels
     *  read "_other", so that nobody can grow the registry from outside. */
    ACT_METRIC_SERIES_MAX = 1000,
};

/** Label names and values alternate, ended by NULL: {"verb", "get", NULL}; NULL: no labels.
 *  Asking again for the same name and labels gives the same series. With @m NULL or memory
 *  out, a shared dummy series is returned: never NULL, so callers need no check. */
act_counter *act_metrics_counter(act_metrics *m, const char *name, const char *help,
                                 const char *const *labels);
act_gauge *act_metrics_gauge(act_metrics *m, const char *name, const char *help,
                             const char *const *labels);
/** @bounds: @n upper bounds in rising order, without +Inf; the first call of a name fixes
 *  them. */
act_histogram *act_metrics_histogram(act_metrics *m, const char *name, const char *help,
                                     const double *bounds, size_t n,
                                     const char *const *labels);

void act_counter_add(act_counter *c, uint64_t n);
void act_gauge_set(act_gauge *g, int64_t v);
void act_gauge_add(act_gauge *g, int64_t delta);
void act_histogram_observe(act_histogram *h, double v);
uint64_t act_counter_value(const act_counter *c);
int64_t act_gauge_value(const act_gauge *g);

/** Usual bounds in seconds: 5 ms to 10 s. */
extern const double act_buckets_seconds[11];

/** Called before each text output, one at a time, to set gauges that are read rather than
 *  kept. With @m NULL nothing is. ACT_ENOMEM. */
int act_metrics_on_collect(act_metrics *m, void (*fn)(void *ctx), void *ctx) ACT_MUST_CHECK;
/** The end of it (if it was begun): @ctx is not used any more when this returns. Not from
 *  within a call. */
void act_metrics_off_collect(act_metrics *m, void (*fn)(void *ctx), void *ctx);

/** Prometheus text format 0.0.4, names sorted. */
void act_metrics_text(act_metrics *m, act_buf *out) ACT_NONNULL(1, 2);

#endif
