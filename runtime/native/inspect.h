/* What a descriptor is and may do. */
#ifndef POSTERN_INSPECT_H
#define POSTERN_INSPECT_H

#include <node_api.h>

/* addon.ts has the same list. */
enum kind {
  KIND_OTHER,
  KIND_FILE,
  KIND_DIR,
  KIND_PIPE,
  KIND_STREAM,
  KIND_SEQPACKET,
  KIND_DGRAM,
  KIND_MEMORY,
  KIND_DEVICE,
};

enum right {
  RIGHT_READ = 1 << 4,
  RIGHT_WRITE = 1 << 5,
};

/* inspect(fd, flags): a kind and the rights in one number, or -errno. `flags` are those that it was opened with; below
   zero, or not given, the kernel is asked for them.
   A socket has rights once it is connected; one that listens or is merely bound has none, a datagram socket needs no
   connection. What was opened with O_PATH has none. */
napi_value inspect(napi_env env, napi_callback_info info);

#endif
