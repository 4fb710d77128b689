/** @file
 *  Time zones: fixed offsets, and IANA zones from compiled TZif files. */
#ifndef CEL_TZ_H
#define CEL_TZ_H

#include "base/base.h"

/** One zone. Immutable: any thread. */
typedef struct cel_zone cel_zone;

enum {
    CEL_ZONES_MAX = 64,      /**< zones one cache may keep */
    CEL_ZONE_NAME_MAX = 128, /**< longest zone name, in bytes */
};

/** Folder of the system's TZif files. */
#define CEL_ZONE_DIR "/usr/share/zoneinfo"

/** Read `[+-]HH:MM` (also without a sign) into seconds east of UTC. ACT_EPARSE. */
int cel_zone_fixed(act_str text, int32_t *ret_seconds) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Zone @name ("Europe/Berlin", "UTC") from the TZif file below @dir. The caller frees it.
 *  ACT_EINVAL for names that are absolute, hold `..` or odd characters; ACT_ENOTFOUND;
 *  ACT_ECORRUPT for a file that is not TZif; ACT_ENOMEM. Format: RFC 8536. */
int cel_zone_load(const char *dir, act_str name, cel_zone **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
/** As above from the bytes of a TZif file. */
int cel_zone_parse(act_str file, cel_zone **ret) ACT_NONNULL(2) ACT_MUST_CHECK;
void cel_zone_free(cel_zone *z); /**< NULL is a no-op. */

/** Seconds east of UTC that @z observes at @unix_seconds. */
int32_t cel_zone_offset(const cel_zone *z, int64_t unix_seconds) ACT_NONNULL(1);

/** Zones that were used lately; the least recently used gives way. One thread. */
typedef struct cel_zones cel_zones;
/** Keeps @max zones, 1 to CEL_ZONES_MAX. @dir is copied; NULL means CEL_ZONE_DIR. */
int cel_zones_new(const char *dir, size_t max, cel_zones **ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;
/** Zones that are kept now. */
size_t cel_zones_count(const cel_zones *zs) ACT_NONNULL(1);
void cel_zones_free(cel_zones *zs); /**< NULL is a no-op. */
/** Errors as cel_zone_load(). @ret is valid until the next call. */
int cel_zones_get(cel_zones *zs, act_str name, const cel_zone **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

#endif
