/* Asking for a file's state again and again. */
#include "program.h"

static uv_loop_t loop;
static uv_fs_poll_t poll_;
static uv_timer_t changes;
static int size, told;

static void on_close(uv_handle_t* handle) { say("closed"); }

/* A change goes unseen that comes before the first look: so it goes on. */
static void grow(uv_timer_t* timer) {
  int is_new = access("file", F_OK) != 0;
  int fd = open(is_new ? "new" : "file", O_WRONLY | O_CREAT | O_APPEND, 0600);
  MUST(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
  if (is_new) MUST(rename("new", "file") == 0);
  size++;
}

static void on_change(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {
  told++;
  say("status %s: it was there %d, is there %d, is longer %d, by so much as it can be %d", result(status), before->st_mode != 0,
      now->st_mode != 0, now->st_size > before->st_size, now->st_size <= (uint64_t) size);
  uv_timer_stop(&changes);
  uv_stop(&loop);
}

static void close_in_callback(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {
  say("closing, status %s", result(status));
  uv_close(HANDLE(handle), on_close);
  uv_timer_stop(&changes);
}

static void paths(void) {
  char text[64];
  size_t length = sizeof(text);
  int code = uv_fs_poll_getpath(&poll_, text, &length);
  say("path %s %d %s", result(code), code == 0 ? (int) length : -1, code == 0 ? text : "");
  length = 2;
  code = uv_fs_poll_getpath(&poll_, text, &length);
  say("into two bytes %s %d", result(code), (int) length);
}

int main(void) {
  uv_loop_init(&loop);
  uv_timer_init(&loop, &changes);
  CALL(uv_fs_poll_init(&loop, &poll_));
  say("active %d", uv_is_active(HANDLE(&poll_)));
  paths();
  CALL(uv_fs_poll_stop(&poll_));

  say("-- not there");
  CALL(uv_fs_poll_start(&poll_, on_change, "file", 5));
  CALL(uv_fs_poll_start(&poll_, on_change, "another", 5));
  say("active %d", uv_is_active(HANDLE(&poll_)));
  paths();
  uv_run(&loop, UV_RUN_DEFAULT);
  say("-- there");
  uv_timer_start(&changes, grow, 0, 20);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("-- longer");
  uv_timer_start(&changes, grow, 0, 20);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("-- removed");
  MUST(unlink("file") == 0);
  uv_run(&loop, UV_RUN_DEFAULT);

  say("-- stopped");
  int before = told;
  CALL(uv_fs_poll_stop(&poll_));
  say("active %d", uv_is_active(HANDLE(&poll_)));
  paths();
  uv_timer_start(&changes, grow, 0, 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("told %d", told - before);

  say("-- closed in its callback");
  CALL(uv_fs_poll_start(&poll_, close_in_callback, "file", 5));
  uv_timer_start(&changes, grow, 0, 20);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("-- closed while it asks");
  CALL(uv_fs_poll_init(&loop, &poll_));
  CALL(uv_fs_poll_start(&poll_, on_change, "file", 5));
  uv_close(HANDLE(&poll_), on_close);
  uv_run(&loop, UV_RUN_DEFAULT);
  finish(&loop);
  return 0;
}
