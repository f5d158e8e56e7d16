/* What the addon keeps for one JavaScript environment (the main thread, or one Worker): nothing is global. */
#ifndef POSTERN_ENVIRONMENT_H
#define POSTERN_ENVIRONMENT_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct environment {
  uv_loop_t *loop;
  /* The device that every memfd is on, once it is known. */
  bool memory_device_known;
  dev_t memory_device;
  /* How many connections had something to read in this iteration of the loop, and in the one before. */
  uint64_t iteration;
  unsigned active;
  unsigned active_before;
};

/* Makes the record of `env`. Returns false with an exception pending. */
bool environment_create(napi_env env);

struct environment *environment_of(napi_env env);

/* Notes that a connection is being read, and tells whether it is alone: none other was read in this iteration of the
   loop or the one before. Only then may it keep the loop waiting for more. */
bool environment_alone(struct environment *environment);

/* Whether JavaScript may still run: false once the Worker is being terminated. */
bool environment_alive(napi_env env);

#endif
