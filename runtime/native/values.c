#include "values.h"

#include <errno.h>
#include <string.h>

struct arguments arguments_of(napi_env env, napi_callback_info info) {
  struct arguments arguments = {.env = env};
  size_t count = MAX_ARGUMENTS;
  napi_get_cb_info(env, info, &count, arguments.at, NULL, &arguments.data);
  return arguments;
}

int32_t int_argument(const struct arguments *arguments, size_t index) {
  int32_t value;
  return napi_get_value_int32(arguments->env, arguments->at[index], &value) == napi_ok ? value : -1;
}

double double_argument(const struct arguments *arguments, size_t index) {
  double value;
  return napi_get_value_double(arguments->env, arguments->at[index], &value) == napi_ok ? value : -1;
}

int text_argument(const struct arguments *arguments, size_t index, char *text, size_t size) {
  size_t length;
  if (napi_get_value_string_utf8(arguments->env, arguments->at[index], NULL, 0, &length) != napi_ok) return -EINVAL;
  if (length >= size) return -ENAMETOOLONG;
  napi_get_value_string_utf8(arguments->env, arguments->at[index], text, size, &length);
  if (memchr(text, 0, length) != NULL) return -EINVAL;
  return (int)length;
}

bool bytes_argument(const struct arguments *arguments, size_t index, struct bytes *bytes) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(arguments->env, arguments->at[index], &type, &bytes->length, &data, NULL, NULL) !=
      napi_ok)
    return false;
  bytes->data = data;
  return type == napi_uint8_array;
}

int32_t *table_property(napi_env env, napi_value object, const char *name, size_t length, napi_ref *reference) {
  napi_value buffer, table;
  void *memory;
  if (napi_create_arraybuffer(env, length * sizeof(int32_t), &memory, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_int32_array, length, buffer, 0, &table) != napi_ok ||
      napi_create_reference(env, table, 1, reference) != napi_ok)
    return NULL;
  return napi_set_named_property(env, object, name, table) == napi_ok ? memory : NULL;
}

napi_value int_value(napi_env env, int32_t value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

napi_value system_value(napi_env env, int result) { return int_value(env, result < 0 ? -errno : result); }
