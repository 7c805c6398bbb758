-- Neovim's loop in a script's hands: watching, sockets, processes, threads, and a second Neovim that is asked by messages.
local uv = vim.loop
local function say(...)
  local words = {}
  for i = 1, select('#', ...) do words[i] = tostring((select(i, ...))) end
  io.stdout:write(table.concat(words, '\t'), '\n')
end
local function wait(ready) vim.wait(60000, ready, 2) end

local seen = {}
local watch = uv.new_fs_event()
vim.fn.mkdir('watched')
watch:start('watched', {}, function(_, name) seen[name] = true end)
vim.fn.writefile({ 'text' }, 'watched/file')
wait(function() return seen.file end)
watch:close()
say('watched', seen.file)

local server, got = uv.new_tcp(), ''
server:bind('127.0.0.1', 0)
server:listen(8, function()
  local peer = uv.new_tcp()
  server:accept(peer)
  peer:read_start(function(_, data) if data then peer:write(data:upper()) else peer:close() end end)
end)
local client = uv.new_tcp()
client:connect('127.0.0.1', server:getsockname().port, function()
  client:write(('x'):rep(100000))
  client:read_start(function(_, data)
    got = got .. (data or '')
    if #got == 100000 then client:shutdown(function() client:close() end) end
  end)
end)
wait(function() return #got == 100000 end)
server:close()
say('tcp', #got, got:sub(-1))

local pipe, word = uv.new_pipe(false), nil
pipe:bind('socket')
pipe:listen(4, function()
  local peer = uv.new_pipe(false)
  pipe:accept(peer)
  peer:write('by pipe', function() peer:close() end)
end)
local reader = uv.new_pipe(false)
reader:connect('socket', function()
  reader:read_start(function(_, data) if data then word = data else reader:close() end end)
end)
wait(function() return word end)
pipe:close()
say(word)

local out, code = '', nil
local stdout = uv.new_pipe(false)
local child
child = uv.spawn('sh', { args = { '-c', 'echo child; exit 4' }, stdio = { nil, stdout, nil } }, function(status)
  code = status
  child:close()
end)
stdout:read_start(function(_, data) if data then out = out .. data else stdout:close() end end)
wait(function() return code and stdout:is_closing() end)
say('spawn', vim.trim(out), code)

local doubled, sent
uv.new_work(function(number) return number * 2 end, function(number) doubled = number end):queue(21)
local async
async = uv.new_async(function() sent = true; async:close() end)
uv.new_thread(function(handle) handle:send() end, async):join()
wait(function() return doubled and sent end)
say('threads', doubled, sent)

local embedded = vim.fn.jobstart({ 'nvim', '--embed', '--headless', '-u', 'NONE', '-n' }, { rpc = true })
say('embedded', vim.fn.rpcrequest(embedded, 'nvim_eval', '6*7'))
vim.fn.rpcrequest(embedded, 'nvim_command', 'call setline(1, range(5000))')
say('lines', #vim.fn.rpcrequest(embedded, 'nvim_buf_get_lines', 0, 0, -1, false))
for i = 1, 300 do vim.fn.rpcnotify(embedded, 'nvim_set_var', 'v', i) end
say('notified', vim.fn.rpcrequest(embedded, 'nvim_get_var', 'v'))
vim.fn.jobstop(embedded)

say('served', vim.fn.serverstart('served'))
local channel = vim.fn.sockconnect('pipe', 'served', { rpc = true })
vim.fn.rpcnotify(channel, 'nvim_set_var', 'told', 9)
wait(function() return vim.g.told == 9 end)
say('told', vim.g.told)
say('system', #vim.fn.system('cat; exit 2', ('z'):rep(500000)), vim.v.shell_error)
vim.cmd('qa!')
