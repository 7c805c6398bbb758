/* UDP. */
#include "program.h"

static uv_loop_t loop;
static uv_udp_t receiver, sender;
static uv_udp_send_t sends[8];
static struct sockaddr_in any_port, to;
static char buffer[65536];
static size_t room = sizeof(buffer);

static void names(const char* what, uv_udp_t* udp) {
  struct sockaddr_storage address;
  char text[64] = "-";
  int size = sizeof(address);
  int code = uv_udp_getsockname(udp, (struct sockaddr*) &address, &size);
  if (code == 0) uv_ip_name((struct sockaddr*) &address, text, sizeof(text));
  say("%s sockname %s %s", what, result(code), text);
  size = sizeof(address);
  strcpy(text, "-");
  code = uv_udp_getpeername(udp, (struct sockaddr*) &address, &size);
  if (code == 0) uv_ip_name((struct sockaddr*) &address, text, sizeof(text));
  say("%s peername %s %s", what, result(code), text);
}

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  say("suggested %d", (int) suggested);
  *buf = uv_buf_init(room > 0 ? buffer : NULL, (unsigned) room);
}

static void recv_cb(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  say("received %s %.*s, from %d, flags %u", result(count), count > 0 ? (int) (count > 20 ? 20 : count) : 0, count > 0 ? buf->base : "",
      from != NULL, flags);
}

/* How often there was nothing is not the same in all versions. */
static void recv_errors(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (count != 0) say("received %s", result(count));
}

static void quiet_alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }

static void recv_once(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  recv_cb(handle, count, buf, from, flags);
  if (count > 0) CALL(uv_udp_recv_stop(handle));
}

static void send_cb(uv_udp_send_t* request, int status) {
  say("sent %d %s, queue %d %d", (int) (request - sends), result(status), (int) uv_udp_get_send_queue_size(request->handle),
      (int) uv_udp_get_send_queue_count(request->handle));
}

static void close_cb(uv_handle_t* handle) { say("closed %s", handle == HANDLE(&receiver) ? "receiver" : "sender"); }

static int send_text(int index, const char* text, struct sockaddr* address) {
  uv_buf_t buf = uv_buf_init((char*) text, (unsigned) strlen(text));
  return uv_udp_send(&sends[index], &sender, &buf, 1, address, send_cb);
}

static int try_text(const char* text, struct sockaddr* address) {
  uv_buf_t buf = uv_buf_init((char*) text, (unsigned) strlen(text));
  return uv_udp_try_send(&sender, &buf, 1, address);
}

static void turns(int count) {
  for (int i = 0; i < count; i++) uv_run(&loop, UV_RUN_NOWAIT);
}

/* Every datagram has an address. */
static void recv_from(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  const struct sockaddr_un* un = (const struct sockaddr_un*) from;
  if (count == 0 && from == NULL) return;
  say("%s, family %d %s", result(count), from->sa_family, from->sa_family == AF_UNIX ? un->sun_path : "-");
}

static void look_at_loop(uv_check_t* check) {
  say("alive %d, active %u", uv_loop_alive(check->loop), check->loop->active_handles);
}

int main(void) {
  struct sockaddr_in address;
  struct sockaddr* destination = (struct sockaddr*) &to;
  CALL(uv_loop_init(&loop));
  MUST(uv_ip4_addr("127.0.0.1", 0, &any_port) == 0);

  say("-- init and bind");
  CALL(uv_udp_init_ex(&loop, &receiver, 9999));
  CALL(uv_udp_init_ex(&loop, &receiver, AF_INET));
  names("new", &receiver);
  uv_close(HANDLE(&receiver), NULL);
  turns(1);
  CALL(uv_udp_init(&loop, &receiver));
  names("new", &receiver);
  CALL(uv_udp_set_broadcast(&receiver, 1));
  CALL(uv_udp_set_ttl(&receiver, 32));
  memset(&address, 0, sizeof(address));
  address.sin_family = 4711;
  CALL(uv_udp_bind(&receiver, (struct sockaddr*) &address, 0));
  CALL(uv_udp_bind(&receiver, (struct sockaddr*) &any_port, 0x800));
  CALL(uv_udp_bind(&receiver, (struct sockaddr*) &any_port, UV_UDP_IPV6ONLY));
  CALL(uv_udp_bind(&receiver, (struct sockaddr*) &any_port, 0));
  CALL(uv_udp_bind(&receiver, (struct sockaddr*) &any_port, 0));
  names("bound", &receiver);
  int size = sizeof(to);
  MUST(uv_udp_getsockname(&receiver, destination, &size) == 0);
  uv_udp_init(&loop, &sender);
  CALL(uv_udp_bind(&sender, destination, 0));
  uv_close(HANDLE(&sender), NULL);
  turns(1);

  say("-- options");
  CALL(uv_udp_set_broadcast(&receiver, 1));
  CALL(uv_udp_set_ttl(&receiver, 32));
  CALL(uv_udp_set_ttl(&receiver, 0));
  CALL(uv_udp_set_ttl(&receiver, 256));
  CALL(uv_udp_set_multicast_ttl(&receiver, 32));
  CALL(uv_udp_set_multicast_ttl(&receiver, 256));
  CALL(uv_udp_set_multicast_loop(&receiver, 1));
  CALL(uv_udp_set_multicast_interface(&receiver, NULL));
  CALL(uv_udp_set_multicast_interface(&receiver, "127.0.0.1"));
  CALL(uv_udp_set_multicast_interface(&receiver, "no address"));
  CALL(uv_udp_set_membership(&receiver, "239.255.0.1", "127.0.0.1", UV_JOIN_GROUP));
  CALL(uv_udp_set_membership(&receiver, "239.255.0.1", "127.0.0.1", UV_LEAVE_GROUP));
  CALL(uv_udp_set_membership(&receiver, "239.255.0.1", "127.0.0.1", UV_LEAVE_GROUP));
  CALL(uv_udp_set_membership(&receiver, "no address", NULL, UV_JOIN_GROUP));
  CALL(uv_udp_set_membership(&receiver, "239.255.0.1", "127.0.0.1", (uv_membership) 9));
  say("mmsg %d", uv_udp_using_recvmmsg(&receiver));

  say("-- receiving");
  CALL(uv_udp_recv_start(&receiver, NULL, recv_cb));
  CALL(uv_udp_recv_start(&receiver, alloc_cb, NULL));
  CALL(uv_udp_recv_stop(&receiver));
  CALL(uv_udp_recv_start(&receiver, alloc_cb, recv_cb));
  CALL(uv_udp_recv_start(&receiver, alloc_cb, recv_cb));
  say("active %d", uv_is_active(HANDLE(&receiver)));
  uv_udp_init(&loop, &sender);
  CALL(send_text(0, "one", NULL));
  CALL(send_text(0, "one", destination));
  say("queue %d %d, active %d", (int) sender.send_queue_size, (int) sender.send_queue_count, uv_is_active(HANDLE(&sender)));
  CALL(send_text(1, "", destination));
  CALL(send_text(2, "three", destination));
  turns(3);
  names("sender after sending", &sender);

  say("-- several buffers, and no callback");
  uv_buf_t bufs[3] = { uv_buf_init("ab", 2), uv_buf_init("cd", 2), uv_buf_init("ef", 2) };
  CALL(uv_udp_send(&sends[0], &sender, bufs, 3, destination, send_cb));
  CALL(uv_udp_send(&sends[1], &sender, bufs, 2, destination, NULL));
  turns(3);
  CALL(try_text("tried", destination));
  turns(2);

  say("-- little room, and none");
  room = 3;
  try_text("too long for it", destination);
  turns(2);
  room = 0;
  try_text("no room", destination);
  turns(1);
  room = sizeof(buffer);
  turns(2);

  say("-- too large");
  uv_buf_t large = uv_buf_init(buffer, 65536);
  CALL(uv_udp_send(&sends[0], &sender, &large, 1, destination, send_cb));
  CALL(uv_udp_try_send(&sender, &large, 1, destination));
  turns(2);

  say("-- stop in the callback");
  CALL(uv_udp_recv_stop(&receiver));
  CALL(uv_udp_recv_start(&receiver, alloc_cb, recv_once));
  try_text("first", destination);
  try_text("second", destination);
  turns(3);
  CALL(uv_udp_recv_start(&receiver, alloc_cb, recv_once));
  turns(3);

  say("-- connected");
  CALL(uv_udp_connect(&sender, destination));
  CALL(uv_udp_connect(&sender, destination));
  char name[64];
  struct sockaddr_in peer;
  size = sizeof(peer);
  CALL(uv_udp_getpeername(&sender, (struct sockaddr*) &peer, &size));
  uv_ip4_name(&peer, name, sizeof(name));
  say("%s, the same port %d", name, peer.sin_port == to.sin_port);
  CALL(uv_udp_recv_start(&receiver, alloc_cb, recv_cb));
  CALL(send_text(0, "with an address", destination));
  CALL(try_text("with an address", destination));
  CALL(send_text(0, "without", NULL));
  CALL(try_text("without", NULL));
  turns(3);
  CALL(uv_udp_connect(&sender, NULL));
  CALL(uv_udp_connect(&sender, NULL));
  CALL(try_text("nowhere", NULL));
  CALL(try_text("with an address", destination));
  turns(2);

  say("-- nobody is there");
  CALL(uv_udp_connect(&sender, destination));
  uv_close(HANDLE(&receiver), close_cb);
  turns(2);
  CALL(uv_udp_recv_start(&sender, quiet_alloc_cb, recv_errors));
  CALL(send_text(0, "nobody", NULL));
  turns(3);
  CALL(try_text("nobody", NULL));
  turns(2);

  say("-- closed with datagrams that wait");
  CALL(uv_udp_recv_stop(&sender));
  CALL(uv_udp_connect(&sender, NULL));
  CALL(send_text(0, "zero", destination));
  CALL(send_text(1, "one", destination));
  uv_close(HANDLE(&sender), close_cb);
  say("closing %d, queue %d", uv_is_closing(HANDLE(&sender)), (int) uv_udp_get_send_queue_count(&sender));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- opened");
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  uv_udp_init(&loop, &sender);
  uv_udp_init(&loop, &receiver);
  CALL(uv_udp_open(&sender, fd));
  CALL(uv_udp_open(&receiver, -1));
  uv_os_fd_t found;
  CALL(uv_fileno(HANDLE(&sender), &found));
  say("the same %d", found == fd);

  say("-- seen by others after the last callback");
  uv_check_t check;
  uv_check_init(&loop, &check);
  uv_check_start(&check, look_at_loop);
  uv_unref(HANDLE(&check));
  CALL(send_text(0, "last", destination));
  CALL(uv_run(&loop, UV_RUN_ONCE));
  uv_close(HANDLE(&check), NULL);

  say("-- Unix sockets");
  struct sockaddr_un there = {.sun_family = AF_UNIX, .sun_path = "receiver"}, here = {.sun_family = AF_UNIX, .sun_path = "sender"};
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  MUST(bind(fd, (struct sockaddr*) &there, sizeof(there)) == 0);
  CALL(uv_udp_open(&receiver, fd));
  CALL(uv_udp_recv_start(&receiver, quiet_alloc_cb, recv_from));
  fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  MUST(sendto(fd, "without a name", 14, 0, (struct sockaddr*) &there, sizeof(there)) == 14);
  MUST(bind(fd, (struct sockaddr*) &here, sizeof(here)) == 0);
  MUST(sendto(fd, "with a name", 11, 0, (struct sockaddr*) &there, sizeof(there)) == 11);
  turns(2);
  close(fd);
  finish(&loop);
  return 0;
}
