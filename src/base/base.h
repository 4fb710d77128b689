/** @file
 *  What nearly every file needs: attributes, errors, strings, arenas, buffers. */
#ifndef ACT_BASE_H
#define ACT_BASE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "base/str.h"

#endif
