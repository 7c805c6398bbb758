-- What Neovim runs: commands with and without input, jobs with callbacks, a terminal.
local function say(...)
  io.stdout:write(table.concat(vim.tbl_map(tostring, { ... }), '\t'), '\n')
end

say('system', vim.fn.system({ 'sh', '-c', 'echo out; exit 3' }), vim.v.shell_error)
say('input', vim.fn.system({ 'cat' }, { 'one', 'two' }), vim.v.shell_error)
say('missing', vim.fn.executable('no-such-program'), pcall(vim.fn.jobstart, { 'no-such-program' }))

local output, errors, code = {}, {}, nil
local job = vim.fn.jobstart({ 'sh', '-c', 'read line; echo "out $line"; echo err >&2; exit 4' }, {
  stdout_buffered = true,
  stderr_buffered = true,
  on_stdout = function(_, data) output = data end,
  on_stderr = function(_, data) errors = data end,
  on_exit = function(_, status) code = status end,
})
vim.fn.chansend(job, 'line\n')
say('wait', vim.fn.jobwait({ job }, 60000)[1])
vim.wait(60000, function() return code and #output > 0 and #errors > 0 end, 10)
say('job', vim.inspect(output), vim.inspect(errors), code)

local sleeper = vim.fn.jobstart({ 'sleep', '1000' })
vim.fn.jobstop(sleeper)
say('stopped', vim.fn.jobwait({ sleeper }, 60000)[1])

vim.cmd('enew')
local done = false
vim.fn.termopen({ 'sh', '-c', '[ -t 1 ] && echo in a terminal; stty size' }, { on_exit = function() done = true end })
vim.wait(60000, function() return done end, 10)
local first = function() return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] end
vim.wait(60000, function() return first() ~= '' end, 10)
say('terminal', first())

local many, ended = {}, 0
for i = 1, 10 do
  vim.fn.jobstart({ 'sh', '-c', 'exit ' .. i }, { on_exit = function(_, status) many[i] = status; ended = ended + 1 end })
end
vim.wait(60000, function() return ended == 10 end, 10)
say('many', table.concat(many, ' '))
vim.cmd('qa!')
