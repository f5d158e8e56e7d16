{
  "targets": [
    {
      "target_name": "postern",
      "sources": [
        "runtime/native/addon.c",
        "runtime/native/ancillary.c",
        "runtime/native/blocking.c",
        "runtime/native/bound.c",
        "runtime/native/connection.c",
        "runtime/native/descriptor.c",
        "runtime/native/environment.c",
        "runtime/native/files.c",
        "runtime/native/inbox.c",
        "runtime/native/inspect.c",
        "runtime/native/listener.c",
        "runtime/native/receive.c",
        "runtime/native/send.c",
        "runtime/native/socket.c",
        "runtime/native/spin.c",
        "runtime/native/values.c",
        "runtime/native/watch.c"
      ],
      "defines": ["NAPI_VERSION=8", "_GNU_SOURCE"],
      "cflags_c": ["-std=c11", "-Wall", "-Wextra", "-O2", "-fvisibility=hidden"]
    }
  ]
}
