/* Pipes: names, connecting, passing handles. */
#include "program.h"

static uv_loop_t loop;
static uv_pipe_t server, client, peer;
static uv_connect_t connect_req;
static uv_write_t write_req;
static char buffer[1024];

static void close_cb(uv_handle_t* handle) {
  say("closed %s", handle == HANDLE(&server) ? "server" : handle == HANDLE(&client) ? "client" : "peer");
}

static void names(const char* what, uv_pipe_t* pipe) {
  char text[128];
  size_t size = sizeof(text);
  memset(text, 'x', sizeof(text));
  int code = uv_pipe_getsockname(pipe, text, &size);
  say("%s sockname %s %d %.*s", what, result(code), (int) size, code == 0 ? (int) size : 0, text);
  size = sizeof(text);
  code = uv_pipe_getpeername(pipe, text, &size);
  say("%s peername %s %d %.*s", what, result(code), (int) size, code == 0 ? (int) size : 0, text);
}

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }

static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("%s read %s %.*s", stream == STREAM(&peer) ? "peer" : "client", result(count), count > 0 ? (int) count : 0, buf->base);
  if (count < 0) uv_close(HANDLE(stream), close_cb);
}

static void write_cb(uv_write_t* request, int status) {
  say("write %s", result(status));
  uv_close(HANDLE(request->handle), close_cb);
}

static void just_write_cb(uv_write_t* request, int status) { say("write %s", result(status)); }

static void connect_cb(uv_connect_t* request, int status) {
  say("connect %s", result(status));
  if (status != 0) return;
  names("client", &client);
  uv_buf_t buf = uv_buf_init("hello", 5);
  CALL(uv_write(&write_req, request->handle, &buf, 1, write_cb));
}

static void connection_cb(uv_stream_t* stream, int status) {
  say("connection %s", result(status));
  uv_pipe_init(&loop, &peer, 0);
  CALL(uv_accept(stream, STREAM(&peer)));
  names("peer", &peer);
  CALL(uv_read_start(STREAM(&peer), alloc_cb, read_cb));
  uv_close(HANDLE(stream), close_cb);
}

static void take_all(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  uv_pipe_t* pipe = (uv_pipe_t*) stream;
  say("read %s %.*s, pending %d, %s", result(count), count > 0 ? (int) count : 0, count > 0 ? buf->base : "",
      uv_pipe_pending_count(pipe), uv_handle_type_name(uv_pipe_pending_type(pipe)) ? uv_handle_type_name(uv_pipe_pending_type(pipe)) : "-");
  while (uv_pipe_pending_count(pipe) > 0) {
    static union uv_any_handle taken[8];
    static int next;
    union uv_any_handle* handle = &taken[next++];
    uv_handle_type type = uv_pipe_pending_type(pipe);
    if (type == UV_TCP) uv_tcp_init(&loop, &handle->tcp);
    if (type == UV_NAMED_PIPE) uv_pipe_init(&loop, &handle->pipe, 0);
    if (type == UV_UDP) uv_udp_init(&loop, &handle->udp);
    say("  %s: %s, left %d", uv_handle_type_name(type), result(uv_accept(stream, &handle->stream)), uv_pipe_pending_count(pipe));
    uv_os_fd_t fd;
    say("  fileno %s", result(uv_fileno(&handle->handle, &fd)));
    uv_close(&handle->handle, NULL);
  }
  if (count < 0) uv_read_stop(stream);
}

int main(void) {
  uv_buf_t buf = uv_buf_init("x", 1);
  char text[128];
  size_t size;
  signal(SIGPIPE, SIG_IGN);
  CALL(uv_loop_init(&loop));

  say("-- names");
  CALL(uv_pipe_init(&loop, &server, 0));
  say("ipc %d", server.ipc);
  names("new", &server);
  CALL(uv_pipe_bind(&server, "no/such/folder/socket"));
  CALL(uv_listen(STREAM(&server), 1, connection_cb));
  CALL(uv_pipe_bind(&server, "socket"));
  CALL(uv_pipe_bind(&server, "other"));
  names("bound", &server);
  size = 3;
  CALL(uv_pipe_getsockname(&server, text, &size));
  say("needs %d", (int) size);
  uv_pipe_init(&loop, &peer, 0);
  CALL(uv_pipe_bind(&peer, "socket"));
  uv_close(HANDLE(&peer), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);

  say("-- mode");
  struct stat st;
  CALL(uv_pipe_chmod(&server, 0));
  CALL(uv_pipe_chmod(&server, UV_READABLE | UV_WRITABLE));
  MUST(stat("socket", &st) == 0);
  say("%o", st.st_mode & 0777 & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH));

  say("-- a connection");
  CALL(uv_listen(STREAM(&server), 16, connection_cb));
  uv_pipe_init(&loop, &client, 0);
  CALL(uv_pipe_chmod(&client, UV_READABLE));
  uv_pipe_connect(&connect_req, &client, "socket", connect_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("the name is gone %d", access("socket", F_OK) != 0);

  say("-- nobody there");
  uv_pipe_init(&loop, &client, 0);
  uv_pipe_connect(&connect_req, &client, "socket", connect_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_close(HANDLE(&client), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  int file = open("plain", O_CREAT | O_RDWR, 0600);
  uv_pipe_init(&loop, &client, 0);
  uv_pipe_connect(&connect_req, &client, "plain", connect_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_close(HANDLE(&client), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- closed while connecting");
  uv_pipe_init(&loop, &server, 0);
  uv_pipe_bind(&server, "socket");
  uv_listen(STREAM(&server), 1, connection_cb);
  uv_pipe_init(&loop, &client, 0);
  uv_pipe_connect(&connect_req, &client, "socket", connect_cb);
  uv_close(HANDLE(&client), close_cb);
  uv_close(HANDLE(&server), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- uv_pipe");
  uv_file fds[2];
  CALL(uv_pipe(fds, UV_NONBLOCK_PIPE, 0));
  say("nonblocking %d %d", (fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0, (fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0);
  uv_pipe_init(&loop, &client, 0);
  uv_pipe_init(&loop, &peer, 0);
  CALL(uv_pipe_open(&client, fds[1]));
  CALL(uv_pipe_open(&peer, fds[0]));
  say("client readable %d, writable %d", uv_is_readable(STREAM(&client)), uv_is_writable(STREAM(&client)));
  say("peer readable %d, writable %d", uv_is_readable(STREAM(&peer)), uv_is_writable(STREAM(&peer)));
  CALL(uv_try_write(STREAM(&peer), &buf, 1));
  CALL(uv_read_start(STREAM(&client), alloc_cb, read_cb));
  CALL(uv_try_write(STREAM(&client), &buf, 1));
  CALL(uv_read_start(STREAM(&peer), alloc_cb, read_cb));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_close(HANDLE(&client), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_pipe_init(&loop, &client, 0);
  CALL(uv_pipe_open(&client, -1));
  uv_close(HANDLE(&client), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- what kinds of descriptors there are");
  int sockets[2], pipe_fds[2];
  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), raw = open("/dev/null", O_RDWR);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0 && pipe(pipe_fds) == 0);
  int all[] = { tcp, udp, raw, file, sockets[0], pipe_fds[0], pipe_fds[1], -1, 9999 };
  for (size_t i = 0; i < COUNT(all); i++) {
    const char* name = uv_handle_type_name(uv_guess_handle(all[i]));
    say("%d: %s", (int) i, name == NULL ? "unknown" : name);
  }

  say("-- handles go through a pipe");
  uv_pipe_init(&loop, &client, 1);
  uv_pipe_init(&loop, &peer, 1);
  CALL(uv_pipe_open(&client, sockets[0]));
  CALL(uv_pipe_open(&peer, sockets[1]));
  CALL(uv_pipe_pending_count(&peer));
  say("pending type %d", uv_pipe_pending_type(&peer));
  uv_tcp_t tcp_handle;
  uv_udp_t udp_handle;
  uv_tcp_init(&loop, &tcp_handle);
  uv_udp_init(&loop, &udp_handle);
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_write_t writes[3];
  CALL(uv_write2(&writes[0], STREAM(&client), &buf, 1, STREAM(&tcp_handle), just_write_cb));
  MUST(uv_tcp_bind(&tcp_handle, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_udp_bind(&udp_handle, (struct sockaddr*) &address, 0) == 0);
  CALL(uv_write2(&writes[0], STREAM(&client), &buf, 1, STREAM(&tcp_handle), just_write_cb));
  CALL(uv_write2(&writes[1], STREAM(&client), &buf, 1, STREAM(&udp_handle), just_write_cb));
  CALL(uv_write(&writes[2], STREAM(&client), &buf, 1, just_write_cb));
  CALL(uv_try_write2(STREAM(&client), &buf, 1, STREAM(&tcp_handle)));
  uv_run(&loop, UV_RUN_NOWAIT);
  CALL(uv_try_write2(STREAM(&client), &buf, 1, STREAM(&tcp_handle)));
  CALL(uv_read_start(STREAM(&peer), alloc_cb, take_all));
  for (int i = 0; i < 4; i++) uv_run(&loop, UV_RUN_NOWAIT);
  uv_pipe_t plain;
  uv_pipe_init(&loop, &plain, 0);
  uv_pipe_open(&plain, pipe_fds[1]);
  CALL(uv_write2(&writes[0], STREAM(&plain), &buf, 1, STREAM(&tcp_handle), just_write_cb));
  uv_close(HANDLE(&tcp_handle), NULL);
  uv_close(HANDLE(&udp_handle), NULL);
  uv_close(HANDLE(&plain), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_close(HANDLE(&client), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_pipe_pending_instances(&peer, 4);
  finish(&loop);
  return 0;
}
