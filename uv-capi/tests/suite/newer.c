/* What libuv has since 1.45, beside its own tests of it. It prints the same on every libuv. */
#include "../programs/program.h"
#include <sched.h>

static uv_loop_t loop;

static void users(void) {
  uv_passwd_t user;
  uv_group_t group;
  say("-- users");
  CALL(uv_os_get_passwd2(&user, 0));
  say("%s %d %s", user.username, (int) user.uid, user.homedir);
  uv_os_free_passwd(&user);
  CALL(uv_os_get_passwd2(&user, 0x7ffffff0));
  CALL(uv_os_get_passwd2(NULL, 0));
  CALL(uv_os_get_group(&group, 0));
  say("%s %d", group.groupname, (int) group.gid);
  for (char** member = group.members; *member != NULL; member++) say("member %s", *member);
  uv_os_free_group(&group);
  CALL(uv_os_get_group(&group, 0x7ffffff0));
  CALL(uv_os_get_group(NULL, 0));
}

static void clocks(void) {
  uv_timespec64_t time;
  uv_rusage_t usage;
  say("-- clocks and usage");
  CALL(uv_clock_gettime(UV_CLOCK_MONOTONIC, &time));
  say("%d", (uint64_t) time.tv_sec * 1000000000 + time.tv_nsec <= uv_hrtime());
  CALL(uv_clock_gettime(UV_CLOCK_REALTIME, &time));
  say("%d", time.tv_sec > 1600000000);
  CALL(uv_clock_gettime(UV_CLOCK_REALTIME, NULL));
  CALL(uv_clock_gettime((uv_clock_id) 9, &time));
  CALL(uv_getrusage_thread(&usage));
  say("%d", usage.ru_maxrss > 0);
  say("%d", uv_get_available_memory() > 0 && uv_get_available_memory() <= uv_get_total_memory());
  say("%d", uv_available_parallelism() > 0);
}

static void on_async(uv_async_t* handle) { uv_close(HANDLE(handle), NULL); }

static void metrics(void) {
  uv_metrics_t before, after;
  say("-- metrics");
  CALL(uv_metrics_info(&loop, &before));
  uv_async_t async;
  MUST(uv_async_init(&loop, &async, on_async) == 0 && uv_async_send(&async) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  CALL(uv_metrics_info(&loop, &after));
  say("turns %d events %d", after.loop_count > before.loop_count, after.events > before.events);
  CALL(uv_loop_configure(&loop, UV_LOOP_USE_IO_URING_SQPOLL));
}

static uv_barrier_t barrier;

static void threaded(void* argument) {
  char name[32];
  CALL(uv_thread_setname("a thread"));
  uv_thread_t self = uv_thread_self();
  CALL(uv_thread_getname(&self, name, sizeof(name)));
  say("%s", name);
  CALL(uv_thread_getname(&self, name, 4));
  say("%s", name);
  CALL(uv_thread_getname(&self, name, 0));
  CALL(uv_thread_setname(NULL));
  CALL(uv_thread_setname("a name that is longer than the system takes"));
  CALL(uv_thread_getname(&self, name, sizeof(name)));
  say("%s", name);
  int priority = -1;
  CALL(uv_thread_getpriority(self, &priority));
  say("%d", priority);
  CALL(uv_thread_getpriority(self, NULL));
  CALL(uv_thread_setpriority(self, 100));
  uv_barrier_wait(&barrier);
}

static void detached(void* argument) { uv_barrier_wait(&barrier); }

static void threads(void) {
  uv_thread_t thread;
  char mask[CPU_SETSIZE] = {0}, old[CPU_SETSIZE];
  say("-- threads");
  uv_barrier_init(&barrier, 2);
  MUST(uv_thread_create(&thread, threaded, NULL) == 0);
  uv_barrier_wait(&barrier);
  MUST(uv_thread_join(&thread) == 0);
  MUST(uv_thread_create(&thread, detached, NULL) == 0);
  CALL(uv_thread_detach(&thread));
  uv_barrier_wait(&barrier);
  uv_thread_t self = uv_thread_self();
  int size = uv_cpumask_size();
  say("%d", size == CPU_SETSIZE);
  CALL(uv_thread_getaffinity(&self, mask, size));
  int cpu = uv_thread_getcpu();
  say("on a processor that it may use %d", cpu >= 0 && mask[cpu]);
  CALL(uv_thread_getaffinity(&self, mask, 1));
  memset(mask, 0, sizeof(mask));
  CALL(uv_thread_setaffinity(&self, mask, old, size));
  mask[cpu] = 1;
  CALL(uv_thread_setaffinity(&self, mask, old, size));
  say("on it %d, was there %d", uv_thread_getcpu() == cpu, old[cpu]);
  CALL(uv_thread_setaffinity(&self, old, NULL, size));
}

static void texts(void) {
  uint16_t wide[32];
  char text[64];
  const char* all[] = {"", "ascii", "\xc3\xa4\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\xa0\xbd", "\xff", "\xc0\x80", "\xe2\x82", "\xf5\x80\x80\x80"};
  say("-- texts");
  for (size_t i = 0; i < COUNT(all); i++) {
    ssize_t length = uv_wtf8_length_as_utf16(all[i]);
    say("%d: %s", (int) i, result(length));
    if (length < 0) continue;
    uv_wtf8_to_utf16(all[i], wide, length);
    say("   %d units, back %d", (int) length, (int) uv_utf16_length_as_wtf8(wide, -1));
    size_t room = sizeof(text);
    char* to = text;
    CALL(uv_utf16_to_wtf8(wide, length - 1, &to, &room));
    say("   same %d, %d", strcmp(text, all[i]) == 0, (int) room);
    room = 2;
    CALL(uv_utf16_to_wtf8(wide, -1, &to, &room));
    char* made = NULL;
    CALL(uv_utf16_to_wtf8(wide, -1, &made, &room));
    say("   same %d", strcmp(made, all[i]) == 0);
    free(made);
  }
}

static uv_pipe_t server, client, peer;
static void on_connection(uv_stream_t* stream, int status) {
  say("connection %s", result(status));
  uv_pipe_init(&loop, &peer, 0);
  CALL(uv_accept(stream, STREAM(&peer)));
  uv_close(HANDLE(&peer), NULL);
  uv_close(HANDLE(&server), NULL);
}

static void on_connect(uv_connect_t* req, int status) {
  char name[64];
  size_t size = sizeof(name);
  say("connect %s", result(status));
  CALL(uv_pipe_getpeername(&client, name, &size));
  say("%d %d %.*s", (int) size, name[0], (int) size - 1, name + 1);
  uv_close(HANDLE(&client), NULL);
}

static void pipes(void) {
  uv_connect_t req;
  char name[32], too_long[200];
  memset(too_long, 'x', sizeof(too_long));
  /* An abstract name, of this process alone. */
  int length = snprintf(name, sizeof(name), "%cnewer", 0) == 6 ? 6 : 0;
  say("-- pipes");
  uv_pipe_init(&loop, &server, 0);
  uv_pipe_init(&loop, &client, 0);
  CALL(uv_pipe_bind2(&server, name, length, 12));
  CALL(uv_pipe_bind2(&server, too_long, sizeof(too_long), UV_PIPE_NO_TRUNCATE));
  CALL(uv_pipe_bind2(&server, "with\0zero", 9, UV_PIPE_NO_TRUNCATE));
  CALL(uv_pipe_bind2(&server, name, length, UV_PIPE_NO_TRUNCATE));
  CALL(uv_pipe_bind2(&server, name, length, 0));
  CALL(uv_listen(STREAM(&server), 1, on_connection));
  CALL(uv_pipe_connect2(&req, &client, too_long, sizeof(too_long), UV_PIPE_NO_TRUNCATE, on_connect));
  CALL(uv_pipe_connect2(&req, &client, name, length, 12, on_connect));
  CALL(uv_pipe_connect2(&req, &client, name, length, UV_PIPE_NO_TRUNCATE, on_connect));
  uv_run(&loop, UV_RUN_DEFAULT);
}

static int received;
static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char buffer[65536];
  *buf = uv_buf_init(buffer, sizeof(buffer));
}
static void recv_cb(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (count <= 0) return;
  say("datagram <%.*s>", (int) count, buf->base);
  if (++received == 3) uv_close(HANDLE(handle), NULL);
}

static void sockets(void) {
  uv_udp_t from, to;
  struct sockaddr_in address;
  struct sockaddr *addresses[3];
  int length = sizeof(address);
  say("-- sockets");
  uv_udp_init(&loop, &from);
  uv_udp_init(&loop, &to);
  MUST(uv_ip4_addr("127.0.0.1", 0, &address) == 0 && uv_udp_bind(&to, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_udp_bind(&from, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_udp_getsockname(&to, (struct sockaddr*) &address, &length) == 0);
  MUST(uv_udp_recv_start(&to, alloc_cb, recv_cb) == 0);
  uv_buf_t one = uv_buf_init("one", 3), two[2] = {uv_buf_init("tw", 2), uv_buf_init("o", 1)};
  uv_buf_t* bufs[3] = {&one, two, &one};
  unsigned counts[3] = {1, 2, 1};
  for (int i = 0; i < 3; i++) addresses[i] = (struct sockaddr*) &address;
  CALL(uv_udp_try_send2(&from, 0, bufs, counts, addresses, 0));
  CALL(uv_udp_try_send2(&from, 3, bufs, counts, addresses, 1));
  CALL(uv_udp_try_send2(&from, 3, bufs, counts, addresses, 0));
  uv_close(HANDLE(&from), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_tcp_t tcp;
  MUST(uv_tcp_init_ex(&loop, &tcp, AF_INET) == 0);
  CALL(uv_tcp_keepalive_ex(&tcp, 1, 60, 5, 3));
  CALL(uv_tcp_keepalive_ex(&tcp, 1, 0, 5, 3));
  CALL(uv_tcp_keepalive_ex(&tcp, 1, 60, 0, 3));
  CALL(uv_tcp_keepalive_ex(&tcp, 1, 60, 5, 0));
  CALL(uv_tcp_keepalive_ex(&tcp, 0, 0, 0, 0));
  CALL(uv_tcp_keepalive(&tcp, 1, 0));
  CALL(uv_tcp_bind(&tcp, (struct sockaddr*) &address, UV_TCP_REUSEPORT));
  uv_close(HANDLE(&tcp), NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void print_times(const char* path) {
  uv_fs_t req;
  MUST(uv_fs_lstat(NULL, &req, path, NULL) == 0);
  say("%ld.%09ld %ld.%09ld", req.statbuf.st_atim.tv_sec, req.statbuf.st_atim.tv_nsec, req.statbuf.st_mtim.tv_sec, req.statbuf.st_mtim.tv_nsec);
  uv_fs_req_cleanup(&req);
}

/* Nanoseconds, as far as a number has them. */
static void times(void) {
  const double all[] = {0, 0.000000001, 1.123456789, 1700000000.1234567, -1.1234567, -1e-9, -1e-20, 0.99999999999999988, 2147483647.5, -2147483648.25};
  say("-- times of files");
  int fd = open("file", O_CREAT | O_RDWR, 0600);
  MUST(fd >= 0 && symlink("file", "link") == 0);
  for (size_t i = 0; i < COUNT(all); i++) {
    uv_fs_t req;
    CALL(uv_fs_utime(NULL, &req, "file", all[i], all[COUNT(all) - 1 - i], NULL));
    print_times("file");
    CALL(uv_fs_futime(NULL, &req, fd, all[i] + 1, all[i], NULL));
    print_times("file");
    CALL(uv_fs_lutime(NULL, &req, "link", all[i], all[i] + 1, NULL));
    print_times("link");
  }
  MUST(close(fd) == 0);
}

int main(void) {
  uv_loop_init(&loop);
  times();
  users();
  clocks();
  metrics();
  threads();
  texts();
  pipes();
  sockets();
  finish(&loop);
  return 0;
}
