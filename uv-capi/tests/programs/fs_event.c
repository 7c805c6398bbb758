/* Watching files: what is told of which change, one after another. */
#include "program.h"

static uv_loop_t loop;
static uv_fs_event_t watch, second;
static int events, wanted;

static void on_event(uv_fs_event_t* handle, const char* name, int kind, int status) {
  say("%s: %s%s%s, status %s", handle == &watch ? "first" : "second", name == NULL ? "(null)" : name,
      kind & UV_RENAME ? " rename" : "", kind & UV_CHANGE ? " change" : "", result(status));
  if (++events == wanted) uv_stop(&loop);
}

static void on_close(uv_handle_t* handle) { say("closed"); }

/* Runs until so many events have come. */
static void expect(const char* what, int count) {
  say("-- %s", what);
  events = 0;
  wanted = count;
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void paths(uv_fs_event_t* handle) {
  char text[64];
  size_t size = sizeof(text);
  int code = uv_fs_event_getpath(handle, text, &size);
  say("path %s %d %s", result(code), code == 0 ? (int) size : -1, code == 0 ? text : "");
  size = 2;
  code = uv_fs_event_getpath(handle, text, &size);
  say("into two bytes %s %d", result(code), (int) size);
}

static void close_in_callback(uv_fs_event_t* handle, const char* name, int kind, int status) {
  say("closing at %s", name);
  uv_close(HANDLE(handle), on_close);
}

static void stop_in_callback(uv_fs_event_t* handle, const char* name, int kind, int status) {
  say("stopping at %s", name);
  CALL(uv_fs_event_stop(handle));
}

int main(void) {
  uv_loop_init(&loop);
  MUST(mkdir("dir", 0700) == 0);
  CALL(uv_fs_event_init(&loop, &watch));
  say("active %d", uv_is_active(HANDLE(&watch)));
  CALL(uv_fs_event_stop(&watch));
  CALL(uv_fs_event_start(&watch, on_event, "no-such-file", 0));
  say("active %d", uv_is_active(HANDLE(&watch)));
  CALL(uv_fs_event_start(&watch, on_event, "dir", 0));
  CALL(uv_fs_event_start(&watch, on_event, "dir", 0));
  say("active %d", uv_is_active(HANDLE(&watch)));
  paths(&watch);

  MUST(mkdir("dir/new", 0700) == 0);
  expect("a new directory", 1);
  MUST(chmod("dir/new", 0500) == 0);
  expect("its mode", 1);
  MUST(rename("dir/new", "dir/newer") == 0);
  expect("its name", 2);
  int fd = open("dir/file", O_WRONLY | O_CREAT | O_EXCL, 0600);
  expect("a file", 1);
  MUST(write(fd, "text", 4) == 4);
  expect("its content", 1);
  uv_fs_event_init(&loop, &second);
  CALL(uv_fs_event_start(&second, on_event, "dir/file", 0));
  MUST(write(fd, "text", 4) == 4);
  expect("seen by both", 2);
  CALL(uv_fs_event_stop(&watch));
  say("active %d", uv_is_active(HANDLE(&watch)));
  MUST(write(fd, "text", 4) == 4);
  expect("seen by one", 1);
  MUST(close(fd) == 0 && unlink("dir/file") == 0);
  expect("removed", 2);
  CALL(uv_fs_event_stop(&second));

  say("-- two of one directory");
  CALL(uv_fs_event_start(&watch, on_event, "dir", 0));
  CALL(uv_fs_event_start(&second, stop_in_callback, "dir", 0));
  MUST(rmdir("dir/newer") == 0);
  expect("removed", 1);
  uv_run(&loop, UV_RUN_NOWAIT);
  say("second active %d", uv_is_active(HANDLE(&second)));
  CALL(uv_fs_event_stop(&watch));
  CALL(uv_fs_event_start(&second, close_in_callback, "dir", 0));
  MUST(mkdir("dir/last", 0700) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("-- closed while it waits");
  CALL(uv_fs_event_start(&watch, on_event, "dir", UV_FS_EVENT_RECURSIVE));
  MUST(rmdir("dir/last") == 0);
  uv_close(HANDLE(&watch), on_close);
  uv_run(&loop, UV_RUN_DEFAULT);
  finish(&loop);
  return 0;
}
