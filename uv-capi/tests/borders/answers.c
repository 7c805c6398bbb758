/* What a program is told inside of callbacks: of a connection that an earlier callback has reset, of an error of a read, and of the loop
 * while handles are being closed. */
#include "../programs/program.h"
#include <poll.h>

static uv_loop_t loop;
static uv_tcp_t listener, client, peer;
static uv_connect_t connect_request;
static uv_pipe_t waker, reader;
static uv_timer_t timers[3];
static char memory[10];

static void allocate(uv_handle_t* handle, size_t suggested, uv_buf_t* buffer) {
  (void) handle, (void) suggested;
  *buffer = uv_buf_init(memory, sizeof(memory));
}

static void connected(uv_connect_t* request, int status) {
  say("connected: %s", result(status));
  uv_close(HANDLE(request->handle), NULL);
}

/* Its byte is there before the connection is. */
static void woken(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  struct pollfd reset = {.fd = -1};
  (void) buffer;
  MUST(length == 1);
  MUST(uv_fileno(HANDLE(&client), &reset.fd) == 0);
  uv_tcp_close_reset(&peer, NULL);
  poll(&reset, 1, -1);
  uv_close(HANDLE(stream), NULL);
}

static void connect_and_reset(void) {
  struct sockaddr_in address;
  struct pollfd ready = {.events = POLLOUT};
  int length = sizeof(address), pair[2];
  uv_os_fd_t listening;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_init(&loop, &listener);
  MUST(uv_tcp_bind(&listener, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_fileno(HANDLE(&listener), &listening) == 0 && listen(listening, 1) == 0);
  uv_tcp_getsockname(&listener, (struct sockaddr*) &address, &length);
  uv_pipe_init(&loop, &waker, 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(pair[1], "x", 1) == 1);
  uv_pipe_open(&waker, pair[0]);
  uv_read_start((uv_stream_t*) &waker, allocate, woken);
  uv_tcp_init(&loop, &client);
  MUST(uv_tcp_connect(&connect_request, &client, (struct sockaddr*) &address, connected) == 0);
  uv_tcp_init(&loop, &peer);
  MUST(fcntl(listening, F_SETFL, 0) == 0);
  MUST(uv_tcp_open(&peer, accept(listening, NULL, NULL)) == 0);
  uv_fileno(HANDLE(&client), &ready.fd);
  poll(&ready, 1, -1);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close(HANDLE(&listener), NULL);
  close(pair[1]);
}

static void failed(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer) {
  (void) buffer;
  say("read: %s, active: %d, alive: %d, again: %s", result(length), uv_is_active(HANDLE(stream)), uv_loop_alive(&loop),
      result(uv_read_start(stream, allocate, failed)));
}

static void read_error(void) {
  int pair[2];
  uv_pipe_init(&loop, &reader, 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && write(pair[0], "unread", 6) == 6);
  close(pair[1]);
  uv_pipe_open(&reader, pair[0]);
  uv_read_start((uv_stream_t*) &reader, allocate, failed);
  say("the loop goes on: %d", uv_run(&loop, UV_RUN_DEFAULT));
  say("active: %d, again: %s", uv_is_active(HANDLE(&reader)),
      result(uv_read_start((uv_stream_t*) &reader, allocate, failed)));
  uv_close(HANDLE(&reader), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void closed(uv_handle_t* handle) {
  static uv_timer_t another;
  int alive = uv_loop_alive(&loop);
  if (handle == HANDLE(&timers[0])) {
    uv_timer_init(&loop, &another);
    uv_close(HANDLE(&another), NULL);
  }
  say("closed, alive: %d, then: %d", alive, uv_loop_alive(&loop));
}

int main(void) {
  uv_loop_init(&loop);
  connect_and_reset();
  read_error();
  for (size_t i = 0; i < COUNT(timers); i++) {
    uv_timer_init(&loop, &timers[i]);
    uv_close(HANDLE(&timers[i]), closed);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  say("the loop: %d", uv_loop_close(&loop));
  return 0;
}
