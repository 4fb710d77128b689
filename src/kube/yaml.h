/** @file
 *  YAML as Kubernetes reads it: documents become JSON values, and back. */
#ifndef ACT_KUBE_YAML_H
#define ACT_KUBE_YAML_H

#include "base/buf.h"
#include "base/json.h"

/** Limits of one text; 0 means the default. Past one: ACT_ELIMIT. */
typedef struct {
    size_t max_bytes;       /**< of the text; default 3 MiB */
    uint32_t max_depth;     /**< default 128 */
    uint32_t max_nodes;     /**< values made, aliases counted each time; default 200,000 */
    uint32_t max_documents; /**< default 1,000 */
} act_yaml_limits;

/** One document of a stream. */
typedef struct {
    const act_json *value; /**< nodes without raw bytes */
    uint32_t line;         /**< 1-based, where it begins */
} act_yaml_document;

/** Read all documents of @text (JSON is YAML too) into @a; empty ones are left out. Plain
 *  scalars follow YAML 1.1 as Kubernetes' Go library does: null, booleans with
 * yes/no/on/off, integers with 0x, 0o, 0b or a leading 0, floats; all else is a string,
 * dates too. Keys are made strings; a key twice in a mapping is an error, as are .inf,
 * .nan, tags other than the core ones, and an alias inside of what it names. ACT_EPARSE
 * with line and column, ACT_ELIMIT, ACT_ENOMEM. */
int act_yaml_read(act_arena *a, act_str text, const act_yaml_limits *limits,
                  const act_yaml_document **ret, size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 4, 5) ACT_MUST_CHECK;

/** Append @v as one YAML document in block style. Failures stick in @out. */
void act_yaml_write(const act_json *v, act_buf *out) ACT_NONNULL(1, 2);

#endif
