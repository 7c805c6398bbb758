-- Timers, TCP, files and the pool by way of luv.
local uv = require('luv')

local function files()
  uv.fs_open('file', 'w+', 384, function(err, fd)
    assert(not err, err)
    uv.fs_write(fd, 'some text', 0, function(_, written)
      uv.fs_read(fd, 100, 5, function(_, text)
        print('wrote', written, 'read', text, 'size', uv.fs_fstat(fd).size)
        uv.fs_close(fd)
        print('missing', (select(3, uv.fs_stat('missing'))))
        uv.new_work(function(number) return number * 2 end, function(number) print('work', number) end):queue(21)
      end)
    end)
  end)
end

local timer, ticks = uv.new_timer(), 0
timer:start(1, 1, function()
  ticks = ticks + 1
  print('tick', ticks)
  if ticks == 3 then
    timer:close()
    files()
  end
end)

uv.run()

local server = uv.new_tcp()
server:bind('127.0.0.1', 0)
server:listen(16, function()
  local peer = uv.new_tcp()
  server:accept(peer)
  peer:read_start(function(_, data)
    if data then peer:write(data:upper()) else peer:close() server:close() end
  end)
end)
local client = uv.new_tcp()
client:connect('127.0.0.1', server:getsockname().port, function(err)
  print('connected', err)
  client:write('hello')
  client:read_start(function(_, data)
    print('got', data)
    client:shutdown(function() client:close() end)
  end)
end)
uv.run()
print('closed', uv.loop_close())
