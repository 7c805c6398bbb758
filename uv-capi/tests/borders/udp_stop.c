/* Of datagrams that have come together the first has the program stop, and give the buffer back to the system. */
#include "../programs/program.h"
#include <sys/mman.h>

#define SIZE (4 * 65536)

static char* memory;
static int received;

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  (void) handle;
  (void) suggested;
  memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *buf = uv_buf_init(memory, SIZE);
}

static void stop(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (nread == 0 && from == NULL) {
    munmap(memory, SIZE);
    return;
  }
  received++;
  say("%zd bytes, %.4s, chunk: %d", nread, buf->base, (flags & UV_UDP_MMSG_CHUNK) != 0);
  uv_udp_recv_stop(handle);
  munmap(memory, SIZE);
}

static void together(uv_loop_t* loop) {
  struct sockaddr_in address;
  int length = sizeof(address), count;
  uv_udp_t receiver, sender;
  uv_buf_t buf = uv_buf_init((char*) "some", 4);
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_init_ex(loop, &receiver, AF_INET | UV_UDP_RECVMMSG);
  uv_udp_init(loop, &sender);
  uv_udp_bind(&receiver, (const struct sockaddr*) &address, 0);
  uv_udp_getsockname(&receiver, (struct sockaddr*) &address, &length);
  for (count = 0; count < 3; count++)
    say("sent %d", uv_udp_try_send(&sender, &buf, 1, (const struct sockaddr*) &address));
  uv_udp_recv_start(&receiver, alloc_cb, stop);
  uv_run(loop, UV_RUN_DEFAULT);
  uv_close((uv_handle_t*) &receiver, NULL);
  uv_close((uv_handle_t*) &sender, NULL);
  uv_run(loop, UV_RUN_DEFAULT);
}

int main(void) {
  uv_loop_t loop;
  uv_loop_init(&loop);
  together(&loop);
  together(&loop);
  say("received %d, the loop: %d", received, uv_loop_close(&loop));
  return 0;
}
