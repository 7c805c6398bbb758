/* A handle that has a descriptor takes no second one, and one that is closing none: they stay open, and the program's. */
#include "../programs/program.h"

static int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

int main(void) {
  uv_loop_t* loop = uv_default_loop();
  uv_tcp_t tcp;
  uv_pipe_t stream;
  uv_udp_t udp;
  int tcps[3], pipes[4], udps[3], i;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pipes) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pipes + 2) != 0) return 1;
  for (i = 0; i < 3; i++) {
    tcps[i] = socket(AF_INET, SOCK_STREAM, 0);
    udps[i] = socket(AF_INET, SOCK_DGRAM, 0);
  }
  CALL(uv_tcp_init(loop, &tcp));
  CALL(uv_pipe_init(loop, &stream, 0));
  CALL(uv_udp_init(loop, &udp));
  CALL(uv_tcp_open(&tcp, tcps[0]));
  CALL(uv_pipe_open(&stream, pipes[0]));
  CALL(uv_udp_open(&udp, udps[0]));
  say("%s", result(uv_tcp_open(&tcp, tcps[1])));
  say("%s", result(uv_pipe_open(&stream, pipes[2])));
  say("%s", result(uv_udp_open(&udp, udps[1])));
  say("open: %d %d %d", is_open(tcps[1]), is_open(pipes[2]), is_open(udps[1]));
  uv_close((uv_handle_t*) &tcp, NULL);
  uv_close((uv_handle_t*) &stream, NULL);
  uv_close((uv_handle_t*) &udp, NULL);
  /* libuv takes some of them here. */
  uv_tcp_open(&tcp, tcps[2]);
  uv_pipe_open(&stream, pipes[3]);
  uv_udp_open(&udp, udps[2]);
  say("on closing handles: %d %d %d", is_open(tcps[2]), is_open(pipes[3]), is_open(udps[2]));
  return 0;
}
