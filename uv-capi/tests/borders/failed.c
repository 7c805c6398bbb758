/* A request that has failed at once is told of before its handle's close callback, after which both may be gone. */
#include "../programs/program.h"

static uv_pipe_t stream, other;
static uv_udp_t udp;
static uv_write_t write_req;
static uv_udp_send_t send_req;
static uv_connect_t connect_req;
static void* closed[3];
static int closes;

/* They are not told of in one order everywhere. */
static int statuses[3];

static void note(int which, int status, void* handle) {
  int i;
  for (i = 0; i < closes; i++)
    if (closed[i] == handle) say("the handle of %d is closed already", which);
  statuses[which] = status;
}

static void write_cb(uv_write_t* req, int status) { note(0, status, req->handle); }

static void send_cb(uv_udp_send_t* req, int status) { note(1, status, req->handle); }

static void connect_cb(uv_connect_t* req, int status) { note(2, status, req->handle); }

static void close_cb(uv_handle_t* handle) { closed[closes++] = handle; }

static void check_cb(uv_check_t* check) {
  uv_buf_t buf = uv_buf_init(NULL, 4);
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 9, &address);
  CALL(uv_write(&write_req, (uv_stream_t*) &stream, &buf, 1, write_cb));
  CALL(uv_udp_send(&send_req, &udp, &buf, 1, (const struct sockaddr*) &address, send_cb));
  uv_pipe_connect(&connect_req, &other, "/no/such/socket", connect_cb);
  uv_close((uv_handle_t*) &stream, close_cb);
  uv_close((uv_handle_t*) &udp, close_cb);
  uv_close((uv_handle_t*) &other, close_cb);
  uv_close((uv_handle_t*) check, NULL);
}

static void idle_cb(uv_idle_t* idle) { uv_close((uv_handle_t*) idle, NULL); }

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_check_t check;
  uv_idle_t idle;
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) return 1;
  CALL(uv_pipe_init(loop, &stream, 0));
  CALL(uv_pipe_open(&stream, fds[0]));
  CALL(uv_pipe_init(loop, &other, 0));
  CALL(uv_udp_init(loop, &udp));
  CALL(uv_check_init(loop, &check));
  CALL(uv_check_start(&check, check_cb));
  CALL(uv_idle_init(loop, &idle));
  CALL(uv_idle_start(&idle, idle_cb));
  CALL(uv_run(loop, UV_RUN_DEFAULT));
  say("write: %s, send: %s, connect: %s", result(statuses[0]), result(statuses[1]), result(statuses[2]));
  say("%d closed", closes);
  return 0;
}
