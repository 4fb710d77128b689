/* Calendar fields of timestamps and parts of durations. */
#include "cel/eval.h"
#include "cel/lib_std.h"
#include "cel/time.h"

/* The calendar at args[0] in the zone args[1], or in UTC. False: *reterr. */
static bool civil(cel_call *call, const cel_value *args, cel_civil *ret, cel_value *reterr)
{
    int32_t offset = 0;
    if (call->argc > 1 &&
        cel_call_zone_offset(call, cel_value_str(args[1]), args[0].as.i64, &offset, reterr))
        return false;
    *ret = cel_civil_at(args[0].as.i64 + offset);
    return true;
}

#define CIVIL_GETTER(function, field)                                                      \
    cel_value function(cel_call *call, const cel_value *args)                              \
    {                                                                                      \
        cel_civil c;                                                                       \
        cel_value error;                                                                   \
        return civil(call, args, &c, &error) ? cel_int(field) : error;                     \
    }

CIVIL_GETTER(cel_std_full_year, c.year)
CIVIL_GETTER(cel_std_month, c.month - 1)
CIVIL_GETTER(cel_std_date, c.day)
CIVIL_GETTER(cel_std_day_of_month, c.day - 1)
CIVIL_GETTER(cel_std_day_of_week, c.weekday)
CIVIL_GETTER(cel_std_day_of_year, c.year_day)
CIVIL_GETTER(cel_std_hours, c.hour)
CIVIL_GETTER(cel_std_minutes, c.minute)
CIVIL_GETTER(cel_std_seconds, c.second)
#undef CIVIL_GETTER

cel_value cel_std_milliseconds(cel_call *call, const cel_value *args)
{
    cel_civil c;
    cel_value error;
    if (!civil(call, args, &c, &error)) /* a bad zone is an error here too */
        return error;
    return cel_int(args[0].len / 1000000);
}

cel_value cel_std_duration_hours(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_int(args[0].as.i64 / INT64_C(3600000000000));
}

cel_value cel_std_duration_minutes(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_int(args[0].as.i64 / INT64_C(60000000000));
}

cel_value cel_std_duration_seconds(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_int(args[0].as.i64 / INT64_C(1000000000));
}

/* The part within the second, as the language definition has it (cel-go: the total). */
cel_value cel_std_duration_milliseconds(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_int(args[0].as.i64 % INT64_C(1000000000) / 1000000);
}
