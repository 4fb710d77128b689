/** @file
 *  How large a value is, in the units in which cel_estimate() is told sizes. */
#ifndef CEL_MEASURE_H
#define CEL_MEASURE_H

#include "cel/cel.h"

/** Add the bytes of all texts in @v, and the entries of all its lists and maps, to *sum. */
static inline void cel_measure(cel_value v, cel_size *sum)
{
    if (v.kind == CEL_STRING || v.kind == CEL_BYTES)
        sum->bytes += v.len;
    uint32_t n = v.kind == CEL_LIST ? cel_list_count(v) : 0;
    for (uint32_t i = 0; i < n; i++, sum->items++)
        cel_measure(cel_list_at(v, i), sum);
    n = v.kind == CEL_MAP ? cel_map_count(v) : 0;
    for (uint32_t i = 0; i < n; i++, sum->items++) {
        cel_measure(cel_map_at(v, i).key, sum);
        cel_measure(cel_map_at(v, i).value, sum);
    }
}

#endif
