/** @file
 *  Formats of Kubernetes that have a name ("dns1123Label"), and what is wrong with a text.
 */
#ifndef CEL_NAMED_FORMAT_H
#define CEL_NAMED_FORMAT_H

#include "base/arena.h"

/* One list yields the numbers, the names and the order of lib_format's constants. */
#define CEL_NAMED_FORMATS(X)                                                               \
    X(DNS1123_LABEL, dns1123Label)                                                         \
    X(DNS1123_SUBDOMAIN, dns1123Subdomain)                                                 \
    X(DNS1035_LABEL, dns1035Label)                                                         \
    X(QUALIFIED_NAME, qualifiedName)                                                       \
    X(DNS1123_LABEL_PREFIX, dns1123LabelPrefix)                                            \
    X(DNS1123_SUBDOMAIN_PREFIX, dns1123SubdomainPrefix)                                    \
    X(DNS1035_LABEL_PREFIX, dns1035LabelPrefix)                                            \
    X(LABEL_VALUE, labelValue)                                                             \
    X(URI, uri)                                                                            \
    X(UUID, uuid)                                                                          \
    X(BYTE, byte)                                                                          \
    X(DATE, date)                                                                          \
    X(DATETIME, datetime)

enum cel_named_format {
#define CEL_NAMED_FORMAT_ENUM(name, text) CEL_FORMAT_##name,
    CEL_NAMED_FORMATS(CEL_NAMED_FORMAT_ENUM)
#undef CEL_NAMED_FORMAT_ENUM
        CEL_FORMAT_COUNT,
};

enum {
    CEL_FORMAT_LABEL_MAX = 63,      /**< bytes of a label, label value or name */
    CEL_FORMAT_SUBDOMAIN_MAX = 253, /**< bytes of a subdomain */
    CEL_FORMAT_MESSAGES_MAX = 4,    /**< most messages about one text */
};

/** Name of @format, NUL-terminated and static. */
const char *cel_named_format_name(enum cel_named_format format);
/** The format called @name; false when there is none. */
bool cel_named_format_find(act_str name, enum cel_named_format *ret) ACT_NONNULL(2);

/** What is wrong with @text: static messages into @out of CEL_FORMAT_MESSAGES_MAX, their
 *  number into *retn, 0 when nothing is. @a serves the reading of URIs. ACT_ENOMEM.
 *  Source: k8s.io/apimachinery's validation package and the formats of OpenAPI. */
int cel_named_format_validate(enum cel_named_format format, act_arena *a, act_str text,
                              const char **out, size_t *retn)
    ACT_NONNULL(2, 4, 5) ACT_MUST_CHECK;

#endif
