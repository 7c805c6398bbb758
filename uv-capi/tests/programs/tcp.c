/* TCP. */
#include "program.h"
#include <netinet/tcp.h>

static uv_loop_t loop;
static uv_tcp_t server, client, peer, extra;
static uv_connect_t connect_req;
static uv_write_t write_req;
static uv_shutdown_t shutdown_req;
static struct sockaddr_in any_port;
static char buffer[1024];

static const char* family(struct sockaddr_storage* address) {
  switch (address->ss_family) {
    case AF_INET: return "inet";
    case AF_INET6: return "inet6";
    default: return "none";
  }
}

static void names(const char* what, uv_tcp_t* tcp) {
  struct sockaddr_storage address;
  char text[64] = "-";
  int size = sizeof(address);
  memset(&address, 0, sizeof(address));
  int code = uv_tcp_getsockname(tcp, (struct sockaddr*) &address, &size);
  if (code == 0) uv_ip_name((struct sockaddr*) &address, text, sizeof(text));
  say("%s sockname %s %s %s size %d", what, result(code), family(&address), text, code == 0 ? size : 0);
  size = sizeof(address);
  strcpy(text, "-");
  memset(&address, 0, sizeof(address));
  code = uv_tcp_getpeername(tcp, (struct sockaddr*) &address, &size);
  if (code == 0) uv_ip_name((struct sockaddr*) &address, text, sizeof(text));
  say("%s peername %s %s %s size %d", what, result(code), family(&address), text, code == 0 ? size : 0);
}

static struct sockaddr_in address_of(uv_tcp_t* tcp) {
  struct sockaddr_in address;
  int size = sizeof(address);
  MUST(uv_tcp_getsockname(tcp, (struct sockaddr*) &address, &size) == 0);
  return address;
}

static void close_cb(uv_handle_t* handle) {
  say("closed %s", handle == HANDLE(&server) ? "server" : handle == HANDLE(&client) ? "client" : handle == HANDLE(&peer) ? "peer" : "extra");
}

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }

static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  say("%s read %s %.*s", stream == STREAM(&peer) ? "peer" : "client", result(count), count > 0 ? (int) count : 0, buf->base);
  if (count < 0) uv_close(HANDLE(stream), close_cb);
}

static void write_cb(uv_write_t* request, int status) { say("write %s", result(status)); }
static void shutdown_cb(uv_shutdown_t* request, int status) { say("shutdown %s", result(status)); }

static void connect_cb(uv_connect_t* request, int status) {
  say("connect %s, handle %d", result(status), request->handle == STREAM(&client));
  if (status == 0) {
    uv_buf_t buf = uv_buf_init("hello", 5);
    CALL(uv_write(&write_req, request->handle, &buf, 1, write_cb));
    CALL(uv_shutdown(&shutdown_req, request->handle, shutdown_cb));
    CALL(uv_read_start(request->handle, alloc_cb, read_cb));
  }
}

static uv_udp_t datagrams;
static int ends;

static void end_cb(uv_connect_t* request, int status) { ends++; }

static void accept_for_datagrams(uv_stream_t* stream, int status) {
  struct sockaddr_storage address;
  int size = sizeof(address);
  uv_os_fd_t fd;
  uv_udp_init(&loop, &datagrams);
  CALL(uv_accept(stream, (uv_stream_t*) &datagrams));
  CALL(uv_accept(stream, (uv_stream_t*) &datagrams));
  CALL(uv_fileno(HANDLE(&datagrams), &fd));
  CALL(uv_udp_getpeername(&datagrams, (struct sockaddr*) &address, &size));
  ends++;
}

static void only_connect_cb(uv_connect_t* request, int status) { say("connect %s", result(status)); }

static void connection_cb(uv_stream_t* stream, int status) {
  say("connection %s", result(status));
  uv_tcp_init(&loop, &peer);
  CALL(uv_accept(stream, STREAM(&peer)));
  CALL(uv_accept(stream, STREAM(&extra)));
  names("peer", &peer);
  CALL(uv_read_start(STREAM(&peer), alloc_cb, read_cb));
}

static void leave_it(uv_stream_t* stream, int status) { say("connection %s, not accepted", result(status)); }

static void listen_on(uv_connection_cb cb) {
  MUST(uv_tcp_init(&loop, &server) == 0);
  MUST(uv_tcp_bind(&server, (struct sockaddr*) &any_port, 0) == 0);
  MUST(uv_listen(STREAM(&server), 16, cb) == 0);
}

static void close_all(void) {
  uv_handle_t* handles[] = { HANDLE(&server), HANDLE(&client), HANDLE(&peer), HANDLE(&extra) };
  for (size_t i = 0; i < COUNT(handles); i++)
    if (!uv_is_closing(handles[i])) uv_close(handles[i], close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
}

int main(void) {
  struct sockaddr_in address;
  struct sockaddr_in6 address6;
  signal(SIGPIPE, SIG_IGN);
  CALL(uv_loop_init(&loop));
  MUST(uv_ip4_addr("127.0.0.1", 0, &any_port) == 0);

  say("-- init");
  CALL(uv_tcp_init_ex(&loop, &client, 9999));
  CALL(uv_tcp_init_ex(&loop, &client, AF_INET | 0x1000));
  CALL(uv_tcp_init_ex(&loop, &client, AF_INET));
  uv_os_fd_t fd;
  CALL(uv_fileno(HANDLE(&client), &fd));
  uv_close(HANDLE(&client), NULL);
  uv_run(&loop, UV_RUN_NOWAIT);
  CALL(uv_tcp_init(&loop, &server));
  names("new", &server);
  CALL(uv_tcp_nodelay(&server, 1));
  CALL(uv_tcp_keepalive(&server, 1, 60));
  CALL(uv_tcp_simultaneous_accepts(&server, 1));

  say("-- bind and listen");
  memset(&address, 0, sizeof(address));
  address.sin_family = 4711;
  CALL(uv_tcp_bind(&server, (struct sockaddr*) &address, 0));
  CALL(uv_tcp_bind(&server, (struct sockaddr*) &any_port, UV_TCP_IPV6ONLY));
  CALL(uv_tcp_bind(&server, (struct sockaddr*) &any_port, 0));
  CALL(uv_tcp_bind(&server, (struct sockaddr*) &any_port, 0));
  names("bound", &server);
  CALL(uv_listen(STREAM(&server), 16, connection_cb));
  say("active %d", uv_is_active(HANDLE(&server)));
  CALL(uv_accept(STREAM(&server), STREAM(&server)));
  address = address_of(&server);
  uv_tcp_init(&loop, &extra);
  say("-- an address that is taken");
  CALL(uv_tcp_bind(&extra, (struct sockaddr*) &address, 0));
  CALL(uv_listen(STREAM(&extra), 16, connection_cb));
  uv_close(HANDLE(&extra), close_cb);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));
  uv_tcp_init(&loop, &extra);
  say("-- an address that is not ours");
  MUST(uv_ip4_addr("203.0.113.1", 0, &address) == 0);
  CALL(uv_tcp_bind(&extra, (struct sockaddr*) &address, 0));
  CALL(uv_listen(STREAM(&extra), 16, connection_cb));
  uv_close(HANDLE(&extra), close_cb);
  CALL(uv_run(&loop, UV_RUN_NOWAIT));

  say("-- a connection");
  uv_tcp_init(&loop, &extra);
  uv_tcp_init(&loop, &client);
  address = address_of(&server);
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, connect_cb));
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, connect_cb));
  say("readable %d, writable %d", uv_is_readable(STREAM(&client)), uv_is_writable(STREAM(&client)));
  while (!uv_is_closing(HANDLE(&peer))) uv_run(&loop, UV_RUN_ONCE);
  names("client", &client);
  CALL(uv_tcp_nodelay(&client, 1));
  int option = 0;
  socklen_t size = sizeof(option);
  uv_fileno(HANDLE(&client), &fd);
  MUST(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &option, &size) == 0);
  say("TCP_NODELAY %d", option != 0);
  CALL(uv_tcp_keepalive(&client, 1, 61));
  MUST(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &option, &size) == 0);
  say("TCP_KEEPIDLE %d", option);
  MUST(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &option, &size) == 0);
  say("SO_KEEPALIVE %d", option);
  CALL(uv_tcp_keepalive(&client, 0, 0));
  MUST(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &option, &size) == 0);
  say("SO_KEEPALIVE %d", option);
  close_all();

  say("-- refused");
  listen_on(leave_it);
  address = address_of(&server);
  uv_close(HANDLE(&server), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_tcp_init(&loop, &client);
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, only_connect_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_buf_t buf = uv_buf_init("x", 1);
  CALL(uv_try_write(STREAM(&client), &buf, 1));
  CALL(uv_read_start(STREAM(&client), alloc_cb, read_cb));
  uv_close(HANDLE(&client), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- closed while connecting, with a write that waits");
  listen_on(leave_it);
  address = address_of(&server);
  uv_tcp_init(&loop, &client);
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, only_connect_cb));
  CALL(uv_write(&write_req, STREAM(&client), &buf, 1, write_cb));
  say("queue %d", (int) client.write_queue_size);
  uv_close(HANDLE(&client), close_cb);
  uv_close(HANDLE(&server), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- a write before the connection is there");
  listen_on(connection_cb);
  address = address_of(&server);
  uv_tcp_init(&loop, &client);
  uv_tcp_init(&loop, &extra);
  memset(&peer, 0, sizeof(peer));
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, only_connect_cb));
  CALL(uv_write(&write_req, STREAM(&client), &buf, 1, write_cb));
  CALL(uv_shutdown(&shutdown_req, STREAM(&client), shutdown_cb));
  while (!uv_is_closing(HANDLE(&peer))) uv_run(&loop, UV_RUN_ONCE);
  close_all();

  say("-- reset without a connection");
  uv_tcp_init(&loop, &extra);
  CALL(uv_tcp_close_reset(&extra, close_cb));
  if (!uv_is_closing(HANDLE(&extra))) uv_close(HANDLE(&extra), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- other errors of connecting");
  uv_tcp_init(&loop, &client);
  memset(&address, 0, sizeof(address));
  address.sin_family = 4711;
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, only_connect_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_close(HANDLE(&client), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);

  say("-- opened");
  int fds[2];
  CALL(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE));
  uv_tcp_init(&loop, &client);
  CALL(uv_tcp_open(&client, fds[0]));
  say("readable %d, writable %d", uv_is_readable(STREAM(&client)), uv_is_writable(STREAM(&client)));
  CALL(uv_try_write(STREAM(&client), &buf, 1));
  uv_tcp_init(&loop, &extra);
  CALL(uv_tcp_open(&extra, -1));
  uv_close(HANDLE(&client), close_cb);
  uv_close(HANDLE(&extra), close_cb);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  MUST(close(fds[1]) == 0);
  CALL(uv_socketpair(SOCK_STREAM, 0, fds, 0, UV_NONBLOCK_PIPE));
  say("nonblocking %d %d", (fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0, (fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0);
  say("inherited %d", (fcntl(fds[0], F_GETFD) & FD_CLOEXEC) == 0);
  close(fds[0]);
  close(fds[1]);
  CALL(uv_socketpair(99, 0, fds, 0, 0));

  say("-- a connection in a handle of datagrams");
  listen_on(accept_for_datagrams);
  address = address_of(&server);
  uv_tcp_init(&loop, &client);
  CALL(uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, end_cb));
  while (ends < 2) uv_run(&loop, UV_RUN_ONCE);
  uv_close(HANDLE(&datagrams), NULL);
  uv_close(HANDLE(&client), NULL);
  uv_close(HANDLE(&server), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- the longest queue");
  uv_tcp_t longest;
  struct tcp_info info;
  socklen_t length = sizeof(info);
  uv_tcp_init(&loop, &longest);
  uv_ip4_addr("127.0.0.1", 0, &address);
  CALL(uv_tcp_bind(&longest, (struct sockaddr*) &address, 0));
  CALL(uv_listen(STREAM(&longest), -1, NULL));
  MUST(uv_fileno(HANDLE(&longest), &fd) == 0 && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
  say("more than one %d", info.tcpi_sacked > 1);
  uv_close(HANDLE(&longest), NULL);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- addresses");
  char text[64];
  CALL(uv_ip4_addr("1.2.3.4", 5, &address));
  CALL(uv_ip4_name(&address, text, sizeof(text)));
  say("%s", text);
  CALL(uv_ip4_name(&address, text, 3));
  CALL(uv_ip4_addr("1.2.3.256", 5, &address));
  CALL(uv_ip4_addr("::1", 5, &address));
  CALL(uv_ip6_addr("fe80::1%lo", 5, &address6));
  say("scope %d", address6.sin6_scope_id != 0);
  CALL(uv_ip6_name(&address6, text, sizeof(text)));
  say("%s", text);
  CALL(uv_ip6_addr("::ffff:1.2.3.4", 5, &address6));
  CALL(uv_ip6_name(&address6, text, sizeof(text)));
  say("%s", text);
  CALL(uv_ip6_addr("1::2::3", 5, &address6));
  finish(&loop);
  return 0;
}
