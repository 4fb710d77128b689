/** @file
 *  Documents that every JSON parser must take, or must refuse. */
#ifndef ACT_JSON_CASES_H
#define ACT_JSON_CASES_H

#include "base/str.h"

struct json_case {
    bool valid;
    act_str text;
};

extern const struct json_case json_cases[];
extern const size_t json_case_count;

#endif
