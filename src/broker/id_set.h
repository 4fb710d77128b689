/** @file
 *  Finds the message that carries an id, within a stream's duplicate window. */
#ifndef ACT_ID_SET_H
#define ACT_ID_SET_H

#include "base/base.h"

/** Eight bytes an id: a 32-bit fingerprint and a sequence. A fingerprint may lie, so the
 *  owner compares the id of each sequence that a lookup offers with the stored one; that
 *  also makes entries of a transaction that was rolled back harmless. Ids come from
 *  outside: the hash is keyed with a secret, so that nobody can make them collide.
 *
 *  Nothing is removed: entries below the floor are skipped, and dropped when the table is
 *  rebuilt. One thread. */
typedef struct act_id_set act_id_set;

int act_id_set_new(act_id_set **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_id_set_free(act_id_set *s);
ACT_DEFINE_AUTO(act_id_set)

/** ACT_ENOMEM; ACT_ELIMIT: 2^32 messages are remembered already. @sequence is not below
 * the floor. */
int act_id_set_add(act_id_set *s, act_str id, uint64_t sequence)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Where a lookup stands. */
typedef struct {
    uint32_t fingerprint;
    size_t slot;
} act_id_cursor;

act_id_cursor act_id_set_find(const act_id_set *s, act_str id) ACT_NONNULL(1);
/** The next sequence that may carry the id; false: there is none. */
bool act_id_set_next(const act_id_set *s, act_id_cursor *at, uint64_t *ret_sequence)
    ACT_NONNULL(1, 2, 3);

/** Forget sequences below @floor, which only rises. */
void act_id_set_forget(act_id_set *s, uint64_t floor) ACT_NONNULL(1);

/** Bytes of the table. */
size_t act_id_set_bytes(const act_id_set *s) ACT_NONNULL(1);

#endif
