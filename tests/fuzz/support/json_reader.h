/** @file
 *  A small recursive reader of JSON, to judge the fast one. */
#ifndef JSON_READER_H
#define JSON_READER_H

#include "base/buf.h"
#include "base/json.h"

/** Does @text hold exactly one JSON value as RFC 8259 has it, at most @depth levels deep,
 *  and is it what @value says? With @value NULL only the first question is asked. */
bool json_reader_agrees(act_str text, unsigned depth, const act_json *value);

#endif
