/** @file
 *  What a durable consumer has handed out and nobody has acknowledged yet. */
#ifndef ACT_OUTSTANDING_H
#define ACT_OUTSTANDING_H

#include "base/base.h"

/** One unacknowledged message. */
typedef struct {
    uint64_t sequence;
    int64_t due_mono_ns; /**< when it may be delivered again */
    uint32_t deliveries;
    bool acking; /**< an ack is on its way to the disk: not delivered, not saved */
    bool dead;   /**< removed; the place is reused at the next compaction */
} act_outstanding_entry;

/** Entries in rising sequence order. Together with the last sequence that was looked at it
 *  says everything about a durable: what lies at or below that sequence and is not in here
 *  is acknowledged, filtered out or gone. Plain data; the owner locks. */
typedef struct {
    act_outstanding_entry *entries;
    size_t n;    /**< with dead ones */
    size_t live; /**< without */
    size_t size;
    int64_t earliest_due; /**< a lower bound of all due times; INT64_MAX: none */
} act_outstanding;

#define ACT_OUTSTANDING_INIT ((act_outstanding){ .earliest_due = INT64_MAX })
void act_outstanding_done(act_outstanding *o) ACT_NONNULL(1);

/** Room for @n further entries. ACT_ENOMEM. */
int act_outstanding_reserve(act_outstanding *o, size_t n) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Append; @sequence is above all others and room was reserved. */
void act_outstanding_add(act_outstanding *o, uint64_t sequence, int64_t due_mono_ns,
                         uint32_t deliveries) ACT_NONNULL(1);
/** NULL: not outstanding. Valid until the next add or remove. */
act_outstanding_entry *act_outstanding_find(act_outstanding *o, uint64_t sequence)
    ACT_NONNULL(1);
void act_outstanding_remove(act_outstanding *o, act_outstanding_entry *e) ACT_NONNULL(1, 2);
/** Remove all below @sequence; returns how many there were. */
size_t act_outstanding_remove_below(act_outstanding *o, uint64_t sequence) ACT_NONNULL(1);

/** A new due time for @e. */
void act_outstanding_postpone(act_outstanding *o, act_outstanding_entry *e,
                              int64_t due_mono_ns) ACT_NONNULL(1, 2);
/** The first @max entries that are due, in sequence order; returns how many. */
size_t act_outstanding_due(act_outstanding *o, int64_t now_mono_ns, size_t max,
                           uint64_t *ret_sequences) ACT_NONNULL(1, 4);

/** The smallest sequence outstanding (also when its ack is under way), or @none. */
uint64_t act_outstanding_first(const act_outstanding *o, uint64_t none) ACT_NONNULL(1);

/** The sequences as bytes: each as the distance from the one before (from 0 for the first),
 *  in LEB128. Entries with an ack under way are left out. */
void act_outstanding_save(const act_outstanding *o, act_buf *out) ACT_NONNULL(1, 2);
/** Fill the empty @o with what was saved, without those below @first, all due at
 * @due_mono_ns with no deliveries. ACT_ECORRUPT: not what save writes, or a sequence above
 * @last. ACT_ENOMEM. */
int act_outstanding_load(act_outstanding *o, act_str saved, uint64_t first, uint64_t last,
                         int64_t due_mono_ns) ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
