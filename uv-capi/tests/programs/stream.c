/* Streams, here the ends of socket pairs: reading, writing, shutting down, in which order the callbacks come. */
#include "program.h"

static uv_loop_t loop;
static uv_pipe_t near, far;
static uv_write_t writes[16];
static uv_shutdown_t shutdown_req;
static char buffer[65536];
static int reads, allocs;
static size_t total;

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  if (allocs++ == 0) say("suggested %d", (int) suggested);
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void alloc_small(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, 4); }

static void alloc_none(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  say("no buffer");
  *buf = uv_buf_init(NULL, 0);
}

static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("read %s: %.*s", result(count), count > 0 ? (int) count : 0, count > 0 ? buf->base : "");
}

static void read_once(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  read_cb(stream, count, buf);
  CALL(uv_read_stop(stream));
}

static void read_and_close(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  read_cb(stream, count, buf);
  uv_close(HANDLE(stream), NULL);
}

static void read_all(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count > 0) {
    total += (size_t) count;
    reads++;
  } else {
    say("read %s after %d bytes", result(count), (int) total);
    uv_read_stop(stream);
  }
}

static void write_cb(uv_write_t* request, int status) {
  say("write %d: %s, queue %d", (int) (request - writes), result(status), (int) uv_stream_get_write_queue_size(request->handle));
}

/* How far the writes after it have come is the kernel's matter. */
static void write_big_cb(uv_write_t* request, int status) { say("write %d: %s", (int) (request - writes), result(status)); }

static void shutdown_cb(uv_shutdown_t* request, int status) { say("shutdown: %s", result(status)); }

static void close_cb(uv_handle_t* handle) { say("closed %s", handle == HANDLE(&near) ? "near" : "far"); }

static void open_both(void) {
  int fds[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  MUST(uv_pipe_init(&loop, &near, 0) == 0 && uv_pipe_init(&loop, &far, 0) == 0);
  MUST(uv_pipe_open(&near, fds[0]) == 0 && uv_pipe_open(&far, fds[1]) == 0);
}

static void close_both(void) {
  if (!uv_is_closing(HANDLE(&near))) uv_close(HANDLE(&near), close_cb);
  if (!uv_is_closing(HANDLE(&far))) uv_close(HANDLE(&far), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
}

static int write_text(int index, uv_pipe_t* to, const char* text) {
  uv_buf_t buf = uv_buf_init((char*) text, (unsigned) strlen(text));
  return uv_write(&writes[index], STREAM(to), &buf, 1, write_cb);
}

static void write_and_close(uv_write_t* request, int status) {
  write_cb(request, status);
  uv_close(HANDLE(request->handle), close_cb);
}

static void close_in_shutdown(uv_shutdown_t* request, int status) {
  shutdown_cb(request, status);
  uv_close(HANDLE(request->handle), close_cb);
}

/* Writes again, and shuts down behind that. */
static void write_and_shutdown(uv_write_t* request, int status) {
  write_cb(request, status);
  CALL(write_text(5, &far, "again"));
  CALL(uv_shutdown(&shutdown_req, STREAM(&far), close_in_shutdown));
}

static void check_cb(uv_check_t* check) { say("check"); }

int main(void) {
  uv_buf_t bufs[8];
  signal(SIGPIPE, SIG_IGN);
  CALL(uv_loop_init(&loop));
  uv_buf_t buf = uv_buf_init(buffer, 12);
  say("buf %d %u", buf.base == buffer, (unsigned) buf.len);

  say("-- not open");
  uv_pipe_init(&loop, &near, 0);
  say("readable %d, writable %d", uv_is_readable(STREAM(&near)), uv_is_writable(STREAM(&near)));
  CALL(uv_read_start(STREAM(&near), alloc_cb, read_cb));
  CALL(uv_read_stop(STREAM(&near)));
  CALL(uv_read_start(STREAM(&near), NULL, read_cb));
  CALL(uv_read_start(STREAM(&near), alloc_cb, NULL));
  CALL(write_text(0, &near, "x"));
  CALL(uv_try_write(STREAM(&near), &buf, 1));
  CALL(uv_shutdown(&shutdown_req, STREAM(&near), shutdown_cb));
  uv_close(HANDLE(&near), close_cb);
  CALL(uv_read_start(STREAM(&near), alloc_cb, read_cb));
  CALL(uv_shutdown(&shutdown_req, STREAM(&near), shutdown_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- to and fro");
  open_both();
  say("readable %d, writable %d, active %d", uv_is_readable(STREAM(&near)), uv_is_writable(STREAM(&near)), uv_is_active(HANDLE(&near)));
  CALL(uv_read_start(STREAM(&near), alloc_cb, read_cb));
  CALL(uv_read_start(STREAM(&near), alloc_cb, read_cb));
  say("active %d", uv_is_active(HANDLE(&near)));
  CALL(write_text(0, &far, "hello"));
  say("queue %d", (int) uv_stream_get_write_queue_size(STREAM(&far)));
  CALL(write_text(1, &far, " world"));
  for (int i = 0; i < 8; i++) bufs[i] = uv_buf_init((char*) "abcdefgh" + i, 1);
  CALL(uv_write(&writes[2], STREAM(&far), bufs, 8, write_cb));
  CALL(uv_write(&writes[3], STREAM(&far), bufs, 2, NULL));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_try_write(STREAM(&far), bufs, 3));
  CALL(uv_run(&loop, UV_RUN_ONCE));

  say("-- an empty buffer");
  CALL(write_text(0, &far, ""));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- small buffers, none, and stopping");
  CALL(uv_read_stop(STREAM(&near)));
  CALL(uv_read_stop(STREAM(&near)));
  CALL(uv_read_start(STREAM(&near), alloc_small, read_cb));
  uv_try_write(STREAM(&far), bufs, 8);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_read_stop(STREAM(&near)));
  CALL(uv_read_start(STREAM(&near), alloc_small, read_once));
  uv_try_write(STREAM(&far), bufs, 8);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("active %d", uv_is_active(HANDLE(&near)));
  CALL(uv_read_start(STREAM(&near), alloc_none, read_once));
  CALL(uv_run(&loop, UV_RUN_ONCE));

  say("-- shutdown after writes");
  CALL(uv_read_start(STREAM(&near), alloc_cb, read_cb));
  CALL(write_text(0, &far, "last words"));
  CALL(uv_shutdown(&shutdown_req, STREAM(&far), shutdown_cb));
  say("writable %d", uv_is_writable(STREAM(&far)));
  CALL(write_text(1, &far, "too late"));
  uv_shutdown_t second;
  CALL(uv_shutdown(&second, STREAM(&far), shutdown_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("readable %d, writable %d, active %d", uv_is_readable(STREAM(&near)), uv_is_writable(STREAM(&far)), uv_is_active(HANDLE(&near)));
  CALL(uv_try_write(STREAM(&far), bufs, 1));
  say("-- the other way is open");
  CALL(uv_read_start(STREAM(&far), alloc_cb, read_once));
  CALL(write_text(0, &near, "and back"));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  close_both();

  say("-- more than the kernel takes");
  static char big[1 << 20];
  open_both();
  total = 0;
  for (int i = 0; i < 4; i++) {
    uv_buf_t all = uv_buf_init(big, sizeof(big));
    CALL(uv_write(&writes[i], STREAM(&far), &all, 1, write_big_cb));
  }
  say("queued %d", uv_stream_get_write_queue_size(STREAM(&far)) > 0);
  CALL(uv_try_write(STREAM(&far), bufs, 1));
  CALL(uv_shutdown(&shutdown_req, STREAM(&far), shutdown_cb));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  uv_read_start(STREAM(&near), alloc_cb, read_all);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("read %d in more than one %d", (int) total, reads > 4);
  close_both();

  say("-- closed with writes that wait");
  open_both();
  for (int i = 0; i < 3; i++) {
    uv_buf_t all = uv_buf_init(big, sizeof(big));
    MUST(uv_write(&writes[i], STREAM(&far), &all, 1, write_big_cb) == 0);
  }
  CALL(uv_shutdown(&shutdown_req, STREAM(&far), shutdown_cb));
  uv_close(HANDLE(&far), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  close_both();

  say("-- the other end is gone");
  open_both();
  uv_close(HANDLE(&near), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_try_write(STREAM(&far), bufs, 1));
  CALL(write_text(0, &far, "nobody"));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_read_start(STREAM(&far), alloc_cb, read_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  close_both();

  say("-- closed in the callback");
  open_both();
  uv_read_start(STREAM(&near), alloc_small, read_and_close);
  uv_try_write(STREAM(&far), bufs, 8);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  close_both();

  uv_check_t check;
  MUST(uv_check_init(&loop, &check) == 0 && uv_check_start(&check, check_cb) == 0);
  uv_unref(HANDLE(&check));
  for (int closing = 0; closing < 3; closing++) {
    say("-- closed in the callback of write %d, with a shutdown that waits", closing);
    open_both();
    buf = uv_buf_init((char*) "abc", 3);
    for (int i = 0; i < 3; i++)
      MUST(uv_write(&writes[i], STREAM(&far), &buf, 1, i == closing ? write_and_close : write_cb) == 0);
    CALL(uv_shutdown(&shutdown_req, STREAM(&far), shutdown_cb));
    CALL(uv_run(&loop, UV_RUN_NOWAIT));
    close_both();
  }

  say("-- closed in the callback of a write, with another that waits and a shutdown");
  open_both();
  MUST(uv_write(&writes[0], STREAM(&far), &buf, 1, write_and_close) == 0);
  buf = uv_buf_init(big, sizeof(big));
  MUST(uv_write(&writes[1], STREAM(&far), &buf, 1, write_big_cb) == 0);
  CALL(uv_shutdown(&shutdown_req, STREAM(&far), shutdown_cb));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  close_both();

  say("-- a write and a shutdown in the callback of a write");
  open_both();
  buf = uv_buf_init((char*) "abc", 3);
  MUST(uv_write(&writes[0], STREAM(&far), &buf, 1, write_and_shutdown) == 0);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  close_both();

  say("-- a write is refused with the request of one that waits");
  open_both();
  uv_shutdown_t last;
  buf = uv_buf_init(big, sizeof(big));
  CALL(uv_write(&writes[0], STREAM(&far), &buf, 1, write_cb));
  CALL(uv_shutdown(&last, STREAM(&far), shutdown_cb));
  CALL(uv_write(&writes[0], STREAM(&far), &buf, 1, write_cb));
  uv_os_fd_t other;
  uv_fileno(HANDLE(&near), &other);
  for (int i = 0; i < 200; i++) {
    uv_run(&loop, UV_RUN_NOWAIT);
    while (read(other, big, sizeof(big)) > 0) continue;
  }
  close_both();

  say("-- blocking");
  open_both();
  CALL(uv_stream_set_blocking(STREAM(&near), 1));
  uv_os_fd_t fd;
  uv_fileno(HANDLE(&near), &fd);
  say("nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CALL(uv_stream_set_blocking(STREAM(&near), 0));
  say("nonblocking %d", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  close_both();
  finish(&loop);
  return 0;
}
