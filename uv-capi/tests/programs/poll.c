/* Poll handles: readable, writable, disconnected, changed in the callback. */
#include "program.h"

static uv_loop_t loop;
static uv_poll_t poll, second;
static int calls;

static const char* events(int events) {
  static char text[64];
  snprintf(text, sizeof(text), "%s%s%s%s", events & UV_READABLE ? "r" : "", events & UV_WRITABLE ? "w" : "",
           events & UV_DISCONNECT ? "d" : "", events & UV_PRIORITIZED ? "p" : "");
  return text;
}

static void on_poll(uv_poll_t* handle, int status, int found) {
  say("poll %s %s", result(status), events(found));
}

static void reads(uv_poll_t* handle, int status, int found) {
  char buffer[64];
  uv_os_fd_t fd;
  uv_fileno(HANDLE(handle), &fd);
  ssize_t count = read(fd, buffer, sizeof(buffer));
  say("poll %s %s read %d", result(status), events(found), (int) count);
  if (count == 0) uv_poll_stop(handle);
}

static void changes(uv_poll_t* handle, int status, int found) {
  say("poll %d %s", ++calls, events(found));
  if (calls == 1) uv_poll_start(handle, UV_READABLE, changes);
  if (calls == 2) uv_poll_start(handle, UV_READABLE | UV_WRITABLE, changes);
  if (calls == 3) uv_poll_start(handle, 0, changes);
}

static void closes(uv_poll_t* handle, int status, int found) {
  say("close it %s", events(found));
  uv_close(HANDLE(handle), NULL);
}

static void stops_other(uv_poll_t* handle, int status, int found) {
  say("stop the other %s", events(found));
  if (!uv_is_closing(HANDLE(&poll))) uv_poll_stop(handle == &poll ? &second : &poll);
  uv_poll_stop(handle);
}

int main(void) {
  int fds[2], pipes[2];
  CALL(uv_loop_init(&loop));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  MUST(pipe(pipes) == 0);

  say("-- what can be polled");
  CALL(uv_poll_init(&loop, &poll, -1));
  int file = open("file", O_RDWR | O_CREAT, 0600);
  CALL(uv_poll_init(&loop, &poll, file));
  CALL(uv_poll_init_socket(&loop, &poll, fds[0]));
  say("nonblocking %d", (fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0);
  uv_os_fd_t fd;
  CALL(uv_fileno(HANDLE(&poll), &fd));
  say("the same descriptor %d", fd == fds[0]);

  say("-- readable and writable");
  CALL(uv_poll_start(&poll, UV_READABLE | UV_WRITABLE, on_poll));
  say("active %d", uv_is_active(HANDLE(&poll)));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  MUST(write(fds[1], "abc", 3) == 3);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_poll_start(&poll, UV_READABLE, on_poll));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_poll_start(&poll, UV_READABLE, reads));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_poll_stop(&poll));
  CALL(uv_poll_stop(&poll));
  say("active %d", uv_is_active(HANDLE(&poll)));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- changed in its callback");
  MUST(write(fds[1], "abc", 3) == 3);
  CALL(uv_poll_start(&poll, UV_WRITABLE, changes));
  while (calls < 3) uv_run(&loop, UV_RUN_ONCE);
  say("active %d", uv_is_active(HANDLE(&poll)));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- the other end goes");
  CALL(uv_poll_start(&poll, UV_READABLE | UV_DISCONNECT, reads));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  MUST(close(fds[1]) == 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_poll_start(&poll, UV_DISCONNECT, on_poll));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  CALL(uv_poll_start(&poll, UV_WRITABLE, on_poll));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_close(HANDLE(&poll), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  MUST(close(fds[0]) == 0);

  say("-- a pipe's ends");
  CALL(uv_poll_init(&loop, &poll, pipes[0]));
  CALL(uv_poll_init(&loop, &second, pipes[1]));
  CALL(uv_poll_start(&poll, UV_READABLE, on_poll));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  CALL(uv_poll_start(&second, UV_WRITABLE, closes));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  MUST(close(pipes[1]) == 0);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_close(HANDLE(&poll), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  MUST(close(pipes[0]) == 0);

  say("-- one stops the other");
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  CALL(uv_poll_init(&loop, &poll, fds[0]));
  CALL(uv_poll_init(&loop, &second, fds[1]));
  CALL(uv_poll_start(&poll, UV_WRITABLE, stops_other));
  CALL(uv_poll_start(&second, UV_WRITABLE, stops_other));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- another handle for a descriptor that is polled");
  uv_poll_t third;
  CALL(uv_poll_start(&poll, UV_READABLE, on_poll));
  CALL(uv_poll_init(&loop, &third, fds[0]));
  uv_poll_stop(&poll);

  say("-- urgent data");
  int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address;
  socklen_t size = sizeof(address);
  uv_ip4_addr("127.0.0.1", 0, &address);
  MUST(bind(server, (struct sockaddr*) &address, size) == 0 && listen(server, 1) == 0);
  MUST(getsockname(server, (struct sockaddr*) &address, &size) == 0);
  MUST(connect(client, (struct sockaddr*) &address, size) == 0);
  int peer = accept(server, NULL, NULL);
  uv_poll_t urgent;
  CALL(uv_poll_init(&loop, &urgent, peer));
  CALL(uv_poll_start(&urgent, UV_PRIORITIZED, on_poll));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  MUST(send(client, "!", 1, MSG_OOB) == 1);
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_poll_stop(&urgent);

  say("-- closing while started");
  CALL(uv_poll_start(&poll, UV_WRITABLE, on_poll));
  uv_close(HANDLE(&poll), NULL);
  say("active %d", uv_is_active(HANDLE(&poll)));
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  say("still open %d", fcntl(fds[0], F_GETFD) >= 0);
  finish(&loop);
  return 0;
}
