/* How many streams the loop takes out of its epoll set: a descriptor that is closed leaves it by itself. The system calls are counted as a
 * debugger does it, for they may be made without the C library. */
#include "../programs/program.h"
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

enum { ROUNDS = 20 };

static uv_loop_t loop;
static uv_tcp_t tcp_server, tcp_client, tcp_peer;
static uv_pipe_t pipe_server, pipe_client, pipe_peer;
static uv_connect_t connects[2];
static int left;

static void alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  static char buffer[64];
  (void) handle;
  (void) suggested;
  *buf = uv_buf_init(buffer, sizeof(buffer));
}

static void closed(uv_handle_t* handle) {
  (void) handle;
  left--;
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  if (count < 0)
    uv_close(HANDLE(stream), closed);
}

static void on_connection(uv_stream_t* server, int status) {
  uv_stream_t* peer = server == STREAM(&tcp_server) ? STREAM(&tcp_peer) : STREAM(&pipe_peer);
  MUST(status == 0);
  MUST(server == STREAM(&tcp_server) ? uv_tcp_init(&loop, &tcp_peer) == 0 : uv_pipe_init(&loop, &pipe_peer, 0) == 0);
  MUST(uv_accept(server, peer) == 0 && uv_read_start(peer, alloc, on_read) == 0);
}

static void on_connect(uv_connect_t* request, int status) {
  MUST(status == 0 && uv_read_start(request->handle, alloc, on_read) == 0);
  uv_close(HANDLE(request->handle), closed);
}

static void work(const char* name) {
  struct sockaddr_in address;
  int round, size = sizeof(address);
  MUST(uv_loop_init(&loop) == 0 && uv_ip4_addr("127.0.0.1", 0, &address) == 0);
  MUST(uv_tcp_init(&loop, &tcp_server) == 0 && uv_tcp_bind(&tcp_server, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_listen(STREAM(&tcp_server), 5, on_connection) == 0);
  MUST(uv_tcp_getsockname(&tcp_server, (struct sockaddr*) &address, &size) == 0);
  MUST(uv_pipe_init(&loop, &pipe_server, 0) == 0 && uv_pipe_bind(&pipe_server, name) == 0);
  MUST(uv_listen(STREAM(&pipe_server), 5, on_connection) == 0);
  for (round = 0; round < ROUNDS; round++) {
    left = 4;
    MUST(uv_tcp_init(&loop, &tcp_client) == 0 && uv_pipe_init(&loop, &pipe_client, 0) == 0);
    MUST(uv_tcp_connect(&connects[0], &tcp_client, (struct sockaddr*) &address, on_connect) == 0);
    uv_pipe_connect(&connects[1], &pipe_client, name, on_connect);
    while (left > 0) uv_run(&loop, UV_RUN_ONCE);
  }
}

/* Counts the child's calls until it ends. */
static void count(pid_t child) {
  struct user_regs_struct registers;
  int status, added = 0, removed = 0, is_entry = 0, signal = 0;
  MUST(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
  MUST(ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
  for (;;) {
    MUST(ptrace(PTRACE_SYSCALL, child, NULL, signal) == 0 && waitpid(child, &status, 0) == child);
    if (!WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
    if (signal != 0) continue;
    is_entry = !is_entry;
    MUST(ptrace(PTRACE_GETREGS, child, NULL, &registers) == 0);
    if (!is_entry || registers.orig_rax != SYS_epoll_ctl) continue;
    added += registers.rsi == EPOLL_CTL_ADD;
    removed += registers.rsi == EPOLL_CTL_DEL;
  }
  MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  say("added enough: %d, removed: %d", added >= 4 * ROUNDS, removed);
}

int main(void) {
  char name[64];
  pid_t child;
  snprintf(name, sizeof(name), "/tmp/uv-closes-%d", (int) getpid());
  child = fork();
  MUST(child >= 0);
  if (child == 0) {
    MUST(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0);
    work(name);
    _exit(0);
  }
  count(child);
  unlink(name);
  return 0;
}
