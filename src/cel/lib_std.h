/** @file
 *  Functions of the standard library, as lib_std.c lists them. */
#ifndef CEL_LIB_STD_H
#define CEL_LIB_STD_H

#include "cel/function.h"

/* lib_std_convert.c; the argument's kind says from what. */
cel_fn cel_std_identity, cel_std_to_bool, cel_std_to_int, cel_std_to_uint;
cel_fn cel_std_to_double, cel_std_to_string, cel_std_to_bytes;
cel_fn cel_std_to_timestamp, cel_std_to_duration, cel_std_type;

/* lib_std_time.c; with a zone as second argument where there is one. */
cel_fn cel_std_full_year, cel_std_month, cel_std_date, cel_std_day_of_month;
cel_fn cel_std_day_of_week, cel_std_day_of_year, cel_std_hours, cel_std_minutes;
cel_fn cel_std_seconds, cel_std_milliseconds;
cel_fn cel_std_duration_hours, cel_std_duration_minutes, cel_std_duration_seconds;
cel_fn cel_std_duration_milliseconds;

#endif
