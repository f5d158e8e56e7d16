/* JavaScript values in and out: arguments of a native function, and results that are a number or a negative errno. */
#ifndef POSTERN_VALUES_H
#define POSTERN_VALUES_H

#include <limits.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most parameters that any function of the addon has. */
#define MAX_ARGUMENTS 5

/* The arguments of one call; those that were not given are undefined. */
struct arguments {
  napi_env env;
  void *data;
  napi_value at[MAX_ARGUMENTS];
};

struct arguments arguments_of(napi_env env, napi_callback_info info);

/* An argument as a 32-bit integer; what is not a number reads as -1, which no descriptor, flag or size is. */
int32_t int_argument(const struct arguments *arguments, size_t index);

/* An argument as a double; what is not a number reads as -1. */
double double_argument(const struct arguments *arguments, size_t index);

/* Copies a string, with its NUL, into `text` of `size` bytes. Returns its length, -ENAMETOOLONG when it does not fit,
   -EINVAL when it is no string or holds a NUL of its own, which would silently name something else. */
int text_argument(const struct arguments *arguments, size_t index, char *text, size_t size);

/* A typed array of bytes, lent for the call. */
struct bytes {
  uint8_t *data;
  size_t length;
};

bool bytes_argument(const struct arguments *arguments, size_t index, struct bytes *bytes);

/* Makes an Int32Array of so many zeros the property `name` of an object. Returns its memory, which lives as long as
   `reference`, made here; or NULL when JavaScript is out of memory. */
int32_t *table_property(napi_env env, napi_value object, const char *name, size_t length, napi_ref *reference);

napi_value int_value(napi_env env, int32_t value);

/* `result`, or -errno when it is negative, as system calls tell. */
napi_value system_value(napi_env env, int result);

#endif
