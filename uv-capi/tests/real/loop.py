# Tasks, streams, datagrams, threads and subprocesses on uvloop.
import asyncio
import os
import uvloop


async def main():
    async def echo(reader, writer):
        while data := await reader.read(1000):
            writer.write(data.upper())
        writer.close()

    server = await asyncio.start_server(echo, '127.0.0.1', 0)
    address = server.sockets[0].getsockname()

    async def client(number):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b'x' * number + b'hello')
        writer.write_eof()
        data = await reader.read(-1)
        writer.close()
        return len(data), data[-5:]

    print(await asyncio.gather(*(client(number * 50000) for number in range(5))))
    server.close()
    await server.wait_closed()

    class Receiver(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.got = asyncio.get_running_loop().create_future()

        def datagram_received(self, data, source):
            self.got.set_result(data)

    loop = asyncio.get_running_loop()
    transport, receiver = await loop.create_datagram_endpoint(Receiver, local_addr=('127.0.0.1', 0))
    transport.sendto(b'datagram', transport.get_extra_info('sockname'))
    print(await receiver.got)
    transport.close()
    print(await loop.run_in_executor(None, lambda: 'thread'))
    try:
        await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except asyncio.TimeoutError:
        print('timeout')
    print((await loop.getaddrinfo('127.0.0.1', 80))[0][4])

    async def command(*arguments, text=None, **options):
        child = await asyncio.create_subprocess_exec(
            *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, **options)
        return (*(await child.communicate(text)), child.returncode)

    print(await command('sh', '-c', 'echo out; echo err >&2; exit 3'))
    print(len((await command('cat', text=b'x' * 1000000))[0]))
    print(await command('sh', '-c', 'echo $NAME; pwd', env={'NAME': 'value', 'PATH': '/usr/bin:/bin'}, cwd='/usr'))
    hook = await asyncio.create_subprocess_exec('sleep', '1000', preexec_fn=lambda: os.nice(5), start_new_session=True)
    print(os.getpriority(os.PRIO_PROCESS, hook.pid) - os.getpriority(os.PRIO_PROCESS, 0), os.getsid(hook.pid) == hook.pid)
    hook.terminate()
    print(await hook.wait())
    try:
        await asyncio.create_subprocess_exec('/no/such/program')
    except FileNotFoundError as error:
        print(type(error).__name__)
    codes = await asyncio.gather(*(command('sh', '-c', f'exit {code}') for code in range(10)))
    print([code for _, _, code in codes])


uvloop.install()
asyncio.run(main())
